// Package quota keeps count of the calls that providers are asked, and keeps them within
// what a key allows.
//
// There are only a few types. A [Ledger] counts calls by provider in a [Book], which is
// on disk and shared by processes. [NewTransport] makes the HTTP transport of a source:
// it charges each call before it is sent, learns what the provider says of its limits,
// and takes keys out of errors. [Limits] are what a key may ask, [Left] is what remains,
// and [State] what the book holds of one provider.
//
// # What is counted
//
// A call counts in its minute, its hour, its day and its month, of the calendar in UTC. A
// minute is any 60 seconds, to the second: no burst at the turn of a minute is twice as
// large. It is charged before it is sent, and durably: a process that is killed between
// the two has paid for a call that nobody saw, and never the other way round. A call that
// found no connection was not sent, and is given back.
//
// # Priorities
//
// A call waits for no other, but it must leave what is planned: of each hour, day and
// month, a call of one priority may not take what the schedules of higher priorities
// still need in it ([Needs]).
//
// # Caveats
//
// The clock of a ledger never goes back. Where the clock of the machine is set back, or
// was ahead for a while, the ledger stays in its window until the clock is there again.
// What a provider says can only make a quota smaller. What it says of an hour, a day or a
// month without saying when it ends is taken to be about those of the calendar in UTC.
package quota
