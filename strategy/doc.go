// Package strategy is the contract for strategies: what they implement, and what
// they may see and do.
//
// There are only a few types. A [Strategy] has one method, Init, in which it
// subscribes by calling methods of the [Setup]: bars, signals, schedules, its own
// orders. Its callbacks get a [Context], through which it reads its position and
// trades, and a [Series], the bars known now. A [Plugin] names a strategy so that a
// configuration can choose it.
//
// # Lifecycle
//
//  1. Plugin.New makes the struct, with the defaults in its fields.
//  2. The configuration is decoded into it, strictly, and checked against the
//     ranges of its param tags.
//  3. Init is called once, before any event. It checks what tags cannot say, and
//     subscribes.
//  4. Callbacks run in the order of semantics T3, warm-up bars included. They never
//     run at the same time.
//  5. Close is called once at the end, if the strategy has it (io.Closer).
//
// # Caveats
//
// Slices of a Series are shared with other runs: reading only, and only inside the
// callback. Strategies are deterministic: time comes from [Context.Now], chance from
// [Context.Rand], and neither goroutines nor maps may reach a decision. A strategy
// keeps no files and no state outside its struct: after a restart it is run again
// over everything it saw.
package strategy
