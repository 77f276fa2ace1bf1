package indicator_test

import (
	"math"

	"github.com/signalman-trading/signalman/indicator"
)

// trends returns what tells the direction and the reach of moves.
func trends() []subject {
	return []subject{
		{
			name: "ATR(14)", make: func() probe { return onHighLowClose(indicator.NewATR(14)) },
			talib: []string{"ATR_14"}, batch: averageRange(14), flat: []float64{0},
			refused: periods(func(n int) { indicator.NewATR(n) }),
		},
	}
}

func averageRange(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 { return last(smoothed(trueRanges(bars), n, 1/float64(n)), 1) }
}

// trueRanges returns the true range of each bar from the second on.
func trueRanges(bars []bar) []float64 {
	var ranges []float64
	for i := 1; i < len(bars); i++ {
		b, before := bars[i], bars[i-1].Close
		ranges = append(ranges, max(b.High-b.Low, math.Abs(b.High-before), math.Abs(b.Low-before)))
	}
	return ranges
}
