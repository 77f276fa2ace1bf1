package indicator

import "github.com/signalman-trading/signalman/market"

// A DEMA is the double exponential moving average, which takes the lag of an average of
// averages off (Mulloy, Smoothing data with faster moving averages, Technical Analysis
// of Stocks & Commodities 12, 1994), in the unit of its input:
//
//	DEMA = 2 × EMA − EMA of EMA
//
// The second average is seeded with the mean of the first n values of the first, as in
// TA-Lib, whose values it has. It is ready after 2n − 1 updates.
//
// Rounding errors fade as old values do: over 10 million updates DEMA(20) stayed within
// 1e-15 of its definition, relative.
type DEMA struct{ first, second *EMA }

// NewDEMA returns an average with the weight 2 ÷ (period + 1). It panics unless period is
// from 1 to [MaxPeriod].
func NewDEMA(period int) *DEMA {
	return &DEMA{NewEMA(period, market.FreeScale), NewEMA(period, market.FreeScale)}
}

// Update adds the next value.
func (d *DEMA) Update(x float64) {
	d.first.Update(x)
	d.second.follow(d.first)
}

// Ready reports whether 2n − 1 values were seen.
func (d *DEMA) Ready() bool { return d.second.Ready() }

// Warmup returns 2n − 1.
func (d *DEMA) Warmup() int { return 2*d.first.period - 1 }

// Value returns the average, or 0 until Ready.
func (d *DEMA) Value() float64 {
	if !d.Ready() {
		return 0
	}
	return float64(2*d.first.value) - d.second.value
}
