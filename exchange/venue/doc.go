// Package venue is a local exchange that speaks Binance's protocol: spot and USD-M futures,
// REST, websocket streams, user data and the websocket API, over the orders and balances of
// the simulator. Adapters, and programs of others, trade against it as they would against
// the real one, and it breaks in every way that the real one does when told to.
//
// There are only a few types. A [Venue] is the whole of it: [Venue.Handler] serves what
// Binance's hosts serve, [Venue.Admin] what its master may change. [Options] say what is
// traded, by whom, and how time passes. A [Listing] is one market: its instruments, the
// bars that are its tape, and what the account has. [State] is what there is at the end,
// exact, for a judge.
//
// # Caveats
//
// There is one account, whichever key signs. Time passes by the wall clock times
// Options.Speed, or where that is 0 by [Venue.Step] alone. With [ByTrade] an order is
// matched at once against the last trade, in any size, and what rests gets no more of a trade
// than was traded; with [ByBar] whole bars decide, as in
// a backtest, and what a cancel met inside a bar is as if it had come before that bar.
// Nothing here listens: serve the handlers on loopback addresses only.
//
// Public data follows from the tape. The trades that make a bar are the same ones for the
// same seed, and each is an aggregate trade of its own. The book is levels a tick apart
// around the last price, without the account's orders; that price stands in for mark and
// index prices. Bars finer than the tape, and those of time zones, are not served.
//
// What a websocket client may do in a second or in five minutes is counted by the venue's
// clock, and by the wall's where that is stepped; a fast clock leaves it some seconds of the
// wall to answer a ping.
package venue
