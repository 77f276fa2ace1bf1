package grademomentum_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/grademomentum"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Within two days the grade of BTC rises from 35 to 52, a poor one still, and then it falls.
func Example() {
	s := grademomentum.Plugin().New().(*grademomentum.Config)
	s.Days = 2
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 105, 110, 108}}}}
	for day, grade := range []float64{35, 40, 52, 60, 51} {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "trader_grade", Subject: "BTC", Value: grade,
			Effective: story.Start() + market.Time(day)*market.Day, Known: story.Start() + market.Time(day+1)*market.Day,
		})
	}
	lines, err := story.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-04T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-06T00:00:00Z submit sell market BTCUSDT quantity 100 (target)
	// <nil>
}
