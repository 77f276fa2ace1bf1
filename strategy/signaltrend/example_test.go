package signaltrend_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/signaltrend"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// The signal says to be in from the first day on. The strategy waits until the price is
// above its average of three days, and leaves when it has fallen below, though the signal
// has not turned.
func Example() {
	s := signaltrend.Plugin().New().(*signaltrend.Config)
	s.Period, s.ADX = 3, 0
	story := strategytest.Story{Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{104, 102, 100, 106, 110, 111, 100}},
	}}
	for day := range 7 {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "trading_trend", Subject: "BTC", Effective: story.Start() + market.Time(day)*market.Day, Value: 1,
		})
	}
	lines, err := story.Play(s)
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-05T00:00:00Z submit buy market BTCUSDT quote 10000 (target)
	// 2024-01-08T00:00:00Z submit sell market BTCUSDT quantity 94.33962264 (target)
	// <nil>
}
