// Package store keeps bars, instruments, signals and journals on disk.
//
// There are only a few types. A [DB] is a bbolt file of bars, fundings, instruments,
// signals and raw answers, such as history.db; a [Spool] gathers bars to put. An [Archive] is the same content, read-only, in one []byte that a program can embed; both are a
// [Reader]. A [Journal] is the append-only file of one session: a [JournalHeader]
// and then the records of each instant; a [JournalReader] reads it back. [Credits] is the
// file of a ledger of calls.
// docs/format.md describes every byte of all of them.
//
// # Writing
//
// What a DB has acknowledged is on disk. Putting the same rows again changes
// nothing; a bar whose values differ replaces the old one and is counted as
// restated; a signal row is never changed. A journal syncs where decisions, halts
// or its end are in a commit, and otherwise when the next of those comes.
//
// # Caveats
//
// A process that holds a DB open for writing shuts every other one out, readers
// too: open it only as long as it takes. Readers may share it. Signals and
// instruments come back with [market.NoInstrument]: numbers belong to one run.
// A journal writes instruments as indexes into its own list of symbols. Damage is
// reported as an error of class [market.Data], never as a panic; a file that is
// changed by others while it is open is beyond that.
package store
