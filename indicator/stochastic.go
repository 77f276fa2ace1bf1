package indicator

// A Stochastic is Lane's oscillator: where the close stands between the lowest low and
// the highest high of the last n bars, from 0 to 100 without unit (Lane, Lane's
// Stochastics, Technical Analysis of Stocks & Commodities 2, 1984):
//
//	raw   = 100 × (close − lowest) ÷ (highest − lowest)
//	Value = mean of the last smooth raw, %K
//	Signal = mean of the last signal Values, %D
//
// Where smooth is 1 it is the fast stochastic, otherwise the slow one. It is ready, with
// both, after n + smooth + signal − 2 updates.
//
// Its values are those of TA-Lib's STOCHF and STOCH with simple averages, except that raw
// is 50 where no bar of the window has a range: neither high nor low. (TA-Lib says 0.)
// The means are compensated sums, taken afresh at each turn: over 10 million updates they
// stayed within 4e-16 of their definition, relative.
type Stochastic struct {
	reach  reach
	smooth twice
}

// NewStochastic returns an oscillator over period bars; 14, 1, 3 (fast) and 14, 3, 3
// (slow) are customary. It panics unless each parameter is from 1 to [MaxPeriod].
func NewStochastic(period, smooth, signal int) *Stochastic {
	return &Stochastic{makeReach(period), makeTwice(smooth, signal)}
}

// Update adds the next bar.
func (s *Stochastic) Update(high, low, close float64) {
	s.reach.add(high, low, close)
	if s.reach.high.full() {
		s.smooth.add(s.reach.place)
	}
}

// Ready reports whether n + smooth + signal − 2 bars were seen.
func (s *Stochastic) Ready() bool { return s.smooth.ready() }

// Warmup returns n + smooth + signal − 2.
func (s *Stochastic) Warmup() int { return s.reach.high.Warmup() + s.smooth.wait() }

// Value returns %K, from 0 to 100, or 0 until Ready.
func (s *Stochastic) Value() float64 { return s.smooth.value() }

// Signal returns %D, from 0 to 100, or 0 until Ready.
func (s *Stochastic) Signal() float64 { return s.smooth.signal() }
