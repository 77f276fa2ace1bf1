package indicator

// Aroon says how long ago the extremes of the last n + 1 bars were, from 100, at the last
// bar, to 0, n bars before (Chande, Technical Analysis of Stocks & Commodities 13, 1995):
//
//	100 × (n − bars since the extreme) ÷ n
//
// of the highest high (Up) and the lowest low (Down); of equal ones the latest counts.
// Value is the oscillator, Up − Down. They have no unit and no seed, are exact, and ready
// after n + 1 updates. They are TA-Lib's AROON and AROONOSC.
type Aroon struct {
	high Highest
	low  Lowest
	n    float64
}

// NewAroon returns an Aroon over period bars and the one before. It panics unless period
// is from 1 to [MaxPeriod] − 1.
func NewAroon(period int) *Aroon {
	checkPeriod(period)
	return &Aroon{Highest{makeWindow(period + 1)}, Lowest{makeWindow(period + 1)}, float64(period)}
}

// Update adds the next bar.
func (a *Aroon) Update(high, low float64) {
	a.high.Update(high)
	a.low.Update(low)
}

// Ready reports whether n + 1 bars were seen.
func (a *Aroon) Ready() bool { return a.high.full() }

// Warmup returns n + 1.
func (a *Aroon) Warmup() int { return a.high.Warmup() }

// Value returns Up − Down, from −100 to 100, or 0 until Ready.
func (a *Aroon) Value() float64 { return a.Up() - a.Down() }

// Up returns how recent the highest high is, or 0 until Ready.
func (a *Aroon) Up() float64 { return a.recency(&a.high.window) }

// Down returns how recent the lowest low is, or 0 until Ready.
func (a *Aroon) Down() float64 { return a.recency(&a.low.window) }

func (a *Aroon) recency(w *window) float64 {
	if !w.full() {
		return 0
	}
	return 100 * (a.n - float64(w.age())) / a.n
}
