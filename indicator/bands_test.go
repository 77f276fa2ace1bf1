package indicator_test

import (
	"math"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
)

// bands returns what draws a channel around prices.
func bands() []subject {
	price := math.NaN()
	return []subject{
		{
			name: "Bollinger(20, 2)", make: func() probe {
				b := indicator.NewBollinger(20, 2)
				return onClose(b, b.Upper, b.Lower, b.Width, b.PercentB)
			},
			talib: []string{"BBANDS_20_2_MIDDLE", "BBANDS_20_2_UPPER", "BBANDS_20_2_LOWER"},
			batch: bollinger(20, 2), flat: []float64{price, price, price, 0, 0.5},
			refused: append(periods(func(n int) { indicator.NewBollinger(n, 2) }), factors(func(k float64) { indicator.NewBollinger(20, k) })...),
		},
		{
			name: "Bollinger(1, 2)", make: func() probe { return onClose(indicator.NewBollinger(1, 2)) },
			batch: simple(1), flat: []float64{price},
		},
		{
			name: "Donchian(20)", make: func() probe {
				d := indicator.NewDonchian(20)
				return onHighLow(d, d.Upper, d.Lower)
			},
			talib: []string{"", "MAX_20", "MIN_20"}, flat: []float64{price, price, price},
			batch: func(bars []bar) []float64 {
				high, low := slices.Max(highs(last(bars, 20))), slices.Min(lows(last(bars, 20)))
				return []float64{(high + low) / 2, high, low}
			},
			refused: periods(func(n int) { indicator.NewDonchian(n) }),
		},
		{
			name: "Keltner(20, 10, 2)", make: func() probe {
				k := indicator.NewKeltner(20, 10, 2)
				return onHighLowClose(k, k.Upper, k.Lower)
			},
			batch: keltner(20, 10, 2), flat: []float64{price, price, price},
			refused: append(periods(func(n int) { indicator.NewKeltner(n, 10, 2) }),
				append(periods(func(n int) { indicator.NewKeltner(20, n, 2) }), factors(func(k float64) { indicator.NewKeltner(20, 10, k) })...)...),
		},
		{
			name: "Keltner(5, 30, 0)", make: func() probe { return onHighLowClose(indicator.NewKeltner(5, 30, 0)) },
			batch: func(bars []bar) []float64 { return keltner(5, 30, 0)(bars)[:1] }, flat: []float64{price},
		},
		{
			name: "Ichimoku(9, 26, 52)", make: func() probe {
				i := indicator.NewIchimoku(9, 26, 52)
				return onHighLow(i, i.Conversion, i.SpanA, i.SpanB, i.LeadA, i.LeadB)
			},
			batch: ichimoku(9, 26, 52), flat: []float64{price, price, price, price, price, price},
			refused: []func(){
				func() { indicator.NewIchimoku(0, 26, 52) }, func() { indicator.NewIchimoku(26, 26, 52) }, func() { indicator.NewIchimoku(9, 52, 52) },
			},
		},
		{
			name: "Ichimoku(1, 2, 3)", make: func() probe {
				i := indicator.NewIchimoku(1, 2, 3)
				return onHighLow(i, i.Conversion, i.SpanA, i.SpanB, i.LeadA, i.LeadB)
			},
			batch: ichimoku(1, 2, 3), flat: []float64{price, price, price, price, price, price},
		},
		{
			name: "Pivots(classic)", make: func() probe { return onPivots(indicator.ClassicPivots, 3) },
			batch: func(bars []bar) []float64 {
				h, l, c := lastPrices(bars)
				p := (h + l + c) / 3
				return []float64{p, 2*p - l, p + h - l, h + 2*(p-l), 2*p - h, p - h + l, l - 2*(h-p)}
			},
			refused: []func(){func() { indicator.NewPivots(-1) }, func() { indicator.NewPivots(3) }},
		},
		{
			name: "Pivots(Fibonacci)", make: func() probe { return onPivots(indicator.FibonacciPivots, 3) },
			batch: func(bars []bar) []float64 {
				h, l, c := lastPrices(bars)
				p := (h + l + c) / 3
				return []float64{p, p + 0.382*(h-l), p + 0.618*(h-l), p + h - l, p - 0.382*(h-l), p - 0.618*(h-l), p - h + l}
			},
		},
		{
			name: "Pivots(Camarilla)", make: func() probe { return onPivots(indicator.CamarillaPivots, 4) },
			batch: func(bars []bar) []float64 {
				h, l, c := lastPrices(bars)
				r := 1.1 * (h - l)
				return []float64{(h + l + c) / 3, c + r/12, c + r/6, c + r/4, c + r/2, c - r/12, c - r/6, c - r/4, c - r/2}
			},
		},
	}
}

func bollinger(n int, k float64) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		window := closes(last(bars, n))
		middle, deviation := average(window), scatter(window)
		upper, lower := middle+k*deviation, middle-k*deviation
		if deviation == 0 {
			return []float64{middle, middle, middle, 0, 0.5}
		}
		distances := less(window, window[0])
		share := (distances[n-1] - average(distances) + k*deviation) / (2 * k * deviation)
		return []float64{middle, upper, lower, 2 * k * deviation / middle, share}
	}
}

// scatter returns the standard deviation of xs, in two passes over their distances from
// the first, which are exact.
func scatter(xs []float64) float64 {
	distances := less(xs, xs[0])
	squares := less(distances, average(distances))
	for i, d := range squares {
		squares[i] = d * d
	}
	return math.Sqrt(average(squares))
}

// less returns xs with y subtracted from each.
func less(xs []float64, y float64) []float64 {
	distances := make([]float64, len(xs))
	for i, x := range xs {
		distances[i] = x - y
	}
	return distances
}

func keltner(n, m int, k float64) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		middle, reach := last(emas(closes(bars), n), 1)[0], k*last(averageRanges(bars, m), 1)[0]
		return []float64{middle, middle + reach, middle - reach}
	}
}

func ichimoku(conversion, base, span int) func([]bar) []float64 {
	middle := func(bars []bar, n int) float64 {
		return (slices.Max(highs(last(bars, n))) + slices.Min(lows(last(bars, n)))) / 2
	}
	return func(bars []bar) []float64 {
		then := bars[:len(bars)-base+1]
		return []float64{
			middle(bars, base), middle(bars, conversion),
			(middle(then, conversion) + middle(then, base)) / 2, middle(then, span),
			(middle(bars, conversion) + middle(bars, base)) / 2, middle(bars, span),
		}
	}
}

// onPivots returns a probe of the pivot, the resistances and the supports.
func onPivots(kind indicator.PivotKind, levels int) probe {
	p := indicator.NewPivots(kind)
	var more []func() float64
	for n := 1; n <= levels; n++ {
		more = append(more, func() float64 { return p.Resistance(n) })
	}
	for n := 1; n <= levels; n++ {
		more = append(more, func() float64 { return p.Support(n) })
	}
	return onHighLowClose(p, more...)
}

func lastPrices(bars []bar) (high, low, close float64) {
	b := bars[len(bars)-1]
	return b.High, b.Low, b.Close
}

// TestPivotsHaveSoManyLevels shows that other levels are 0.
func TestPivotsHaveSoManyLevels(t *testing.T) {
	for kind, levels := range []int{3, 3, 4} {
		p := indicator.NewPivots(indicator.PivotKind(kind))
		p.Update(12, 9, 11)
		if p.Levels() != levels {
			t.Errorf("kind %d has %d levels, want %d", kind, p.Levels(), levels)
		}
		for _, n := range []int{-1, 0, levels + 1} {
			if p.Resistance(n) != 0 || p.Support(n) != 0 {
				t.Errorf("kind %d has a level %d", kind, n)
			}
		}
	}
}
