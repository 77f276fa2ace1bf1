package smacross_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/smacross"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Averages of two and three daily closes. On the fourth day the fast one is above for
// the first time that counts; the order fills at the open of the fifth.
func Example() {
	s := smacross.Plugin().New().(*smacross.Config)
	s.Fast, s.Slow = 2, 3
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 98, 96, 104, 110, 108, 101, 95, 94}},
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
