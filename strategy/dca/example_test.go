package dca_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/dca"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Three buys, each twice as large as the one before, 5 % and 15 % below the first. The
// price falls through both; the sale follows the average down, and takes 4 % over it.
func Example() {
	s := dca.Plugin().New().(*dca.Config)
	s.SafetyOrders, s.Deviation, s.StepScale, s.SafetySize, s.SizeScale, s.TakeProfit = 2, 0.05, 2, 2, 2, 0.04
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 94, 84, 90, 94}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-02T00:00:00Z submit buy market BTCUSDT quote 1428.57142857 (first buy)
	// 2024-01-03T00:00:00Z submit buy limit BTCUSDT quantity 30.07518796 at 95 (safety order)
	// 2024-01-03T00:00:00Z submit buy limit BTCUSDT quantity 67.22689075 at 85 (safety order)
	// 2024-01-03T00:00:00Z submit sell limit BTCUSDT quantity 14.28571428 at 104 (take profit)
	// 2024-01-04T00:00:00Z submit sell limit BTCUSDT quantity 44.36090224 at 100.47457628 (take profit)
	// 2024-01-05T00:00:00Z submit sell limit BTCUSDT quantity 111.58779299 at 93.20015855 (take profit)
	// <nil>
}
