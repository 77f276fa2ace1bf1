package sentimentcontrarian_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/sentimentcontrarian"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// The index falls to 18 while the price does, and is at 81 three days later.
func Example() {
	s := sentimentcontrarian.Plugin().New().(*sentimentcontrarian.Config)
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 88, 80, 90, 105, 110}}}}
	for day, mood := range []float64{44, 18, 30, 60, 81} {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "fear_greed", Subject: market.MarketWide, Value: mood,
			Effective: story.Start() + market.Time(day)*market.Day, Known: story.Start() + market.Time(day+1)*market.Day,
		})
	}
	lines, err := story.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-03T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-06T00:00:00Z submit sell market BTCUSDT quantity 113.63636363 (target)
	// <nil>
}
