// Package binance speaks to Binance: what its public REST API says of spot pairs and of
// USD-M perpetual futures, and how an account at either is spoken to.
//
// There are only a few types. A [Public] asks what needs no key: time, bars, fundings,
// trades and exchangeInfo; [Options] say of which market and through what. A [Trade] is
// one row of the venue's aggregated trades, and [Usage] counts requests.
// A [Config] is an exchange of the configuration: it says which Binance, and with which
// keys. A [Market] is its public side, with streams of bars and fundings.
// [ParseExchangeInfo] makes an [ExchangeInfo] of the answer of exchangeInfo: the
// instruments with the rules that their orders obey.
//
// # Requests
//
// Every answer is bounded in size and time, and checked before it is handed on: rows
// stand on the grid of their interval, rise, and lie in what was asked for. What can
// succeed when it is asked again (5xx, time-outs, cut connections, answers that make no
// sense) is asked again, after pauses that grow and have chance in them; the Retry-After
// of 429 and 418 is obeyed by all clients of a host in the process, and by the next process
// where there is a directory to keep it in. A governor counts the weight of requests
// against the venue's limit a minute, and waits before it is reached: history first, then
// queries, then orders, then cancels.
//
// What changes something at the venue is sent once. Only a refusal of its time is followed
// by a second attempt, by a clock that was compared anew.
//
// # Streams
//
// A websocket is kept open: it is connected again after each loss and after silence, and
// replaced before the venue ends it. Of bars nothing is missed and nothing comes twice:
// what no push told is asked for by REST, behind a gap that announces it, and newer bars
// wait. The events of an account begin anew with every connection, behind a gap too.
//
// # Errors
//
// Those of requests are of class [market.Venue] and say what to do next. [ErrSymbol]
// marks a symbol that the venue does not know.
//
// # Caveats
//
// The venue's limits hold for an address, so that several programs on one host share
// them: the governor leaves 30 %. Bars of calendar months have no fixed interval, and
// cannot be asked for. The venue restates bars later on, mostly their volume. An answer
// of exchangeInfo knows no margin brackets: those of the account hold.
package binance
