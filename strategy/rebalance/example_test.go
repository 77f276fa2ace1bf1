package rebalance_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/rebalance"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Each day at 00:00 the better two of three are held. On the 4th SOL has overtaken
// ETH, and is bought once the proceeds are there; on the 6th its grade is missing, and
// its place stays empty.
func Example() {
	s := rebalance.Plugin().New().(*rebalance.Config)
	s.Top, s.Schedule, s.MaxAge = 2, "0 0 * * *", market.Duration(market.Day)
	story := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 100, 100}},
		{Symbol: "ETHUSDT", Closes: []float64{50, 50, 50, 50, 50}},
		{Symbol: "SOLUSDT", Closes: []float64{20, 20, 20, 20, 20}},
	}}
	for day, grades := range [][]float64{{90, 70, 60}, {90, 70, 80}, {90, 70, 80}, {90}} {
		for k, grade := range grades {
			story.Signals = append(story.Signals, market.Signal{
				Kind: "trader_grade", Subject: []market.Subject{"BTC", "ETH", "SOL"}[k], Value: grade,
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
	// 2024-01-03T00:00:00Z submit buy market BTCUSDT quote 5000 (target)
	// 2024-01-03T00:00:00Z submit buy market ETHUSDT quote 5000 (target)
	// 2024-01-04T00:00:00Z submit sell market ETHUSDT quantity 100 (target)
	// 2024-01-05T00:00:00Z submit buy market SOLUSDT quote 5000 (target)
	// 2024-01-06T00:00:00Z submit sell market SOLUSDT quantity 250 (target)
	// <nil>
}
