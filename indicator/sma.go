package indicator

import "math"

// An SMA is the simple moving average of the last n values: their sum ÷ n
// (Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9). It has the
// unit of its input. Nothing seeds it; it is ready after n updates.
//
// While every value lies on the tick grid of its scale, the sum is an exact
// integer, Value is the float64 nearest to the exact average, and Compare is exact.
// Each average then depends on its n values alone, however many came before.
// Otherwise see the package's Caveats: over 10 million updates of such sums the
// error stayed within 2e-16, relative, wherever it was checked.
type SMA struct {
	grid
	ring  []int64 // ticks
	sum   int64   // of ring, in ticks
	next  int     // where the next value goes: the oldest one is there
	ready bool
	loose *total // adds floats instead of ticks
	scale int32
}

// NewSMA returns an average over period values that have at most scale fraction
// digits, or [market.FreeScale]. Grids that no int64 could sum (scale above 18, or
// period × 10^scale from 2^63 on) are treated as FreeScale. It panics unless period
// is from 1 to [MaxPeriod].
func NewSMA(period int, scale int32) *SMA {
	checkPeriod(period)
	g := makeGrid(period, scale)
	s := &SMA{grid: g, ring: make([]int64, period), scale: scale}
	if s.span == 0 {
		s.loosen()
	}
	return s
}

// Update adds the next value. It rounds x × 10^scale to ticks (see shift) and
// divides them again: that this gives x proves x to be on the grid.
func (s *SMA) Update(x float64) {
	shifted := float64(x*s.pow) + shift
	ticks := int64(math.Float64bits(shifted)) - shiftBits
	if uint64(ticks+s.reach) >= s.span || (shifted-shift)/s.pow != x {
		s.updateLoose(x)
		return
	}
	i, ring := s.next, s.ring
	s.sum += ticks - ring[i]
	ring[i] = ticks
	if i++; i == len(ring) {
		i, s.ready = 0, true
	}
	s.next = i
}

// updateLoose adds a value to a sum of floats.
func (s *SMA) updateLoose(x float64) {
	if s.loose == nil {
		s.loosen()
	}
	s.loose.add(x)
	s.ready = s.loose.full
}

// loosen hands the values so far to a sum of floats, oldest first, for good: from here
// on no value counts. It is the one update that allocates.
func (s *SMA) loosen() {
	sum := makeTotal(len(s.ring))
	s.loose, s.span = &sum, 0
	oldest := 0
	if !s.ready {
		oldest = len(s.ring) - s.next // as many places have not been filled
	}
	for k := oldest; k < len(s.ring); k++ {
		sum.add(float64(s.ring[(s.next+k)%len(s.ring)]) / s.pow)
	}
}

// Ready reports whether n values were seen.
func (s *SMA) Ready() bool { return s.ready }

// Warmup returns n.
func (s *SMA) Warmup() int { return len(s.ring) }

// Exact reports whether the average is still a sum of ticks: false with
// [market.FreeScale], and for good once a value was off the grid (not the float64
// nearest to any decimal of that scale) or beyond 2^51 or 2^62 ÷ n ticks.
func (s *SMA) Exact() bool { return s.loose == nil }

// Value returns the average of the last n values, or 0 until Ready.
func (s *SMA) Value() float64 {
	switch {
	case !s.ready:
		return 0
	case s.loose != nil:
		return s.loose.mean()
	}
	return quotient(s.sum, s.unit())
}

// unit returns n × 10^scale, what a sum of ticks is divided by.
func (s *SMA) unit() uint64 { return uint64(len(s.ring)) * uint64(s.pow) }
