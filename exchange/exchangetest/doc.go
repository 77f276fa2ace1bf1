// Package exchangetest is the conformance suite of exchanges: what package exchange says in
// words, as cases that any adapter can be put to in one line.
//
// There are only a few types. A [Harness] says how to open a venue that can be staged: its
// market follows a [Plan], and it may have means to make things go wrong. A [Stage] is one
// such venue with the adapter under test. A [Case] is one thing that must hold; [Run] plays
// all of them and returns a [Result] of each, which [Table] writes down.
//
// # Caveats
//
// A case whose means the stage lacks is skipped, with the reason. The more of them a
// harness gives, the more is proven: a suite without a network that fails proves little
// about reconnects. Cases wait for what must come, and prove that something does not come by
// what must come after it: none of them sleeps, except to let the venue's time pass.
package exchangetest
