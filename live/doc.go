// Package live runs an engine beside the clock: paper trading over a market that
// keeps coming, with a journal that survives whatever happens to the process.
//
// There are only a few types. A [Session] is what to run and where its journal is;
// [Run] runs it to the end or until its context ends. [Pace] holds a replayed market
// to a speed.
//
// # Start and recovery
//
// They share one path (semantics L4). What the journal of an unfinished session
// holds is fed again: its bars, signals and commands to the engine and the venue,
// which must then reach the same updates and decisions, record by record. Where the
// journal ends the market goes on, and from there new records are written. Strategies
// need no state of their own.
//
// # Caveats
//
// Replayed history is virtual time: it stops with the process, so a restart makes no
// downtime (semantics T5). A difference from the journal, by other code or
// parameters, ends the run with a [market.Mismatch]; nothing is written then. Whether
// the market before the end of the journal is still the same is not looked at.
package live
