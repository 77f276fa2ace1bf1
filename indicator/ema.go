package indicator

// An EMA is the exponential moving average with the weight α = 2 ÷ (n + 1)
// (Hunter, The Exponentially Weighted Moving Average, Journal of Quality Technology
// 18, 1986; the weight is TA-Lib's). It has the unit of its input. It is seeded with the
// simple average of its first n values, exact on a tick grid, and ready after n
// updates; from then on
//
//	EMA += α × (x − EMA)
//
// so that a constant series has a constant average to the last bit.
//
// Rounding errors fade as old values do: over 10 million updates EMA(50) stayed
// within 5e-16 of exact arithmetic, relative, wherever it was checked.
type EMA struct {
	seed   *SMA // nil once ready
	alpha  float64
	value  float64
	period int
}

// NewEMA returns an average with the weight 2 ÷ (period + 1) of values that have at
// most scale fraction digits, or [market.FreeScale]. It panics unless period is
// from 1 to [MaxPeriod].
func NewEMA(period int, scale int32) *EMA {
	return &EMA{seed: NewSMA(period, scale), alpha: 2 / float64(period+1), period: period}
}

// Update adds the next value.
func (e *EMA) Update(x float64) {
	if e.seed != nil {
		e.start(x)
		return
	}
	e.value += float64(e.alpha * (x - e.value))
}

// start adds one of the first n values.
func (e *EMA) start(x float64) {
	e.seed.Update(x)
	if e.seed.Ready() {
		e.value, e.seed = e.seed.Value(), nil
	}
}

// follow adds the value of another average, once that has one.
func (e *EMA) follow(other *EMA) {
	if other.Ready() {
		e.Update(other.value)
	}
}

// Ready reports whether n values were seen.
func (e *EMA) Ready() bool { return e.seed == nil }

// Warmup returns n.
func (e *EMA) Warmup() int { return e.period }

// Value returns the average, or 0 until Ready.
func (e *EMA) Value() float64 { return e.value }
