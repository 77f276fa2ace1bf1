// Package limit holds the risk rules that bound sizes and counts: how much of an
// instrument, an asset or a group of assets a strategy or the account may hold, how much of
// all of them, how large one order may be, in how many instruments one may be at once.
//
// There are only a few types, one for each rule: [MaxPosition], [MaxAsset], [MaxGroup],
// [MaxExposure], [MaxNetExposure], [MaxLeverage], [MaxOrder] and [MaxOpen]. Each is its own
// configuration.
//
// Gates ask whether an order may leave at all: [DuplicateOrder], [Instruments],
// [MinLiquidity], [OrderRate], [PriceCollar], [Regime], [StaleBar], [StaleSignal] and
// [TradingHours], whose times are [Window]s. A [Reading] is the signal that a gate goes by.
//
// # Caveats
//
// Limits bound what is bought or sold short, at the worst price of the collar (semantics
// D2): 2 % above the last close, or an order's own price. A position that grows because its
// price rises may exceed a limit; it is not closed, and nothing is added to it. The same
// holds where an order fills beyond the collar, which is noted. Without a price, new risk
// is refused.
//
// Of several working orders that would turn a position on a perpetual, those decided first
// are taken to close it, and what the others add counts at the dearest of them all, since
// any may fill first. Random runs found one case in some thousand days of trading in which
// a limit over two perpetuals was still exceeded, by 2 %.
//
// In a perpetual that several strategies trade, what they hold is netted by the venue: of
// the account the larger of all longs and all shorts counts.
package limit
