package indicator

import (
	"math"
	"math/bits"
)

// An SMAPair is two simple moving averages, a fast one and a slow one, over the same
// input: what a crossover needs, for little more than the cost of one. It keeps the
// values that [SMA] keeps, once, and is exact where SMA is.
type SMAPair struct {
	grid
	ring         []int64 // of the slow average; the last fast values are the fast one's
	fast         int
	next, behind int // where the next value goes, and the oldest of the fast average
	sums         [2]int64
	ready        bool
	scale        int32
	loose        *loosePair // takes over where a value is off the grid
}

// loosePair is the pair without a grid.
type loosePair struct{ fast, slow *SMA }

// NewSMAPair returns averages over fast and slow values that have at most scale
// fraction digits, as [NewSMA] does. It panics unless 1 ≤ fast < slow ≤ [MaxPeriod].
func NewSMAPair(fast, slow int, scale int32) *SMAPair {
	checkOrder(fast, slow)
	p := &SMAPair{grid: makeGrid(slow, scale), ring: make([]int64, slow), fast: fast, behind: slow - fast, scale: scale}
	if p.span == 0 {
		p.loosen()
	}
	return p
}

// Update adds the next value.
func (p *SMAPair) Update(x float64) {
	shifted := float64(x*p.pow) + shift
	ticks := int64(math.Float64bits(shifted)) - shiftBits
	if uint64(ticks+p.reach) >= p.span || (shifted-shift)/p.pow != x {
		p.updateLoose(x)
		return
	}
	ring, i, j := p.ring, p.next, p.behind
	p.sums[0] += ticks - ring[j]
	p.sums[1] += ticks - ring[i]
	ring[i] = ticks
	if i++; i == len(ring) {
		i, p.ready = 0, true
	}
	if j++; j == len(ring) {
		j = 0
	}
	p.next, p.behind = i, j
}

// updateLoose goes on without a grid: as two averages that were given the same values.
func (p *SMAPair) updateLoose(x float64) {
	if p.loose == nil {
		p.loosen()
	}
	p.loose.fast.Update(x)
	p.loose.slow.Update(x)
	p.ready = p.loose.slow.Ready()
}

// loosen hands the values so far to two averages, oldest first, for good.
func (p *SMAPair) loosen() {
	p.span = 0
	p.loose = &loosePair{NewSMA(p.fast, p.scale), NewSMA(len(p.ring), p.scale)}
	oldest := 0
	if !p.ready {
		oldest = len(p.ring) - p.next // as many places have not been filled
	}
	for k := oldest; k < len(p.ring); k++ {
		x := float64(p.ring[(p.next+k)%len(p.ring)]) / p.pow
		p.loose.fast.Update(x)
		p.loose.slow.Update(x)
	}
}

// Ready reports whether both averages exist.
func (p *SMAPair) Ready() bool { return p.ready }

// Warmup returns the slow period: the number of updates until Ready.
func (p *SMAPair) Warmup() int { return len(p.ring) }

// Compare returns -1, 0 or 1 as the fast average is below, at or above the slow one,
// exactly as [Compare] does; 0 until Ready.
func (p *SMAPair) Compare() int {
	switch {
	case !p.ready:
		return 0
	case p.loose != nil:
		return Compare(p.loose.fast, p.loose.slow)
	}
	// fast sum ÷ fast against slow sum ÷ slow, multiplied out in 128 bits
	aHi, aLo := multiply(p.sums[0], int64(len(p.ring)))
	bHi, bLo := multiply(p.sums[1], int64(p.fast))
	switch {
	case aHi > bHi || aHi == bHi && aLo > bLo:
		return 1
	case aHi == bHi && aLo == bLo:
		return 0
	}
	return -1
}

// multiply returns the signed 128-bit product of a and a positive b.
func multiply(a, b int64) (hi int64, lo uint64) {
	h, l := bits.Mul64(uint64(a), uint64(b))
	if a < 0 {
		h -= uint64(b)
	}
	return int64(h), l
}

// Values returns the two averages, or zeros until Ready.
func (p *SMAPair) Values() (fast, slow float64) {
	switch {
	case !p.ready:
		return 0, 0
	case p.loose != nil:
		return p.loose.fast.Value(), p.loose.slow.Value()
	}
	return quotient(p.sums[0], uint64(p.fast)*uint64(p.pow)), quotient(p.sums[1], uint64(len(p.ring))*uint64(p.pow))
}
