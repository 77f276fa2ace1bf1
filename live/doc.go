// Package live runs an engine beside the clock: paper trading over a market that
// keeps coming, with a journal that survives whatever happens to the process.
//
// There are only a few types. A [Session] is what to run and where its journal is;
// [Run] runs it to the end or until its context ends. [Pace] holds a replayed market
// to a speed. A [Trading] is an account that trades at a venue, through a [Gateway], and
// [Trade] runs it. A [Meter] is told how a session does.
//
// # At a venue
//
// The feed merges what arrives into instants: nothing later than the close of a bar is
// handed out until every series has brought its bar or grace has passed, and what comes
// later is of the time it came (semantics T4). The gateway is the router: it sends each
// committed order once, merges what answers, updates and queries say of it, and asks about
// what is unknown until it is proven (L2).
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
// A Trading does not go on after its process has ended: the next one begins anew, and
// orders that work stay at the venue. Brackets that the engine keeps (market.ByEngine) are
// not sent to venues; lists of the venue are.
//
// Replayed history is virtual time: it stops with the process, so a restart makes no
// downtime (semantics T5). A difference from the journal, by other code or
// parameters, ends the run with a [market.Mismatch]; nothing is written then. Whether
// the market before the end of the journal is still the same is not looked at.
package live
