package indicator

import "math"

// A KAMA is Kaufman's adaptive moving average, in the unit of its input: an exponential
// one whose weight follows how straight the way was (Kaufman, Smarter Trading, 1995):
//
//	efficiency = |x − x of n before| ÷ sum of the last n |changes|, from 0 to 1
//	KAMA += (efficiency × (2/3 − 2/31) + 2/31)² × (x − KAMA)
//
// that is, between an EMA of 2 and one of 30. As in TA-Lib it is seeded with the value
// before the first step, and the efficiency is 1 where nothing moved; its values are
// TA-Lib's, which also takes sums of changes below 1e-8 for nothing. It is ready after
// n + 1 updates.
//
// The sum of changes is compensated and taken afresh every n values, and rounding errors
// of the average fade as old values do: over 10 million updates KAMA(10) was its
// definition to the last bit wherever it was checked.
type KAMA struct {
	prices  ring
	changes total
	value   float64
}

// NewKAMA returns an average whose efficiency is over period changes. It panics unless
// period is from 1 to [MaxPeriod].
func NewKAMA(period int) *KAMA { return &KAMA{prices: makeRing(period), changes: makeTotal(period)} }

const (
	fastest = 2.0 / 3
	slowest = 2.0 / 31
)

// Update adds the next value.
func (k *KAMA) Update(x float64) {
	started, before := k.prices.full || k.prices.next > 0, k.prices.newest()
	past, _ := k.prices.push(x)
	if !started {
		return
	}
	seeded := k.changes.full
	k.changes.add(math.Abs(x - before))
	if !k.changes.full {
		return
	}
	if !seeded {
		k.value = before
	}
	efficiency, way := 1.0, k.changes.value()
	if way > 0 {
		efficiency = min(1, math.Abs(x-past)/way)
	}
	weight := float64(efficiency*(fastest-slowest)) + slowest
	k.value += float64(float64(weight*weight) * (x - k.value))
}

// Ready reports whether n + 1 values were seen.
func (k *KAMA) Ready() bool { return k.changes.full }

// Warmup returns n + 1.
func (k *KAMA) Warmup() int { return len(k.prices.values) + 1 }

// Value returns the average, or 0 until Ready.
func (k *KAMA) Value() float64 { return k.value }
