// Package limit holds the risk rules that bound sizes and counts: how much of an
// instrument a strategy may hold, how large one order may be, in how many instruments
// it may be at once.
//
// There are only a few types, one for each rule: [MaxPosition], [MaxOrder] and
// [MaxOpen]. Each is its own configuration.
//
// Gates ask whether an order may leave at all: [DuplicateOrder], [Instruments],
// [MinLiquidity], [OrderRate], [PriceCollar], [Regime], [StaleBar], [StaleSignal] and
// [TradingHours], whose times are [Window]s. A [Reading] is the signal that a gate goes by.
//
// # Caveats
//
// Limits bound what is bought, at the worst price of the collar (semantics D2): 2 %
// above the last close, or an order's own price. A position that grows because its
// price rises may exceed a limit; it is not sold, and nothing is added to it. The same
// holds where an order fills beyond the collar. Without a price, new risk is refused.
package limit
