// Package indicator holds streaming technical indicators: one Update a bar, in
// constant time, without allocation.
//
// docs/indicators.md lists them. Each has a constructor that takes its periods in bars, an
// Update that takes the next bar, or what it needs of it in the order high, low, close,
// volume, and
//
//	Ready() bool     whether enough bars were seen
//	Value() float64  the indicator at the last bar; 0 until Ready
//	Warmup() int     how many updates make it Ready, exactly
//
// and a method for each further output. [SMA] and [EMA] average the last prices, [RSI]
// weighs gains against losses, [ATR] averages the true range, [Highest] and [Lowest] are
// the extremes of a window. Where TA-Lib defines an indicator, its values are TA-Lib's
// within 1e-9; comments say where not, and why.
//
// [Compare] orders two simple averages exactly.
//
// # Ticks
//
// Two averages of prices on a tick grid are equal now and then, and a rule that
// trades on a crossing must see that tie. Rolling sums of floats lose it. An SMA
// therefore counts ticks: integers of 10^-scale, whose sum is exact, where scale
// is the number of fraction digits of the price ([market.Columns.PriceScale]).
// SMA(1) is the price itself, so Compare also tells exactly whether a price is
// above its average.
//
// # Caveats
//
// Exactness needs a grid. With [market.FreeScale], or from the first value on
// that is not on the grid or too large to count, an SMA adds floats with
// compensation: good to the last digits, but ties are decided by rounding. Exact
// tells which of the two it does.
//
// EMA, RSI, ATR and what is built on them are recursions over floats: they depend, in theory, on every
// bar since the first one. Start two of them at different bars and they agree to
// 1e-12 only after about 28 × (period + 1) / 2 bars for the EMA and 28 × period
// bars for the other two. Sums over a window, on the other hand, are compensated and taken
// afresh at each turn of it: they depend on the window alone, but for the last digit.
//
// Values must be finite. Bars are (see [market.Bar.Check]); numbers from elsewhere
// should be checked before they come here. Constructors panic on a period below 1
// or above [MaxPeriod]: the caller validates parameters. Indicators are not safe
// for concurrent use and must not be copied.
package indicator
