package indicator_test

import (
	"math"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
)

// oscillators returns what swings about a middle or between bounds.
func oscillators() []subject {
	return []subject{
		{
			name: "RSI(1)", make: func() probe { return onClose(indicator.NewRSI(1)) },
			batch: strength(1), flat: []float64{50},
		},
		{
			name: "RSI(14)", make: func() probe { return onClose(indicator.NewRSI(14)) },
			talib: []string{"RSI_14"}, batch: strength(14), flat: []float64{50},
			refused: periods(func(n int) { indicator.NewRSI(n) }),
		},
		{
			name: "Stochastic(14, 1, 3)", make: func() probe { return stochastic(14, 1, 3) },
			talib: []string{"STOCHF_14_3_K", "STOCHF_14_3_D"}, batch: placed(14, 1, 3), flat: []float64{50, 50},
			refused: slices.Concat(
				periods(func(n int) { indicator.NewStochastic(n, 3, 3) }),
				periods(func(n int) { indicator.NewStochastic(14, n, 3) }),
				periods(func(n int) { indicator.NewStochastic(14, 3, n) }),
			),
		},
		{
			name: "Stochastic(14, 3, 3)", make: func() probe { return stochastic(14, 3, 3) },
			talib: []string{"STOCH_14_3_3_K", "STOCH_14_3_3_D"}, batch: placed(14, 3, 3), flat: []float64{50, 50},
		},
		{
			name: "Stochastic(1, 1, 1)", make: func() probe { return stochastic(1, 1, 1) },
			batch: placed(1, 1, 1), flat: []float64{50, 50},
		},
		{
			name: "StochasticRSI(14, 14, 1, 3)", make: func() probe { return stochasticRSI(14, 14, 1, 3) },
			talib: []string{"STOCHRSI_14_14_3_K", "STOCHRSI_14_14_3_D"}, batch: placedRSI(14, 14, 1, 3), flat: []float64{50, 50},
			refused: slices.Concat(
				periods(func(n int) { indicator.NewStochasticRSI(n, 14, 3, 3) }),
				periods(func(n int) { indicator.NewStochasticRSI(14, n, 3, 3) }),
				periods(func(n int) { indicator.NewStochasticRSI(14, 14, n, 3) }),
				periods(func(n int) { indicator.NewStochasticRSI(14, 14, 3, n) }),
			),
		},
		{
			name: "StochasticRSI(5, 6, 3, 2)", make: func() probe { return stochasticRSI(5, 6, 3, 2) },
			batch: placedRSI(5, 6, 3, 2), flat: []float64{50, 50},
		},
		{
			name: "MACD(12, 26, 9)", make: func() probe {
				m := indicator.NewMACD(12, 26, 9)
				return onClose(m, m.Signal, m.Histogram)
			},
			talib: []string{"MACD_12_26_9", "MACD_12_26_9_SIGNAL", "MACD_12_26_9_HIST"},
			batch: convergence(12, 26, 9), flat: []float64{0, 0, 0},
			refused: slices.Concat(
				periods(func(n int) { indicator.NewMACD(n, 26, 9) }),
				periods(func(n int) { indicator.NewMACD(12, n, 9) }),
				periods(func(n int) { indicator.NewMACD(12, 26, n) }),
				[]func(){func() { indicator.NewMACD(26, 26, 9) }},
			),
		},
		{
			name: "PPO(12, 26)", make: func() probe { return onClose(indicator.NewPPO(12, 26)) },
			talib: []string{"PPO_12_26_EMA"}, batch: convergencePercent(12, 26), flat: []float64{0},
			refused: slices.Concat(
				periods(func(n int) { indicator.NewPPO(n, 26) }),
				periods(func(n int) { indicator.NewPPO(12, n) }),
				[]func(){func() { indicator.NewPPO(26, 26) }},
			),
		},
		{
			name: "Momentum(10)", make: func() probe { return onClose(indicator.NewMomentum(10)) },
			talib: []string{"MOM_10"}, batch: of(closes, func(xs []float64) float64 { return xs[10] - xs[0] }, 11), flat: []float64{0},
			refused: periods(func(n int) { indicator.NewMomentum(n) }),
		},
		{
			name: "Momentum(1)", make: func() probe { return onClose(indicator.NewMomentum(1)) },
			batch: of(closes, func(xs []float64) float64 { return xs[1] - xs[0] }, 2), flat: []float64{0},
		},
		{
			name: "ROC(10)", make: func() probe { return onClose(indicator.NewROC(10)) },
			talib: []string{"ROC_10"}, batch: of(closes, func(xs []float64) float64 { return 100 * (xs[10]/xs[0] - 1) }, 11), flat: []float64{0},
			refused: periods(func(n int) { indicator.NewROC(n) }),
		},
		{
			name: "CCI(20)", make: func() probe { return onHighLowClose(indicator.NewCCI(20)) },
			talib: []string{"CCI_20"}, batch: of(typicals, channel, 20), flat: []float64{0},
			refused: append(periods(func(n int) { indicator.NewCCI(n) }), func() { indicator.NewCCI(1) }),
		},
		{
			name: "WilliamsR(14)", make: func() probe { return onHighLowClose(indicator.NewWilliamsR(14)) },
			talib: []string{"WILLR_14"}, batch: func(bars []bar) []float64 { return []float64{place(last(bars, 14)) - 100} }, flat: []float64{-50},
			refused: periods(func(n int) { indicator.NewWilliamsR(n) }),
		},
	}
}

// strength is the naive relative strength index.
func strength(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		var gains, losses []float64
		for _, change := range changes(closes(bars)) {
			gains, losses = append(gains, math.Max(change, 0)), append(losses, math.Max(-change, 0))
		}
		gain, loss := last(smoothed(gains, n, 1/float64(n)), 1)[0], last(smoothed(losses, n, 1/float64(n)), 1)[0]
		if gain+loss == 0 {
			return []float64{50}
		}
		return []float64{100 * gain / (gain + loss)}
	}
}

// changes returns the differences of xs from one to the next.
func changes(xs []float64) []float64 {
	var changes []float64
	for i := 1; i < len(xs); i++ {
		changes = append(changes, xs[i]-xs[i-1])
	}
	return changes
}

func stochastic(period, smooth, signal int) probe {
	s := indicator.NewStochastic(period, smooth, signal)
	return onHighLowClose(s, s.Signal)
}

func stochasticRSI(length, period, smooth, signal int) probe {
	s := indicator.NewStochasticRSI(length, period, smooth, signal)
	return onClose(s, s.Signal)
}

// place returns where the last close stands between the extremes of the bars: in the
// middle where they are the same but for rounding.
func place(bars []bar) float64 {
	high, low := slices.Max(highs(bars)), slices.Min(lows(bars))
	if high-low < 1e-10 {
		return 50
	}
	return 100 * (bars[len(bars)-1].Close - low) / (high - low)
}

// placed and placedRSI are the naive Stochastic and StochasticRSI.
func placed(period, smooth, signal int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		bars = last(bars, period+smooth+signal-2)
		var raw []float64
		for i := period; i <= len(bars); i++ {
			raw = append(raw, place(bars[i-period:i]))
		}
		means := sliding(raw, smooth)
		return []float64{means[len(means)-1], average(last(means, signal))}
	}
}

func placedRSI(length, period, smooth, signal int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		n := period + smooth + signal - 2
		inner := make([]bar, n)
		for i := range inner {
			rsi := strength(length)(bars[:len(bars)-n+1+i])[0]
			inner[i].High, inner[i].Low, inner[i].Close = rsi, rsi, rsi
		}
		return placed(period, smooth, signal)(inner)
	}
}

// TestStillRSI shows that a market which stands still after it moved is no signal: its RSI
// differs in the last digit from bar to bar, and that is no range to stand in.
func TestStillRSI(t *testing.T) {
	s := indicator.NewStochasticRSI(14, 14, 1, 3)
	for _, b := range randomBars(seeded(1), 100, 100, 20) {
		s.Update(b.Close)
	}
	for range 14 + 3 {
		s.Update(100)
	}
	if s.Value() != 50 || s.Signal() != 50 {
		t.Errorf("%v and %v, want 50", s.Value(), s.Signal())
	}
}

// sliding returns the mean of each n neighbours.
func sliding(xs []float64, n int) []float64 {
	var means []float64
	for i := n; i <= len(xs); i++ {
		means = append(means, average(xs[i-n:i]))
	}
	return means
}

// convergence is the naive MACD: both averages are seeded at the same bar.
func convergence(fast, slow, signal int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		xs := closes(bars)
		quick, calm := emas(xs[slow-fast:], fast), emas(xs, slow)
		for i := range quick {
			quick[i] -= calm[i]
		}
		value, mean := last(quick, 1)[0], last(emas(quick, signal), 1)[0]
		return []float64{value, mean, value - mean}
	}
}

// convergencePercent is the naive PPO.
func convergencePercent(fast, slow int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		xs := closes(bars)
		return []float64{100 * (last(emas(xs, fast), 1)[0]/last(emas(xs, slow), 1)[0] - 1)}
	}
}

// typicals returns the typical prices of bars.
func typicals(bars []bar) []float64 {
	return field(bars, func(b bar) float64 { return (b.High + b.Low + b.Close) / 3 })
}

// channel is the naive CCI of prices, in arithmetic with digits to spare.
func channel(xs []float64) float64 {
	n := exact(float64(len(xs)))
	mean, off := exact(0), exact(0)
	for _, x := range xs {
		mean.Add(mean, exact(x))
	}
	mean.Quo(mean, n)
	for _, x := range xs {
		d := exact(x)
		off.Add(off, d.Abs(d.Sub(d, mean)))
	}
	if off.Sign() == 0 || slices.Max(xs) == slices.Min(xs) {
		return 0
	}
	d := exact(last(xs, 1)[0])
	value, _ := d.Quo(d.Sub(d, mean), off.Quo(off, n)).Float64()
	return value / 0.015
}
