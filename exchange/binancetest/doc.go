// Package binancetest is a stand-in for the public REST interface of Binance: a server of
// bars, fundings, trades and exchangeInfo with the venue's limits and weights, and with
// knobs for what goes wrong.
//
// There are only a few types. A [Server] is made by [New] or [NewUSDM] and is filled with
// what it serves; a [Fault] spoils an answer, and [Faults] names those that happen.
//
// # Caveats
//
// It knows what fetching history needs, and no keys, orders or streams.
package binancetest
