// Package failpoint names the places at which a test may kill the process.
//
// There are only a few types: none. [Hit] marks a place; [Error] marks one where a write
// may fail. Builds without the tag failpoints compile both to nothing. With it, the
// variable SIGNALMAN_FAILPOINT says what is to happen where:
//
//	SIGNALMAN_FAILPOINT=gateway.before-send:3             killed the third time it gets there
//	SIGNALMAN_FAILPOINT=journal.after-write:9,quit.told:1 whichever comes first
//	SIGNALMAN_FAILPOINT=journal.before-write:5:error      the fifth write finds no space
//
// A process that is killed so says "failpoint NAME" on standard error and ends by SIGKILL:
// nothing is flushed, nothing is deferred. docs/crash.md lists the places.
//
// # Caveats
//
// The variable is read once. A text that cannot be read ends the process with exit code 2,
// so that no test goes on without what it asked for. Other goroutines may run for some
// microseconds until the signal has been delivered, as with any kill.
package failpoint
