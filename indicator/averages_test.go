package indicator_test

import (
	"math"
	"slices"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// averages returns what has the unit of prices and follows them.
func averages() []subject {
	price := []float64{math.NaN()}
	return []subject{
		{
			name: "SMA(10)", make: func() probe { return onClose(indicator.NewSMA(10, 2)) },
			talib: []string{"SMA_10"}, batch: simple(10), flat: price,
			refused: periods(func(n int) { indicator.NewSMA(n, 2) }),
		},
		{
			name: "SMA(30) without a grid", make: func() probe { return onClose(indicator.NewSMA(30, market.FreeScale)) },
			talib: []string{"SMA_30"}, batch: simple(30), flat: price,
		},
		{
			name: "EMA(1)", make: func() probe { return onClose(indicator.NewEMA(1, 2)) },
			batch: simple(1), flat: price,
		},
		{
			name: "EMA(12)", make: func() probe { return onClose(indicator.NewEMA(12, 2)) },
			talib: []string{"EMA_12"}, batch: exponential(12), flat: price,
			refused: periods(func(n int) { indicator.NewEMA(n, 2) }),
		},
		{
			name: "EMA(26) without a grid", make: func() probe { return onClose(indicator.NewEMA(26, market.FreeScale)) },
			talib: []string{"EMA_26"}, batch: exponential(26), flat: price,
		},
		{
			name: "WMA(1)", make: func() probe { return onClose(indicator.NewWMA(1)) },
			batch: simple(1), flat: price,
		},
		{
			name: "WMA(10)", make: func() probe { return onClose(indicator.NewWMA(10)) },
			talib: []string{"WMA_10"}, batch: of(closes, linear, 10),
			refused: periods(func(n int) { indicator.NewWMA(n) }),
		},
		{
			name: "DEMA(20)", make: func() probe { return onClose(indicator.NewDEMA(20)) },
			talib: []string{"DEMA_20"}, batch: doubled(20), flat: price,
			refused: periods(func(n int) { indicator.NewDEMA(n) }),
		},
		{
			name: "TEMA(20)", make: func() probe { return onClose(indicator.NewTEMA(20)) },
			talib: []string{"TEMA_20"}, batch: tripled(20), flat: price,
			refused: periods(func(n int) { indicator.NewTEMA(n) }),
		},
		{
			name: "HMA(2)", make: func() probe { return onClose(indicator.NewHMA(2)) },
			batch: hull(2, 1, 1),
		},
		{
			name: "HMA(20)", make: func() probe { return onClose(indicator.NewHMA(20)) },
			batch:   hull(20, 10, 4),
			refused: append(periods(func(n int) { indicator.NewHMA(n) }), func() { indicator.NewHMA(1) }),
		},
		{
			name: "KAMA(1)", make: func() probe { return onClose(indicator.NewKAMA(1)) },
			batch: adaptive(1), flat: price,
		},
		{
			name: "KAMA(10)", make: func() probe { return onClose(indicator.NewKAMA(10)) },
			talib: []string{"KAMA_10"}, batch: adaptive(10), flat: price,
			refused: periods(func(n int) { indicator.NewKAMA(n) }),
		},
		{
			name: "Highest(20)", make: func() probe { return onHigh(indicator.NewHighest(20)) },
			talib: []string{"MAX_20"}, batch: of(highs, slices.Max[[]float64], 20), flat: price,
			refused: periods(func(n int) { indicator.NewHighest(n) }),
		},
		{
			name: "Lowest(20)", make: func() probe { return onLow(indicator.NewLowest(20)) },
			talib: []string{"MIN_20"}, batch: of(lows, slices.Min[[]float64], 20), flat: price,
			refused: periods(func(n int) { indicator.NewLowest(n) }),
		},
	}
}

// of returns the naive version of what f makes of the last n of a field.
func of(field func([]bar) []float64, f func([]float64) float64, n int) func([]bar) []float64 {
	return func(bars []bar) []float64 { return []float64{f(field(last(bars, n)))} }
}

func simple(n int) func([]bar) []float64 { return of(closes, average, n) }

func exponential(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 { return last(emas(closes(bars), n), 1) }
}

// average returns the mean of xs in plain floats.
func average(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// emas returns the exponential averages of xs, from the n-th of them on.
func emas(xs []float64, n int) []float64 { return smoothed(xs, n, 2/float64(n+1)) }

// smoothed returns the mean of the first n values, smoothed on with a weight: a value for
// each of xs from the n-th on.
func smoothed(xs []float64, n int, weight float64) []float64 {
	values := []float64{average(xs[:n])}
	for i, x := range xs[n:] {
		values = append(values, values[i]*(1-weight)+x*weight)
	}
	return values
}

// linear returns the mean of xs, the i-th of which counts i times.
func linear(xs []float64) float64 {
	sum, weights := 0.0, 0.0
	for i, x := range xs {
		sum += float64(i+1) * x
		weights += float64(i + 1)
	}
	return sum / weights
}

// doubled, tripled, hull and adaptive are the naive DEMA, TEMA, HMA and KAMA.
func doubled(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		first := emas(closes(bars), n)
		second := emas(first, n)
		return []float64{2*last(first, 1)[0] - last(second, 1)[0]}
	}
}

func tripled(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		first := emas(closes(bars), n)
		second := emas(first, n)
		third := emas(second, n)
		return []float64{3*last(first, 1)[0] - 3*last(second, 1)[0] + last(third, 1)[0]}
	}
}

func hull(n, half, root int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		xs := last(closes(bars), n+root-1)
		var raw []float64
		for i := n; i <= len(xs); i++ {
			raw = append(raw, 2*linear(xs[i-half:i])-linear(xs[i-n:i]))
		}
		return []float64{linear(raw)}
	}
}

func adaptive(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		xs := closes(bars)
		value := xs[n-1]
		for i := n; i < len(xs); i++ {
			way := 0.0
			for _, change := range changes(xs[i-n : i+1]) {
				way += math.Abs(change)
			}
			efficiency := 1.0
			if way > 0 {
				efficiency = math.Abs(xs[i]-xs[i-n]) / way
			}
			weight := efficiency*(2.0/3-2.0/31) + 2.0/31
			value += weight * weight * (xs[i] - value)
		}
		return []float64{value}
	}
}
