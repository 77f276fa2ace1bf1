// Package strategytest is the suite that every strategy has to pass. An author calls
// it in one line:
//
//	func TestSuite(t *testing.T) { strategytest.Run(t, mystrategy.Plugin()) }
//
// There are only a few types. [Run] reports to a test, [Check] returns an error, and
// [Measure] the [Usage] of memory too; an [Option] says what data the strategy needs and
// which parameters it gets. A [Story] is a handful of bars for a test of one's own. The
// checks, in this order:
//
//   - the plug-in says what it is, New makes a new strategy each time, the tags of its
//     parameters can be read and allow its defaults, and its Sample is a configuration;
//   - nothing that a run shows is written to;
//   - no order is asked for before warm-up;
//   - gaps, late listings, a delisting, a single bar, extreme prices, signals that are
//     missing, null, stale or out of bounds, and rules that refuse orders and close
//     positions stop nothing;
//   - a strategy that opens positions [OnSignals] alone opens none where there are none;
//   - it is closed once, without an error;
//   - the same data give the same decisions, run after run, over a restart, and beside a
//     second instance;
//   - whatever values the param tags allow, and without bounds those are 0 and less too, Init
//     takes them or says what is wrong with them;
//   - Init and callbacks return, within 20 seconds of the machine's clock;
//   - its memory does not grow with the number of bars, which is measured ([Usage]) by
//     recording each allocation that is made below a callback;
//   - the future cannot be seen: decisions up to t stay the same when everything
//     after t is replaced by garbage (semantics D4), and when the data end at t (D3).
//
// The data are synthetic: random walks of several instruments, with gaps, ties, days of
// large moves, bars without range or volume, and signals (daily, or more often where bars are finer than
// hours) that are revised, null, late or missing.
//
// # Caveats
//
// Markets are spot, where a target below 0 is an error, unless [Perpetual] makes them
// perpetual futures: a strategy that can go short is put to the suite with both.
//
// Bars are of one interval, the coarser ones made of them; [Finer] stores shorter ones, for
// a strategy that asks for several. [Instruments] gives a choice to a universe, whose busiest
// members change from week to week.
//
// A strategy that makes no order over the data proves nothing, which is a failure:
// give it shorter parameters ([With]) or more bars ([Bars]).
//
// A package variable that grows is found in the first suite of a process; later ones may
// find it too large already to need more.
//
// What differs from one process to the next, but not within one, is not seen: a seed in a
// package variable, the environment, the local time zone, the date. Run
// signalman backtest twice, the second time with another TZ, and compare the result hashes.
//
// A change to shared bars that is undone before the callback returns is not seen either,
// and spoils the runs of a sweep that share them meanwhile: sort a copy (slices.Sorted,
// slices.Clone).
//
// A strategy that hangs is given up, not ended: its goroutine runs on until the process
// ends. One that ends the process (os.Exit, log.Fatal, a panic in a goroutine of its own)
// ends the suite without a word of it.
//
// Garbage is written into the very arrays that a run shows and taken away again, so
// that a strategy which kept a slice is found out too. One that made itself a copy of
// the data in an earlier process cannot be: on data that it has never seen, it has
// nothing to read.
package strategytest
