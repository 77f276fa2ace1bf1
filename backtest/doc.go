// Package backtest runs an engine over stored history and reports what came of it.
//
// There are only a few types. A [History] is bars and signals in memory. [Run] feeds
// it to an engine whose orders the simulated venue fills, and returns a [Run] with
// the result. A [Report] is that result in its published form: the JSON of
// "signalman.backtest/1", with the hashes of what went in and came out.
//
// # Caveats
//
// A History is shared by all runs over it and must not be changed. The same history,
// configuration and binary give a byte-identical report, speeds left out. Nothing
// here reads a clock: a caller who wants speeds passes one.
package backtest
