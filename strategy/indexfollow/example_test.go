package indexfollow_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/indexfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// An index of three assets, of which two are traded: they share what is invested as 60 to
// 20. On the 4th the index has moved.
func Example() {
	s := indexfollow.Plugin().New().(*indexfollow.Config)
	s.Schedule = "0 0 * * *"
	story := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 100}},
		{Symbol: "ETHUSDT", Closes: []float64{50, 50, 50, 50}},
	}}
	for day, weights := range [][]float64{{60, 20, 20}, {40, 40, 20}} {
		for k, weight := range weights {
			story.Signals = append(story.Signals, market.Signal{
				Kind: "index_weight_1", Subject: []market.Subject{"BTC", "ETH", "SOL"}[k], Value: weight,
				Effective: story.Start() + market.Time(day+1)*market.Day, Known: story.Start() + market.Time(day+2)*market.Day,
			})
		}
	}
	lines, err := story.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-03T00:00:00Z submit buy market BTCUSDT quote 7500 (target)
	// 2024-01-03T00:00:00Z submit buy market ETHUSDT quote 2500 (target)
	// 2024-01-04T00:00:00Z submit sell market BTCUSDT quantity 25 (target)
	// 2024-01-05T00:00:00Z submit buy market ETHUSDT quote 2500 (target)
	// <nil>
}
