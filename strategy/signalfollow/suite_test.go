package signalfollow_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) {
	strategytest.Run(t, signalfollow.Plugin(), strategytest.OnSignals(), strategytest.Signals("trading_trend", -1, 1))
}

func TestSuiteOfTheMarket(t *testing.T) {
	strategytest.Run(t, signalfollow.Plugin(), strategytest.OnSignals(), strategytest.Interval(30*market.Minute), strategytest.Bars(1000), strategytest.Signals("market_trend", -1, 1),
		strategytest.With(func(c *signalfollow.Config) {
			c.Kind, c.Subject, c.OnAbsent = "market_trend", strategy.Whole, strategy.Keep
		}))
}

func TestSuiteShort(t *testing.T) {
	strategytest.Run(t, signalfollow.Plugin(), strategytest.OnSignals(), strategytest.Perpetual(), strategytest.Bars(250), strategytest.Signals("trading_trend", -1, 1),
		strategytest.With(func(c *signalfollow.Config) { c.Short = true }))
}
