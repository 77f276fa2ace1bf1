package signalfollow_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// The trend of BTC is up for two days, then down; each day's is known at its end.
func Example() {
	s := signalfollow.Plugin().New().(*signalfollow.Config)
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 105, 110, 108}}}}
	for day, trend := range []float64{-1, 1, 1, -1} {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "trading_trend", Subject: "BTC", Value: trend,
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
	// 2024-01-05T00:00:00Z submit sell market BTCUSDT quantity 100 (target)
	// <nil>
}
