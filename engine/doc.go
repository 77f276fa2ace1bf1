// Package engine is the loop that backtest, paper and live trading share: it feeds
// events to strategies and rules, keeps their orders and the exact ledger, and hands
// decisions to a router.
//
// There are only a few types. A [Config] names strategy [Instance]s, a [Feed] of
// events, a [Router] for decisions and a [Journal] for both. An [Engine] runs it. The
// run leaves [Order]s with their fills, [Trade]s from flat to flat, and a [Curve] of
// equity.
//
// # One instant
//
// Every event of one time is applied; then rules' handlers run, then strategies'
// callbacks by name; then targets become orders, orders get a size and are reviewed;
// the decisions are journaled with one commit; then they are routed.
//
// # Caveats
//
// An engine has no clock, no goroutine and does no I/O: time is the time of the
// events. It must be used by one goroutine. All instruments of an account share one
// quote asset, and only spot is traded.
package engine
