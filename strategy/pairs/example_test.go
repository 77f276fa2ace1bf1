package pairs_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/pairs"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// ETH falls while BTC stays: it is bought, and as much of BTC is sold short, until ETH is
// back.
func Example() {
	s := pairs.Plugin().New().(*pairs.Config)
	s.Period, s.Stop, s.Short = 6, 0, true
	lines, err := strategytest.Story{Perpetual: true, Markets: []strategytest.Prices{
		{Symbol: "ETHUSDT", Closes: []float64{50, 50.5, 50, 50.5, 50, 50.5, 40, 45, 50, 50}},
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 100, 100, 100, 100, 100, 100, 100}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-08T00:00:00Z submit buy market ETHUSDT quantity 125 (target)
	// 2024-01-08T00:00:00Z submit sell market BTCUSDT quantity 50 (target)
	// 2024-01-10T00:00:00Z submit sell market ETHUSDT quantity 125 (target)
	// 2024-01-10T00:00:00Z submit buy market BTCUSDT quantity 50 (target)
	// <nil>
}
