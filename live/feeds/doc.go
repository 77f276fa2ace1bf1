// Package feeds pulls signals on their schedules, receives those that are pushed, and
// keeps book of how each feed is doing.
//
// There are only a few types. A [Feed] is a source and when it is asked; [Options] say
// where its rows go and what the calls may cost; [Run] works until its context ends, and
// [Once] asks each feed one time. A [Pull] tells what came of a question. A [Report] is
// what is known of all feeds, in a file that outlives the process: a [Health] for each
// endpoint that a source asks.
//
// # When it asks
//
// A feed is asked at each time of its schedule, in UTC, and up to its jitter later. What
// was missed while nothing ran is caught up in one pull. The kinds of a source are asked
// by endpoint, one after the other: where one fails, the others go on. A question that
// fails is asked again after a pause that doubles, unless the provider said when; after
// five failures in a row the endpoint is left alone for an hour, then for two, up to a
// day. One that the key does not open, or that is gone, is disabled and tried again in
// the place of the first regular pull a day later. Where the budget is used up nothing is
// asked until its window opens. All of this survives a restart.
//
// # Caveats
//
// Nothing here makes a row look younger: what a failing feed said last grows old, and
// strategies then take it for absent (semantics S3). A source that panics is left alone
// until the process is started again. Times are those of the clock, so that a test in a
// bubble of testing/synctest drives weeks of them.
package feeds
