package buyandhold_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/buyandhold"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Two instruments get half of the equity each at their first close. Nothing is sold, and
// nothing is brought back to a half later.
func Example() {
	s := buyandhold.Plugin().New().(*buyandhold.Config)
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 120, 90, 60, 150}},
		{Symbol: "ETHUSDT", Closes: []float64{50, 40, 20, 30, 70}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-02T00:00:00Z submit buy market BTCUSDT quote 5000 (target)
	// 2024-01-02T00:00:00Z submit buy market ETHUSDT quote 5000 (target)
	// <nil>
}
