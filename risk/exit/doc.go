// Package exit holds the risk rules that close positions.
//
// There is one type, [StopLoss], which is its own configuration.
//
// # Caveats
//
// Exits act on bar closes in every mode (semantics D2) and fill at the next open, which
// may be worse than the level. An exit first cancels the strategy's resting orders on
// the instrument: those that sell hold the position, those that buy would open it again.
// What they held is sold once the venue has let go of it.
package exit
