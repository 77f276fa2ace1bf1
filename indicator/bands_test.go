package indicator_test

import (
	"math"
	"slices"

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
