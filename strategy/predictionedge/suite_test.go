package predictionedge_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/predictionedge"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// band is a forecast for markets that begin at 200, 400 and 600.
func band(opts ...strategytest.Option) []strategytest.Option {
	return append(opts, strategytest.OnSignals(), strategytest.Signals("prediction_7d", 0, 1200), strategytest.Signals("prediction_7d_lower", 0, 800), strategytest.Signals("prediction_7d_upper", 0, 1600))
}

func TestSuite(t *testing.T) { strategytest.Run(t, predictionedge.Plugin(), band()...) }

func TestSuiteOnAbsent(t *testing.T) {
	strategytest.Run(t, predictionedge.Plugin(), band(strategytest.Seed(4), strategytest.Bars(400),
		strategytest.With(func(c *predictionedge.Config) { c.OnAbsent, c.Margin = strategy.Keep, 0.1 }))...)
}

func TestSuiteShort(t *testing.T) {
	strategytest.Run(t, predictionedge.Plugin(), band(strategytest.Bars(250), strategytest.Perpetual(),
		strategytest.With(func(c *predictionedge.Config) { c.Short = true }))...)
}
