package gradefollow_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/gradefollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// The mood of the market rises above 60, stays in between, and falls below 45. Two
// instruments get half of the equity each.
func Example() {
	s := gradefollow.Plugin().New().(*gradefollow.Config)
	s.Subject, s.Enter, s.Exit = "market", 60, 45
	story := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 102, 104, 103}},
		{Symbol: "ETHUSDT", Closes: []float64{50, 50, 50, 50, 55, 56}},
	}}
	for day, mood := range []float64{52, 63, 51, 44} {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "trader_grade", Subject: market.MarketWide,
			Effective: story.Start() + market.Time(day)*market.Day, Known: story.Start() + market.Time(day+1)*market.Day, Value: mood,
		})
	}
	lines, err := story.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-03T00:00:00Z submit buy market BTCUSDT quote 5000 (target)
	// 2024-01-03T00:00:00Z submit buy market ETHUSDT quote 5000 (target)
	// 2024-01-05T00:00:00Z submit sell market BTCUSDT quantity 50 (target)
	// 2024-01-05T00:00:00Z submit sell market ETHUSDT quantity 100 (target)
	// <nil>
}
