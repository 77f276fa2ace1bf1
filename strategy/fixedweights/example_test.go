package fixedweights_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/fixedweights"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Sixty to forty, looked at each day at 00:00. A rise of BTC by a tenth leaves it at 62.3 %,
// within five points of its weight; one by a half more takes it to 71.2 %, and both go back.
func Example() {
	s := fixedweights.Plugin().New().(*fixedweights.Config)
	s.Schedule, s.Weights = "0 0 * * *", map[string]float64{"BTCUSDT": 0.6, "ETHUSDT": 0.4}
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 110, 165, 165}},
		{Symbol: "ETHUSDT", Closes: []float64{50, 50, 50, 50, 50}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-03T00:00:00Z submit buy market BTCUSDT quote 6000 (target)
	// 2024-01-03T00:00:00Z submit buy market ETHUSDT quote 4000 (target)
	// 2024-01-05T00:00:00Z submit sell market BTCUSDT quantity 9.45454545 (target)
	// 2024-01-06T00:00:00Z submit buy market ETHUSDT quote 1559.99999925 (target)
	// <nil>
}
