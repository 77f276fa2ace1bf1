package indicator_test

import (
	"math"

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
