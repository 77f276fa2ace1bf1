package indicator_test

import (
	"math"
	"slices"

	"github.com/signalman-trading/signalman/indicator"
)

// trends returns what tells the direction and the reach of moves.
func trends() []subject {
	return []subject{
		{
			name: "TrueRange()", make: func() probe { return onHighLowClose(indicator.NewTrueRange()) },
			talib: []string{"TRANGE"}, batch: func(bars []bar) []float64 { return last(trueRanges(bars), 1) }, flat: []float64{0},
			refused: []func(){},
		},
		{
			name: "ATR(14)", make: func() probe { return onHighLowClose(indicator.NewATR(14)) },
			talib: []string{"ATR_14"}, batch: averageRange(14), flat: []float64{0},
			refused: periods(func(n int) { indicator.NewATR(n) }),
		},
		{
			name: "DMI(14)", make: func() probe {
				d := indicator.NewDMI(14)
				return onHighLowClose(d, d.Plus, d.Minus)
			},
			talib: []string{"DX_14", "PLUS_DI_14", "MINUS_DI_14"}, unit: 100, flat: []float64{0, 0, 0},
			batch:   func(bars []bar) []float64 { return slices.Concat(last(directions(bars, 14), 1)...) },
			refused: periods(func(n int) { indicator.NewDMI(n) }),
		},
		{
			name: "ADX(14)", make: func() probe {
				a := indicator.NewADX(14)
				return onHighLowClose(a, a.DX, a.Plus, a.Minus) // those are a DMI's
			},
			talib: []string{"ADX_14"}, unit: 100, flat: []float64{0, 0, 0, 0},
			batch: averageDirection(14), refused: periods(func(n int) { indicator.NewADX(n) }),
		},
		{
			name: "ADX(1)", make: func() probe { return onHighLowClose(indicator.NewADX(1)) },
			unit: 100, flat: []float64{0}, batch: averageDirection(1),
		},
		{
			name: "SuperTrend(10, 3)", make: func() probe { return onHighLowClose(indicator.NewSuperTrend(10, 3)) },
			batch: superTrend(10, 3), flat: []float64{math.NaN()},
			refused: append(periods(func(n int) { indicator.NewSuperTrend(n, 3) }), factors(func(k float64) { indicator.NewSuperTrend(10, k) })...),
		},
	}
}

// factors returns constructions with factors that no caller may pass.
func factors(construct func(k float64)) (refused []func()) {
	for _, k := range []float64{-1, math.NaN(), math.Inf(1)} {
		refused = append(refused, func() { construct(k) })
	}
	return refused
}

func averageRange(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 { return last(averageRanges(bars, n), 1) }
}

// averageRanges returns the averages of the true ranges, from the bar n on.
func averageRanges(bars []bar, n int) []float64 { return smoothed(trueRanges(bars), n, 1/float64(n)) }

// trueRanges returns the true range of each bar from the second on.
func trueRanges(bars []bar) []float64 {
	var ranges []float64
	for i := 1; i < len(bars); i++ {
		b, before := bars[i], bars[i-1].Close
		ranges = append(ranges, max(b.High-b.Low, math.Abs(b.High-before), math.Abs(b.Low-before)))
	}
	return ranges
}

// directions returns DX, +DI and -DI of each bar from the bar n on.
func directions(bars []bar, n int) (all [][]float64) {
	up, down, span := []float64{0}, []float64{0}, append([]float64{0}, trueRanges(bars)...)
	for i := 1; i < len(bars); i++ {
		plus, minus := bars[i].High-bars[i-1].High, bars[i-1].Low-bars[i].Low
		up, down = append(up, 0), append(down, 0)
		if plus > minus && plus > 0 {
			up[i] = plus
		}
		if minus > plus && minus > 0 {
			down[i] = minus
		}
	}
	weight := 1 / float64(n)
	up, down, span = smoothed(up, n, weight), smoothed(down, n, weight), smoothed(span, n, weight)
	for i := 1; i < len(up); i++ {
		row := make([]float64, 3)
		if span[i] != 0 && up[i]+down[i] != 0 {
			row[1], row[2] = 100*up[i]/span[i], 100*down[i]/span[i]
			row[0] = 100 * math.Abs(row[1]-row[2]) / (row[1] + row[2])
		}
		all = append(all, row)
	}
	return all
}

func averageDirection(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		rows := directions(bars, n)
		var strength []float64
		for _, row := range rows {
			strength = append(strength, row[0])
		}
		return append(last(smoothed(strength, n, 1/float64(n)), 1), last(rows, 1)[0]...)
	}
}

// superTrend goes over all bars with the bands as their definition has them.
func superTrend(n int, k float64) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		var upper, lower float64
		up := false
		for i, span := range averageRanges(bars, n) {
			b, before := bars[n+i], bars[n+i-1].Close
			middle := (b.High + b.Low) / 2
			if i == 0 {
				upper, lower, up = middle+k*span, middle-k*span, b.Close >= middle
				continue
			}
			if middle+k*span < upper || before > upper {
				upper = middle + k*span
			}
			if middle-k*span > lower || before < lower {
				lower = middle - k*span
			}
			if up && b.Close < lower || !up && b.Close > upper {
				up = !up
			}
		}
		if up {
			return []float64{lower}
		}
		return []float64{upper}
	}
}
