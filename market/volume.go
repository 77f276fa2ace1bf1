package market

import "github.com/shopspring/decimal"

// volume adds volumes as the decimals that they are the nearest float64 of: the sum is
// the nearest float64 of the exact one, in whatever order they come. Volumes off the
// grid, which a column without one may have, are added as they are.
type volume struct {
	decimals int32
	scale    float64
	ticks    int64 // the sum in units of the grid
	loose    float64
}

// freeVolume is the grid that is tried where a column has none: the decimals that most
// venues give volumes.
const freeVolume = 8

// volumeOn returns a volume of 0 on the grid of a column.
func volumeOn(scale int32) volume {
	if scale < 0 {
		scale = freeVolume
	}
	return volume{decimals: scale, scale: Pow10(scale)}
}

func (v *volume) clear() { v.ticks, v.loose = 0, 0 }

// wholeFloat bounds the integers that a float64 holds.
const wholeFloat = 1 << 53

func (v *volume) add(x float64) {
	if x*v.scale > wholeFloat || v.ticks > 1<<62 {
		v.loose += x
		return
	}
	if n := Ticks(x, v.scale); float64(n)/v.scale == x {
		v.ticks += n
	} else {
		v.loose += x
	}
}

func (v *volume) sum() float64 {
	if v.ticks <= wholeFloat {
		return float64(v.ticks)/v.scale + v.loose
	}
	return nearest(decimal.New(v.ticks, -v.decimals)) + v.loose
}
