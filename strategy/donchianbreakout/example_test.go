package donchianbreakout_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/donchianbreakout"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Channels of three and two days. On the fourth day the close is above all of the three before
// it; on the seventh below the two before it.
func Example() {
	s := donchianbreakout.Plugin().New().(*donchianbreakout.Config)
	s.Enter, s.Exit = 3, 2
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 103, 98, 104, 110, 108, 101}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-05T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-08T00:00:00Z submit sell market BTCUSDT quantity 96.15384615 (target)
	// <nil>
}
