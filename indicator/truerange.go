package indicator

// A TrueRange is how far the price went in one bar, a gap before it included, in the
// unit of the prices: the largest of high − low, |high − previous close| and
// |low − previous close| (Wilder, New Concepts in Technical Trading Systems, 1978,
// section III). Nothing seeds it. The first bar only gives a close, as in TA-Lib: it
// is ready after 2 updates. It depends on two bars alone and does not drift.
type TrueRange struct {
	close, value float64 // of the previous bar, and the range of the last
	seen         int     // updates, up to 2
}

// NewTrueRange returns a true range.
func NewTrueRange() *TrueRange { return &TrueRange{} }

// Update adds the next bar.
func (t *TrueRange) Update(high, low, close float64) {
	if t.seen > 0 {
		t.value = max(high, t.close) - min(low, t.close)
	}
	t.close, t.seen = close, min(t.seen+1, 2)
}

// Ready reports whether two bars were seen.
func (t *TrueRange) Ready() bool { return t.seen == 2 }

// Warmup returns 2.
func (t *TrueRange) Warmup() int { return 2 }

// Value returns the range of the last bar, or 0 until Ready.
func (t *TrueRange) Value() float64 { return t.value }
