// Package signalstest is the suite that every source of signals has to pass. An author
// calls it in one line:
//
//	func TestSuite(t *testing.T) {
//		signalstest.Run(t, mysource.Plugin(), signalstest.Provider(answers))
//	}
//
// There are only a few types. [Run] reports to a test and [Check] returns an error; an
// [Option] says how the source is configured and what stands in for the outside world,
// all of it in memory. What is checked depends on what the plug-in makes.
//
// A [signals.Source]
//
//   - lists the same kinds at any time, and makes rows of these kinds only;
//   - yields rows that are whole: with Known where it is local and without where it is
//     remote, batches oldest first, and beside the rows of a remote source the answer;
//   - gives the same rows to the same question, and what it gave is the caller's;
//   - gives to a narrower question what it gave to a wider one, less what was not asked;
//   - stops when it is told to, and when the context ends, and leaves no goroutine;
//   - sends no more calls than its Plan says, and none while it plans;
//   - makes of hostile answers (cut, giant, a web page, nulls, statuses from 302 to 503)
//     a [signals.Fault] of the right kind or fewer rows, never other ones: no zero, nothing
//     neutral;
//   - keeps its keys out of errors, logs and stored answers.
//
// A [signals.Pusher] (with [Posts] or [Deliver]) acknowledges what is durable and nothing
// else, forgets nothing that failed, and ends with its context.
//
// A [signals.Deriver] (with [Rows]) is deterministic, keeps nothing between derivations,
// makes rows that are known when they follow, wants to be called later and not earlier,
// is not moved by being called when nothing happens, and ends up the same whether rows
// come one by one or together.
//
// # Caveats
//
// The outside world is what Env gives: a source that opens files or sockets by itself is
// not found out, but gets no answer from [Provider].
//
// Goroutines are counted, so a test that runs the suite cannot be parallel.
package signalstest
