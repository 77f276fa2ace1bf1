// Package tiny is an adapter to read: that of a venue so small that all of it fits on a page.
// docs/adding-an-exchange.md goes through it.
//
// There are only a few types. [Config] is the exchange with its settings. Its market and its
// broker share a client, which knows how the venue is asked and what its answers mean.
//
// # Caveats
//
// The venue does not exist, but for the one that the tests of this package serve: it has spot
// pairs, market and limit orders, and speaks JSON over HTTP. Its streams are questions that
// it answers once there is something to say.
//
//	GET    /time?after=T                      {"now": T}, once it is later than T
//	GET    /instruments                       [{"symbol", "base", "quote", "tick", "step", …}]
//	GET    /bars?symbol&interval&from&to      [{"time", "open", "high", "low", "close", "volume"}], closed ones
//	GET    /account                           {"time", "balances": [{"asset", "free", "locked"}], "orders": [order]}
//	POST   /orders                            order; {"client", "symbol", "side", "type", "quantity", "price", …} is sent
//	GET    /orders?symbol&client              order
//	DELETE /orders?symbol&client              order
//	GET    /trades?symbol&after=ID            [trade]
//	GET    /events?after=N                    {"next": N, "events": [{"order", "trade", "deposit"}]}, once there are any
//
// Times are milliseconds. Errors are {"error": "…"}: 400 is a refusal, 404 an order that is
// not known, 429 says Retry-After, and 504 that the venue does not know either.
package tiny
