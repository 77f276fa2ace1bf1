// Package exit holds the risk rules that close positions.
//
// There are only a few types: each rule is one, and its own configuration. [StopLoss],
// [TrailingStop], [BreakEven] and [Chandelier] set a stop, [TakeProfit] and [ROI] a target,
// [TimeStop] and [SignalDecay] close when something is over. What they share is not
// exported: a hold is what a rule knows of one position, a keeper follows the holds, moves
// levels and closes.
//
// # Caveats
//
// Levels move when a bar of the strategy has closed, from what is known then. With at =
// "venue" the engine keeps them as orders at the venue through the next bar ([risk.Desk]
// Protect), and closes by the market what cannot rest. With at = "close" the rule compares
// closes with them in every mode (semantics D2) and closes at the next open, which may be
// worse than the level.
//
// A rule that closes by the market first cancels the strategy's resting orders on the
// instrument: those that sell hold the position, those that buy would open it again. What
// they held is sold once the venue has let go of it. It goes on until the position is
// closed, whatever the price does; what the venue's filters would not let be sold stays.
package exit
