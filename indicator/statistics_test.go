package indicator_test

import (
	"math"

	"github.com/signalman-trading/signalman/indicator"
)

// statistics returns what measures spread, fit and likeness.
func statistics() []subject {
	price := math.NaN()
	return []subject{
		{
			name: "StdDev(20)", make: func() probe {
				s := indicator.NewStdDev(20)
				return onClose(s, s.Variance, s.Mean)
			},
			talib: []string{"STDDEV_20", "VAR_20"}, within: 1e-8, flat: []float64{0, 0, price},
			batch: func(bars []bar) []float64 {
				window := closes(last(bars, 20))
				return []float64{scatter(window), scatter(window) * scatter(window), average(window)}
			},
			refused: periods(func(n int) { indicator.NewStdDev(n) }),
		},
		{
			name: "ZScore(20)", make: func() probe {
				z := indicator.NewZScore(20)
				return onClose(z, z.Mean, z.StdDev)
			},
			flat: []float64{0, price, 0}, batch: score(20),
			refused: periods(func(n int) { indicator.NewZScore(n) }),
		},
	}
}

func score(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		window := closes(last(bars, n))
		mean, deviation := average(window), scatter(window)
		if deviation == 0 {
			return []float64{0, mean, 0}
		}
		distances := less(window, window[0])
		return []float64{(distances[n-1] - average(distances)) / deviation, mean, deviation}
	}
}
