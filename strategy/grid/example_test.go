package grid_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/grid"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Two cells between 90 and 160. The upper one is to sell what it gets at the start; the
// lower one buys at 90, sells at 120, and buys again.
func Example() {
	s := grid.Plugin().New().(*grid.Config)
	s.Cells, s.Lower, s.Upper, s.Leave = 2, 90, 160, "wait"
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{110, 110, 80, 100, 125, 130}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-02T00:00:00Z submit buy market BTCUSDT quote 5000 (target)
	// 2024-01-03T00:00:00Z submit buy limit BTCUSDT quantity 55.55555555 at 90 (line)
	// 2024-01-03T00:00:00Z submit sell limit BTCUSDT quantity 45.45454545 at 160 (line)
	// 2024-01-04T00:00:00Z submit sell limit BTCUSDT quantity 55.55555555 at 120 (line)
	// 2024-01-06T00:00:00Z submit buy limit BTCUSDT quantity 55.55555555 at 90 (line)
	// <nil>
}
