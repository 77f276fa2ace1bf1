package bollingerreversion_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/bollingerreversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Bands one deviation wide over three daily closes. The third close is below the lower one; on
// the fifth day the price is back above the middle.
func Example() {
	s := bollingerreversion.Plugin().New().(*bollingerreversion.Config)
	s.Period, s.Width = 3, 1
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 101, 95, 94, 99, 101}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-04T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-06T00:00:00Z submit sell market BTCUSDT quantity 105.26315789 (target)
	// <nil>
}
