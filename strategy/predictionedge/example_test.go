package predictionedge_test

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/predictionedge"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// BTC is at 100, and a trade costs 0.2 %. The first forecast, 97 to 113, may lose; the second,
// 101 to 109, pays at its lower end. Two days later the price is where it was forecast to go.
func Example() {
	s := predictionedge.Plugin().New().(*predictionedge.Config)
	s.Cost = 0.002
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 103, 106}}}}
	for day, f := range [][3]float64{{97, 105, 113}, {101, 105, 109}, {102, 105, 108}, {99, 105, 111}} {
		for k, kind := range []market.SignalKind{"prediction_7d_lower", "prediction_7d", "prediction_7d_upper"} {
			story.Signals = append(story.Signals, market.Signal{
				Kind: kind, Subject: "BTC", Value: f[k],
				Effective: story.Start() + market.Time(day)*market.Day, Known: story.Start() + market.Time(day+1)*market.Day,
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
	// 2024-01-06T00:00:00Z submit sell market BTCUSDT quantity 100 (target)
	// <nil>
}
