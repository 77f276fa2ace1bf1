package indicator

// A SAR is Wilder's parabolic stop and reverse (New Concepts in Technical Trading
// Systems, 1978, section II), in the unit of the prices. Each bar the stop comes nearer
// to the extreme of the trend by a share of their distance,
//
//	stop += pace × (extreme − stop)
//
// but not beyond the last two bars. The pace begins at step and grows by step with each
// new extreme, up to limit. A bar that touches the stop reverses the trend: the extreme,
// or the last two bars where those are beyond it, is the new stop. Wilder used 0.02 and 0.2.
//
// As in TA-Lib the first two bars give the first trend, which is down where the low fell
// by more than the high rose, and its stop is the extreme of the first bar: it is ready
// after 2 updates, and its values are TA-Lib's.
//
// It forgets all before a reversal: over 10 million updates it gave what plain arithmetic
// over the last 20,000 bars gives, to the last bit, wherever it was checked.
type SAR struct {
	step, limit   float64
	high, low     float64 // of the previous bar
	stop, extreme float64 // of a trend up; negated of a trend down, which is one up so
	pace, value   float64
	up            bool
	seen          int // updates, up to 2
}

// NewSAR returns a stop whose pace goes from step to limit. It panics unless
// 0 < step ≤ limit ≤ 1.
func NewSAR(step, limit float64) *SAR {
	if !(0 < step && step <= limit && limit <= 1) {
		panic("indicator: a stop's pace must grow from above 0 to at most 1")
	}
	return &SAR{step: step, limit: limit}
}

// Update adds the next bar.
func (s *SAR) Update(high, low float64) {
	if s.seen == 1 {
		s.start(high, low)
	}
	if s.seen > 0 {
		s.move(high, low)
	}
	s.high, s.low, s.seen = high, low, min(s.seen+1, 2)
}

// start finds the first trend. The second bar counts as the one before itself.
func (s *SAR) start(high, low float64) {
	s.up = !(s.low-low > max(high-s.high, 0))
	s.stop, s.extreme, s.pace = s.near(s.high, s.low), s.far(high, low), s.step
	s.high, s.low = high, low
}

// move takes a bar and finds the stop of the next one.
func (s *SAR) move(high, low float64) {
	turn := s.near(high, low) <= s.stop
	if turn {
		s.up = !s.up
		s.stop = min(-s.extreme, s.near(s.high, s.low), s.near(high, low))
	}
	s.value = s.stop
	if !s.up {
		s.value = -s.stop
	}
	switch far := s.far(high, low); {
	case turn:
		s.extreme, s.pace = far, s.step
	case far > s.extreme:
		s.extreme, s.pace = far, min(s.pace+s.step, s.limit)
	}
	s.stop += float64(s.pace * (s.extreme - s.stop))
	s.stop = min(s.stop, s.near(s.high, s.low), s.near(high, low))
}

// near and far return the ends of a bar towards the stop and away from it, negated in a
// trend down.
func (s *SAR) near(high, low float64) float64 {
	if s.up {
		return low
	}
	return -high
}

func (s *SAR) far(high, low float64) float64 {
	if s.up {
		return high
	}
	return -low
}

// Ready reports whether two bars were seen.
func (s *SAR) Ready() bool { return s.seen == 2 }

// Warmup returns 2.
func (s *SAR) Warmup() int { return 2 }

// Value returns the stop that held in the last bar, or after a reversal the new one; 0
// until Ready.
func (s *SAR) Value() float64 { return s.value }

// Next returns the stop for the next bar, or 0 until Ready.
func (s *SAR) Next() float64 {
	if s.up {
		return s.stop
	}
	return -s.stop
}

// Up reports whether the trend is up, false until Ready.
func (s *SAR) Up() bool { return s.up }
