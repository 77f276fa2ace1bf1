package supertrend_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/strategytest"
	"github.com/signalman-trading/signalman/strategy/supertrend"
)

// A line at one average range of two days. The third day is the first with a trend, and it is
// down; on the fifth the close is above the line, on the eighth below that of the rise.
func Example() {
	s := supertrend.Plugin().New().(*supertrend.Config)
	s.Period, s.Multiplier = 2, 1
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{104, 102, 100, 101, 106, 110, 112, 105, 101}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-06T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-09T00:00:00Z submit sell market BTCUSDT quantity 94.33962264 (target)
	// <nil>
}
