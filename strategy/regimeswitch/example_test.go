package regimeswitch_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/regimeswitch"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// A rise, which is followed; then the market turns bad, and everything is sold although
// the price is still above its average.
func Example() {
	s := regimeswitch.Plugin().New().(*regimeswitch.Config)
	s.ADXPeriod, s.Average, s.Window = 2, 3, 3
	story := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 101, 103, 106, 110, 115, 121, 128}},
	}}
	for day, trend := range []float64{1, 1, 1, 1, 1, 1, -1, -1} {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "market_trend", Subject: market.MarketWide, Effective: story.Start() + market.Time(day)*market.Day, Value: trend,
		})
	}
	lines, err := story.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-05T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-07T00:00:00Z submit sell market BTCUSDT quantity 94.33962264 (target)
	// <nil>
}
