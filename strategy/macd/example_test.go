package macd_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/macd"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Averages of two and three days, and a signal line over two. The fourth day is the first with
// a signal line, and the difference is below it; on the fifth it is above, on the eighth below.
func Example() {
	s := macd.Plugin().New().(*macd.Config)
	s.Fast, s.Slow, s.Signal = 2, 3, 2
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 101, 100, 98, 104, 110, 117, 116, 110}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-06T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-09T00:00:00Z submit sell market BTCUSDT quantity 96.15384615 (target)
	// <nil>
}
