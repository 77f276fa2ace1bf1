// Package live runs an engine beside the clock: paper trading over a market that
// keeps coming, with a journal that survives whatever happens to the process.
//
// There are only a few types. A [Session] is what to run and where its journal is;
// [Run] runs it to the end or until its context ends. [Pace] holds a replayed market
// to a speed. A [Trading] is an account that trades at a venue, through a [Gateway], and
// [Trade] runs it; [Simulate] trades on paper over the market of a venue. A [Replay] runs a
// journal again, and checks each decision; a [Simulation] trades on what a journal was given,
// with the simulated venue. [Signals] are what a session hears beside its market. A [Meter] is
// told how a session does.
//
// # At a venue
//
// The feed merges what arrives into instants: nothing later than the close of a bar is
// handed out until every series has brought its bar or grace has passed, and what comes
// later is of the time it came (semantics T4). The gateway is the router: it sends each
// committed order once, merges what answers, updates and queries say of it, and asks about
// what is unknown until it is proven (L2).
//
// Each minute the account is compared with the books of the engine. What it has beyond them
// is its surplus, which is not traded with and is noted in the journal (market.Adopt).
// Money that comes is a deposit, money that goes is the surplus's and then a withdrawal;
// coins that are missing, positions that differ and orders that nobody decided halt new risk
// until account and books agree. Balances are told late, so a difference that no fill of
// somebody else's explains has to stand in two looks, and nothing may be under way.
//
// # Start and recovery
//
// They share one path (semantics L4). What the journal of an unfinished session
// holds is fed again: its bars, signals and commands to the engine and, on paper, the
// simulated venue, which must then reach the same updates and decisions, record by record.
// Where the journal ends the market goes on, and from there new records are written.
// Strategies need no state of their own.
//
// At a venue the updates are fed again too, and nothing is sent meanwhile. Then the account is
// heard, asked for and adopted (semantics L3): an order without an outcome is asked for until it
// shows or its absence is proven, and never sent again; a cancel is sent again; an order of ours
// that the journal does not know ends the start. The time without a process is an event of the
// journal, in which no schedule fires; bars that were missed come late, and carry no new risk.
//
// A [Control] looks at a session between two instants and gives it words, which are events of
// the journal as well: halts, and the reload of its configuration (engine.Config.Rebuild).
//
// # Caveats
//
// Orders that work stay at the venue when a Trading ends, unless it is told to cancel them;
// fills that they have meanwhile are told when it goes on. Brackets that the engine keeps (market.ByEngine) are
// not sent to venues; lists of the venue are.
//
// Money that moved in or out within two looks is found as one; a deposit and what was traded
// by hand in a symbol that is not the session's cannot be told apart.
//
// Replayed history is virtual time: it stops with the process, so a restart makes no
// downtime (semantics T5). A difference from the journal, by other code or
// parameters, ends the run with a [market.Mismatch]; nothing is written then. Whether
// the market before the end of the journal is still the same is not looked at.
package live
