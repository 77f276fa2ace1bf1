package indicator_test

import (
	"math"
	"slices"

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
			talib: []string{"STDDEV_20", "VAR_20"}, within: 3e-9, flat: []float64{0, 0, price},
			batch: func(bars []bar) []float64 {
				window := closes(last(bars, 20))
				return []float64{scatter(window), scatter(window) * scatter(window), average(window)}
			},
			refused: periods(func(n int) { indicator.NewStdDev(n) }),
		},
		{
			name: "StdDev(1)", make: func() probe { return onClose(indicator.NewStdDev(1)) },
			batch: func([]bar) []float64 { return []float64{0} }, flat: []float64{0},
		},
		{
			name: "ZScore(20)", make: func() probe {
				z := indicator.NewZScore(20)
				return onClose(z, z.Mean, z.StdDev)
			},
			flat: []float64{0, price, 0}, batch: score(20),
			refused: periods(func(n int) { indicator.NewZScore(n) }),
		},
		{
			name: "LinearRegression(20)", make: func() probe {
				l := indicator.NewLinearRegression(20)
				return onClose(l, l.Slope, l.Intercept, l.R2)
			},
			talib: []string{"LINEARREG_20", "LINEARREG_SLOPE_20", "LINEARREG_INTERCEPT_20"},
			flat:  []float64{price, 0, price, 0}, batch: trendLine(20),
			refused: append(periods(func(n int) { indicator.NewLinearRegression(n) }), func() { indicator.NewLinearRegression(1) }),
		},
		{
			name: "LinearRegression(2)", make: func() probe { return onClose(indicator.NewLinearRegression(2)) },
			batch: simple(1), flat: []float64{price},
		},
		{
			name: "Correlation(30)", make: func() probe { return onOthers(indicator.NewCorrelation(30)) },
			talib: []string{"CORREL_30"}, flat: []float64{0},
			batch: func(bars []bar) []float64 {
				fit := newLine(others(last(bars, 30)), closes(last(bars, 30)))
				return []float64{fit.likeness}
			},
			refused: append(periods(func(n int) { indicator.NewCorrelation(n) }), func() { indicator.NewCorrelation(1) }),
		},
		{
			name: "Regression(30)", make: func() probe {
				r := indicator.NewRegression(30)
				return onOthers(r, r.Intercept, r.Residual, r.Deviation, r.Score, r.R2)
			},
			unit: 100, flat: []float64{0, price, 0, 0, 0, 0},
			batch: func(bars []bar) []float64 {
				fit := newLine(others(last(bars, 30)), closes(last(bars, 30)))
				return []float64{fit.slope, fit.intercept, fit.residual, fit.deviation, fit.score(), fit.likeness * fit.likeness}
			},
			refused: append(periods(func(n int) { indicator.NewRegression(n) }), func() { indicator.NewRegression(1) }),
		},
		{
			name: "Regression(2)", make: func() probe { return onOthers(indicator.NewRegression(2)) },
			batch: func(bars []bar) []float64 {
				return []float64{newLine(others(last(bars, 2)), closes(last(bars, 2))).slope}
			},
			flat: []float64{0},
		},
		{
			name: "Beta(20)", make: func() probe { return onOthers(indicator.NewBeta(20)) },
			talib: []string{"BETA_20"}, flat: []float64{0},
			batch: func(bars []bar) []float64 {
				return []float64{newLine(returns(others(last(bars, 21))), returns(closes(last(bars, 21)))).slope}
			},
			refused: append(periods(func(n int) { indicator.NewBeta(n) }), func() { indicator.NewBeta(1) }),
		},
		{
			name: "RealisedVolatility(20, 8760)", make: func() probe { return onClose(indicator.NewRealisedVolatility(20, 8760)) },
			unit: 1e-6, flat: []float64{0}, batch: realised(20, 8760),
			refused: append(periods(func(n int) { indicator.NewRealisedVolatility(n, 365) }),
				append(factors(func(k float64) { indicator.NewRealisedVolatility(20, k) }), func() { indicator.NewRealisedVolatility(1, 365) })...),
		},
		{
			name: "Parkinson(20, 8760)", make: func() probe { return onHighLow(indicator.NewParkinson(20, 8760)) },
			unit: 1e-6, flat: []float64{0}, batch: parkinson(20, 8760),
			refused: append(periods(func(n int) { indicator.NewParkinson(n, 365) }), factors(func(k float64) { indicator.NewParkinson(20, k) })...),
		},
		{
			name: "RealisedVolatility(2, 1)", make: func() probe { return onClose(indicator.NewRealisedVolatility(2, 1)) },
			unit: 1e-6, flat: []float64{0}, batch: realised(2, 1),
		},
		{ // in still markets returns keep nine digits, and their logarithm few of those
			name: "Hurst(16)", make: func() probe { return onClose(indicator.NewHurst(16)) },
			unit: 1000, flat: []float64{0.5}, batch: hurst(16),
		},
		{
			name: "Hurst(64)", make: func() probe { return onClose(indicator.NewHurst(64)) },
			unit: 1000, flat: []float64{0.5}, batch: hurst(64),
			refused: append(periods(func(n int) { indicator.NewHurst(n) }), func() { indicator.NewHurst(15) }),
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

// onOthers returns a probe of what takes the price of another market, and the close.
func onOthers(s interface {
	stream
	Update(x, y float64)
}, more ...func() float64) probe {
	return newProbe(s, func(b bar) { s.Update(b.other, b.Close) }, more)
}

// A line is the fit of ys over xs in two passes, over exact distances from the first pair.
type line struct{ slope, intercept, residual, deviation, likeness float64 }

func newLine(xs, ys []float64) line {
	n := len(xs)
	dx, dy := less(xs, xs[0]), less(ys, ys[0])
	dx, dy = less(dx, average(dx)), less(dy, average(dy))
	xx, xy, yy, rest := 0.0, 0.0, 0.0, 0.0
	for i := range dx {
		xx, xy, yy = xx+dx[i]*dx[i], xy+dx[i]*dy[i], yy+dy[i]*dy[i]
	}
	fit := line{intercept: average(ys), residual: dy[n-1], deviation: math.Sqrt(yy / float64(n))}
	if slices.Min(xs) == slices.Max(xs) || slices.Min(ys) == slices.Max(ys) {
		return fit
	}
	fit.slope, fit.likeness = xy/xx, xy/math.Sqrt(xx*yy)
	for i := range dx {
		off := dy[i] - fit.slope*dx[i]
		rest += off * off
	}
	fit.intercept, fit.residual = average(ys)-fit.slope*average(xs), dy[n-1]-fit.slope*dx[n-1]
	fit.deviation = math.Sqrt(rest / float64(n))
	return fit
}

// score returns the last residual in deviations.
func (l line) score() float64 {
	if l.deviation == 0 {
		return 0
	}
	return l.residual / l.deviation
}

// trendLine fits the closes over their numbers.
func trendLine(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		times := make([]float64, n)
		for i := range times {
			times[i] = float64(i)
		}
		fit := newLine(times, closes(last(bars, n)))
		return []float64{fit.intercept + fit.slope*float64(n-1), fit.slope, fit.intercept, fit.likeness * fit.likeness}
	}
}

func others(bars []bar) []float64 { return field(bars, func(b bar) float64 { return b.other }) }

func returns(xs []float64) (all []float64) {
	for i := 1; i < len(xs); i++ {
		all = append(all, (xs[i]-xs[i-1])/xs[i-1])
	}
	return all
}

// logs returns the logarithms of the ratios of xs to those lag places before.
func logs(xs []float64, lag int) (all []float64) {
	for i := lag; i < len(xs); i++ {
		all = append(all, math.Log(xs[i]/xs[i-lag]))
	}
	return all
}

func realised(n int, perYear float64) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		return []float64{scatter(logs(closes(last(bars, n+1)), 1)) * math.Sqrt(float64(n)/float64(n-1)*perYear)}
	}
}

func parkinson(n int, perYear float64) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		sum := 0.0
		for _, b := range last(bars, n) {
			sum += math.Log(b.High/b.Low) * math.Log(b.High/b.Low)
		}
		return []float64{math.Sqrt(sum / float64(n) / (4 * math.Ln2) * perYear)}
	}
}

func hurst(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		var lags, sizes []float64
		for lag := 1; lag <= n/8; lag *= 2 {
			size := scatter(logs(closes(last(bars, n+lag)), lag))
			if size == 0 {
				return []float64{0.5}
			}
			lags, sizes = append(lags, math.Log(float64(lag))), append(sizes, math.Log(size))
		}
		return []float64{newLine(lags, sizes).slope}
	}
}
