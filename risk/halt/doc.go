// Package halt holds the risk rules that stop trading. Closing positions stays allowed
// while they do.
//
// There are only a few types, each a rule that is its own configuration. [Cooldown],
// [StopGuard], [LowProfit], [TradeDrawdown] and [LosingStreak] look at closed trades;
// [Stop] is what these have in common. [MaxDrawdown], [DailyLoss] and [LossSpeed] look at
// equity, [VolatilityHalt] at bars, [VenueErrors] and [ReconcileHalt] at the venue.
//
// # Caveats
//
// What falls between two bar closes is seen at the later one. A halt bounds new risk,
// not the loss of what is held: action = "flatten" sells that too, at the next open. A
// rule measures with the bars of the strategies that name it, at their interval. Trades of
// one time are judged together: their order is chance.
package halt
