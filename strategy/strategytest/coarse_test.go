package strategytest_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// A strategy on hourly bars may follow daily ones, which show the last whole day.
func TestCoarserBars(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		var days *strategy.Bars
		return &scripted{
			start: func(s *strategy.Setup) { days = s.Bars(strategy.BarQuery{Interval: market.Daily, Warmup: 3}, nil) },
			bar: func(c *strategy.Context, s *strategy.Series) {
				if x := days.At(s.Instrument()); x.Warm() {
					steer(c, s.Instrument(), x.LastClose() > x.Open()[0] && s.LastClose() > x.Low()[0])
				}
			},
		}
	})
	strategytest.Run(t, p, strategytest.Bars(300))
}
