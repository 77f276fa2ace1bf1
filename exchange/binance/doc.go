// Package binance speaks to Binance: what its public REST API says of spot pairs and of
// USD-M perpetual futures.
//
// There are only a few types. [ParseExchangeInfo] makes an [ExchangeInfo] of the answer
// of exchangeInfo: the instruments with the rules that their orders obey.
//
// # Caveats
//
// An answer of exchangeInfo knows no margin brackets: those of the account hold.
package binance
