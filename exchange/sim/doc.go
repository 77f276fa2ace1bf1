// Package sim is the simulated venue: it matches orders against bars by the rules
// X1 to X12 of the semantics. Backtest and paper trading use the same one.
//
// There are only a few types. A [Venue] is the state machine: it takes orders, as an
// engine's router, and bars. A [Feed] puts the venue's own updates between the events
// of a market: what a bar did to orders becomes known just before that bar. [Options]
// say how pessimistic it is.
//
// # Caveats
//
// A Venue has no clock, no goroutine and no chance of its own: the same calls give
// the same updates. It matches against one series an instrument, the finest in the
// run, which [Venue.Watch] names. Spot pairs and linear perpetual futures
// are simulated; all perpetuals of one quote asset share its balance as margin, unless
// it is isolated.
package sim
