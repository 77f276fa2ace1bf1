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
		{
			name: "SuperTrend(1, 0.5)", make: func() probe { return onHighLowClose(indicator.NewSuperTrend(1, 0.5)) },
			batch: superTrend(1, 0.5), flat: []float64{math.NaN()},
		},
		{
			name: "Aroon(1)", make: func() probe {
				a := indicator.NewAroon(1)
				return onHighLow(a, a.Up, a.Down)
			},
			batch: aroon(1), flat: []float64{0, 100, 100},
		},
		{
			name: "Aroon(25)", make: func() probe {
				a := indicator.NewAroon(25)
				return onHighLow(a, a.Up, a.Down)
			},
			talib: []string{"AROONOSC_25", "AROON_25_UP", "AROON_25_DOWN"}, batch: aroon(25), flat: []float64{0, 100, 100},
			refused: append(periods(func(n int) { indicator.NewAroon(n) }), func() { indicator.NewAroon(indicator.MaxPeriod) }),
		},
		{
			name: "SAR(0.02, 0.2)", make: func() probe {
				s := indicator.NewSAR(0.02, 0.2)
				return onHighLow(s, s.Next)
			},
			talib: []string{"SAR"}, batch: parabolic(0.02, 0.2), flat: []float64{math.NaN(), math.NaN()},
			refused: []func(){
				func() { indicator.NewSAR(0, 0.2) }, func() { indicator.NewSAR(0.3, 0.2) },
				func() { indicator.NewSAR(0.02, 1.5) }, func() { indicator.NewSAR(math.NaN(), 0.2) },
			},
		},
		{
			name: "SAR(0.3, 1)", make: func() probe { return onHighLow(indicator.NewSAR(0.3, 1)) },
			batch: func(bars []bar) []float64 { return parabolic(0.3, 1)(bars)[:1] }, flat: []float64{math.NaN()},
		},
		{
			name: "HeikinAshi()", make: func() probe {
				h := indicator.NewHeikinAshi()
				return newProbe(h, func(b bar) { h.Update(b.Open, b.High, b.Low, b.Close) }, []func() float64{h.Open, h.High, h.Low})
			},
			batch: heikinAshi, flat: []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}, refused: []func(){},
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

func aroon(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		high, low := highs(last(bars, n+1)), lows(last(bars, n+1))
		up, down := 0, 0
		for i := range high {
			if high[i] >= high[up] {
				up = i
			}
			if low[i] <= low[down] {
				down = i
			}
		}
		at := func(i int) float64 { return 100 * float64(i) / float64(n) }
		return []float64{at(up) - at(down), at(up), at(down)}
	}
}

// parabolic keeps the stops of both sides apart, and says each rule twice.
func parabolic(step, limit float64) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		up := bars[0].Low-bars[1].Low <= math.Max(bars[1].High-bars[0].High, 0)
		stop, extreme, pace, held := bars[0].High, bars[1].Low, step, 0.0
		if up {
			stop, extreme = bars[0].Low, bars[1].High
		}
		for i := 1; i < len(bars); i++ {
			now, before := bars[i], bars[max(i-1, 1)]
			highest, lowest := math.Max(now.High, before.High), math.Min(now.Low, before.Low)
			switch {
			case up && now.Low <= stop:
				up, stop, extreme, pace = false, math.Max(extreme, highest), now.Low, step
				held = stop
			case !up && now.High >= stop:
				up, stop, extreme, pace = true, math.Min(extreme, lowest), now.High, step
				held = stop
			default:
				held = stop
				if up && now.High > extreme {
					extreme, pace = now.High, math.Min(pace+step, limit)
				}
				if !up && now.Low < extreme {
					extreme, pace = now.Low, math.Min(pace+step, limit)
				}
			}
			stop += pace * (extreme - stop)
			if up {
				stop = math.Min(stop, lowest)
			} else {
				stop = math.Max(stop, highest)
			}
		}
		return []float64{held, stop}
	}
}

func heikinAshi(bars []bar) []float64 {
	var open, close float64
	for i, b := range bars {
		open = (open + close) / 2
		if i == 0 {
			open = (b.Open + b.Close) / 2
		}
		close = (b.Open + b.High + b.Low + b.Close) / 4
	}
	b := bars[len(bars)-1]
	return []float64{close, open, max(b.High, open, close), min(b.Low, open, close)}
}
