// Package datacheck finds what is wrong with a series of bars, as far as the bars
// themselves can show it.
//
// There are only a few types. [Check] looks at one series and makes a [Report]: a
// [Tally] of each [Kind] of finding, and the first of them as a [Finding] with its row
// and time. [Compare] holds bars against finer ones of the same instrument and makes a
// [Comparison]. [Outage] is a time in which a venue is known to have stood still.
//
// A kind is an error or a warning. An error is what no venue can have sent, so that a
// backtest on it means nothing; a warning may be true, and somebody should look.
//
// # How a jump is told
//
// A move between two prices is the larger one ÷ the smaller one − 1, so that up and
// down are alike. The usual move at a row is the median of the moves from close to close
// in the thousand bars around it. Across a gap of n bars it counts √(n+1) times. A bar
// jumps where
//
//   - its open is more than 10 % and more than [Options.Jump]÷10 usual moves away from
//     the close before: between two bars nothing trades, so there is little reason; or
//   - its close is more than 20 % and more than [Options.Jump] usual moves away.
//
// It is a spike where the close after it is back (within a quarter of the move), or where
// its high or low is more than 200 % and more than [Options.Jump] usual moves away from
// its body. It is a change of scale where the close is near 10, 100, 1000… times the one
// before, or that part of it, and stays there.
//
// # Caveats
//
// Rows that are errors take part in the other checks as far as they can: a row off the
// grid or out of order is no gap, and an impossible bar has no price to jump from. A spike
// in the first bar shows as a jump after it. Moves are judged by what was usual about
// their time, so a series of fewer than some dozens of bars shows little.
package datacheck
