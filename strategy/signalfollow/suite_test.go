package signalfollow_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) {
	strategytest.Run(t, signalfollow.Plugin(), strategytest.Signals("trading_trend", -1, 1))
}

func TestSuiteOfTheMarket(t *testing.T) {
	strategytest.Run(t, signalfollow.Plugin(), strategytest.Interval(30*market.Minute), strategytest.Bars(2000), strategytest.Signals("market_trend", -1, 1),
		strategytest.With(func(c *signalfollow.Config) {
			c.Kind, c.Subject, c.OnAbsent = "market_trend", strategy.Whole, strategy.Keep
		}))
}

func TestSuiteShort(t *testing.T) {
	strategytest.Run(t, signalfollow.Plugin(), strategytest.Perpetual(), strategytest.Bars(600), strategytest.Signals("trading_trend", -1, 1),
		strategytest.With(func(c *signalfollow.Config) { c.Short = true }))
}
