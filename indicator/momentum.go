package indicator

// A Momentum is what a value has gained in n bars: x − x of n before, in the unit of its
// input (Murphy, Technical Analysis of the Financial Markets, 1999, ch. 10). It is exact
// to one rounding, and ready after n + 1 updates. Its values are TA-Lib's MOM.
type Momentum struct{ past }

// NewMomentum returns the gain over period bars. It panics unless period is from 1 to
// [MaxPeriod].
func NewMomentum(period int) *Momentum { return &Momentum{makePast(period)} }

// Update adds the next value.
func (m *Momentum) Update(x float64) { m.add(x) }

// Value returns the gain, or 0 until Ready.
func (m *Momentum) Value() float64 {
	if !m.Ready() {
		return 0
	}
	return m.newest() - m.before
}

// A past knows the value of n bars before the newest.
type past struct {
	ring
	before float64
	ready  bool
}

func makePast(period int) past { return past{ring: makeRing(period)} }

// add takes the next value.
func (p *past) add(x float64) {
	p.ready = p.full
	p.before, _ = p.push(x)
}

// Ready reports whether n + 1 values were seen.
func (p *past) Ready() bool { return p.ready }

// Warmup returns n + 1.
func (p *past) Warmup() int { return len(p.values) + 1 }
