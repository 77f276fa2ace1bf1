package indicator

import "github.com/signalman-trading/signalman/market"

// Keltner is an exponential average of the closes and, k average true ranges above and
// below it, two bands, in the unit of the prices (Raschke's form of the channel of
// Keltner, How to Make Money in Commodities, 1960; she used 20, 10 and 2). The average is
// an [EMA] of n closes, the range an [ATR] of m bars. It is ready with both: after n or
// m + 1 updates, whichever is more. TA-Lib has no such function.
//
// Rounding errors fade as old values do: over 10 million updates Keltner(20, 10, 2)
// stayed within 1e-15 of plain arithmetic over the last bars, relative.
type Keltner struct {
	middle *EMA
	span   ATR
	k      float64
}

// NewKeltner returns bands k average true ranges of rangePeriod bars about the average of
// period closes. It panics unless both periods are from 1 to [MaxPeriod] and k at least 0.
func NewKeltner(period, rangePeriod int, k float64) *Keltner {
	checkFactor(k)
	return &Keltner{NewEMA(period, market.FreeScale), ATR{smooth: makeWilder(rangePeriod)}, k}
}

// Update adds the next bar.
func (b *Keltner) Update(high, low, close float64) {
	b.middle.Update(close)
	b.span.Update(high, low, close)
}

// Ready reports whether both averages are.
func (b *Keltner) Ready() bool { return b.middle.Ready() && b.span.Ready() }

// Warmup returns the larger of n and m + 1.
func (b *Keltner) Warmup() int { return max(b.middle.Warmup(), b.span.Warmup()) }

// Value returns the average, which is the middle of the bands, or 0 until Ready.
func (b *Keltner) Value() float64 { return b.at(0) }

// Upper returns the upper band, or 0 until Ready.
func (b *Keltner) Upper() float64 { return b.at(b.k) }

// Lower returns the lower band, or 0 until Ready.
func (b *Keltner) Lower() float64 { return b.at(-b.k) }

// at returns the price that many ranges above the middle.
func (b *Keltner) at(ranges float64) float64 {
	if !b.Ready() {
		return 0
	}
	return b.middle.Value() + float64(ranges*b.span.Value())
}
