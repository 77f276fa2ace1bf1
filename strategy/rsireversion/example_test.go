package rsireversion_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/strategy/rsireversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// An index over two daily changes. Two falls leave it at 0, oversold: the order fills at the
// open of the next day. A rise of 9 after them is too little, the next one is enough.
func Example() {
	s := rsireversion.Plugin().New().(*rsireversion.Config)
	s.Period = 2
	lines, err := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 95, 90, 94, 99, 101}},
	}}.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-04T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-06T00:00:00Z submit sell market BTCUSDT quantity 111.11111111 (target)
	// <nil>
}
