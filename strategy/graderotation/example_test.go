package graderotation_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Each day at 00:00 one of three is held, and may fall to the second place. On the 4th ETH has
// overtaken BTC, which stays; on the 5th BTC is the last, and ETH is bought once it is sold.
func Example() {
	s := graderotation.Plugin().New().(*graderotation.Config)
	s.Top, s.Buffer, s.MaxWeight, s.Schedule = 1, 1, 1, "0 0 * * *"
	story := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 100, 100, 100}},
		{Symbol: "ETHUSDT", Closes: []float64{50, 50, 50, 50, 50, 50}},
		{Symbol: "SOLUSDT", Closes: []float64{20, 20, 20, 20, 20, 20}},
	}}
	for day, grades := range [][3]float64{{90, 70, 60}, {80, 85, 60}, {50, 85, 60}, {50, 85, 60}} {
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
	// 2024-01-03T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-05T00:00:00Z submit sell market BTCUSDT quantity 100 (target)
	// 2024-01-06T00:00:00Z submit buy market ETHUSDT quote 10000 (target)
	// <nil>
}
