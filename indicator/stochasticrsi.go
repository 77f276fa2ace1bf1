package indicator

// A StochasticRSI is the [Stochastic] of an [RSI]: where that stands between its lowest
// and its highest of the last n values, from 0 to 100 without unit (Chande and Kroll, The
// New Technical Trader, 1994). Value is smoothed, and Signal is the mean of that, as
// there. It is ready after length + n + smooth + signal − 2 updates.
//
// Its values are TA-Lib's STOCHRSI where smooth is 1, except that it is 50 where the RSI
// did not move by 1e-10: that is rounding. (TA-Lib says what that comes to, or 0.) Over 10 million updates it stayed within 5e-14 of its
// definition, relative: the range of the RSI may be small.
type StochasticRSI struct {
	rsi    *RSI
	reach  reach
	smooth twice
}

// NewStochasticRSI returns an oscillator over period values of an RSI over length
// changes; 14, 14, 3, 3 are customary. It panics unless each parameter is from 1 to
// [MaxPeriod].
func NewStochasticRSI(length, period, smooth, signal int) *StochasticRSI {
	s := &StochasticRSI{NewRSI(length), makeReach(period), makeTwice(smooth, signal)}
	s.reach.least = 1e-10
	return s
}

// Update adds the next value.
func (s *StochasticRSI) Update(x float64) {
	s.rsi.Update(x)
	if !s.rsi.Ready() {
		return
	}
	rsi := s.rsi.Value()
	s.reach.add(rsi, rsi, rsi)
	if s.reach.high.full() {
		s.smooth.add(s.reach.place)
	}
}

// Ready reports whether length + n + smooth + signal − 2 values were seen.
func (s *StochasticRSI) Ready() bool { return s.smooth.ready() }

// Warmup returns length + n + smooth + signal − 2.
func (s *StochasticRSI) Warmup() int {
	return s.rsi.Warmup() + s.reach.high.Warmup() - 1 + s.smooth.wait()
}

// Value returns %K, from 0 to 100, or 0 until Ready.
func (s *StochasticRSI) Value() float64 { return s.smooth.value() }

// Signal returns %D, from 0 to 100, or 0 until Ready.
func (s *StochasticRSI) Signal() float64 { return s.smooth.signal() }
