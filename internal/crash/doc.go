// Package crash kills real processes of the program, to prove that no order is lost or
// doubled.
//
// There are only a few types, and all are of its tests: a play is a local venue with faults
// and one session that trades there, a life is one process of that session, which is killed,
// and a judge compares what the venue holds with what the journal says, by the journal's
// words and the venue's alone. docs/crash.md says what is proved and how to run it.
//
// # Caveats
//
// A kill loses what a process knows, not what the system has taken from it: the loss of
// power is the concern of the tests of package store.
package crash
