package column

import (
	"math"

	"github.com/signalman-trading/signalman/market"
)

// A grid turns whole numbers of 10^-unit into float64 and back.
type grid struct{ pow, inverse float64 }

func gridOf(unit int32) grid {
	pow := market.Pow10(unit)
	return grid{pow, 1 / pow}
}

// value returns t / pow, rounded to nearest as a division is, and faster: the
// quotient by the inverse, corrected by its exact remainder (P. Markstein,
// "Computation of elementary functions on the IBM RISC System/6000 processor",
// 1990). The encoder tests each value it writes, so nothing rests on the theorem.
func (g grid) value(t int64) float64 {
	x := float64(t)
	q := x * g.inverse
	return math.FMA(math.FMA(-q, g.pow, x), g.inverse, q)
}

// round returns the whole number of units nearest to v, or 0 where v has none that a
// float64 holds.
func (g grid) round(v float64) int64 {
	x := math.Round(v * g.pow)
	if !(math.Abs(x) <= 1<<53) {
		return 0
	}
	return int64(x)
}

// below returns v in units of the grid without their fraction, or 0 where v is too
// large. It takes a third of the time of round.
func (g grid) below(v float64) int64 {
	x := v * g.pow
	if !(math.Abs(x) <= 1<<53) {
		return 0
	}
	return int64(x)
}

// ticks returns v in units of the grid, and whether value gives v back bit for bit.
func (g grid) ticks(v float64) (int64, bool) {
	t := g.round(v)
	return t, math.Float64bits(g.value(t)) == math.Float64bits(v)
}

// Ticks returns v as a whole number of units of 10^-scale, and whether dividing it
// by 10^scale gives v back bit for bit. A scale outside 0 to 22 has no grid.
func Ticks(v float64, scale int32) (int64, bool) {
	if scale < 0 || scale > maxScale {
		return 0, false
	}
	t, ok := gridOf(scale).ticks(v)
	return t, ok && float64(t)/market.Pow10(scale) == v
}
