// Package intake is how what remote sources say enters the store: stamped with when it
// was known, told from what was said before, durable.
//
// There are only a few types. An [Intake] takes batches: as they arrive, or filled in
// afterwards. It keeps them in a [Store], which shows it what is stored and puts what is
// news in one [Txn]. A [Report] says what came of a batch.
//
// # What is news
//
// A row is compared with the row in force for the same source, kind, subject and
// effective time. One that says the same is no news, and is not stored. One that says
// something else is a row more, with the next revision, known now: nothing that is stored
// changes, so that a later look at an earlier time sees what was known then.
//
// # Caveats
//
// Rows of one answer that contradict each other are bad, but for the first: which of them
// is meant is not in the answer. Bad rows are told with their position and left out, and
// the good ones are stored; the error of Arrive and Backfill then wraps [ErrBad], and
// nothing else failed. A hole in what arrived can be filled in afterwards: its rows count as known
// by assumption, and say so.
package intake
