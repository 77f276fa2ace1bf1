package indicator

import (
	"fmt"
	"math"
)

// Bollinger is the mean of the last n values and, k standard deviations above and
// below it, two bands (Bollinger, Bollinger on Bollinger Bands, 2001). All have the
// unit of the input; the deviation divides by n, as Bollinger and TA-Lib's BBANDS do.
// Nothing seeds them; they are ready after n updates. He used n = 20 and k = 2.
//
// They depend on their window alone and drift as little as [StdDev] does: over 10
// million updates Bollinger(20, 2) stayed within 1e-15 of exact arithmetic, relative,
// wherever it was checked.
type Bollinger struct {
	window StdDev
	k      float64
}

// NewBollinger returns bands k deviations about the mean of period values. It panics
// unless period is from 1 to [MaxPeriod] and k at least 0.
func NewBollinger(period int, k float64) *Bollinger {
	checkFactor(k)
	return &Bollinger{window: StdDev{makeMoments(period)}, k: k}
}

// Update adds the next value, usually a close.
func (b *Bollinger) Update(x float64) { b.window.push(x) }

// Ready reports whether n values were seen.
func (b *Bollinger) Ready() bool { return b.window.full }

// Warmup returns n.
func (b *Bollinger) Warmup() int { return b.window.Warmup() }

// Value returns the mean, which is the middle of the bands, or 0 until Ready.
func (b *Bollinger) Value() float64 { return b.window.Mean() }

// Upper returns the upper band, or 0 until Ready.
func (b *Bollinger) Upper() float64 { return b.Value() + b.reach() }

// Lower returns the lower band, or 0 until Ready.
func (b *Bollinger) Lower() float64 { return b.Value() - b.reach() }

// reach returns the distance of a band from the middle.
func (b *Bollinger) reach() float64 { return float64(b.k * b.window.Value()) }

// Width returns the distance of the bands as a share of the middle, or 0 until Ready
// and where the middle is 0. Bollinger calls it BandWidth.
func (b *Bollinger) Width() float64 {
	if b.Value() == 0 {
		return 0
	}
	return 2 * b.reach() / b.Value()
}

// PercentB returns where the last value stands between the bands: 0 on the lower, 1 on
// the upper one, beyond them outside. It is 0 until Ready, and 0.5 where the bands
// meet.
func (b *Bollinger) PercentB() float64 {
	switch reach := b.reach(); {
	case !b.Ready():
		return 0
	case reach == 0:
		return 0.5
	default:
		return 0.5 + b.window.above()/(2*reach)
	}
}

// checkFactor panics where k is no distance.
func checkFactor(k float64) {
	if !(k >= 0) || math.IsInf(k, 1) {
		panic(fmt.Sprintf("indicator: factor %v is not a number from 0 on", k))
	}
}
