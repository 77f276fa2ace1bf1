package grademomentum_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/grademomentum"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, grademomentum.Plugin(), strategytest.OnSignals()) }

func TestSuiteDaily(t *testing.T) {
	strategytest.Run(t, grademomentum.Plugin(), strategytest.OnSignals(), strategytest.Interval(market.Daily), strategytest.Bars(150),
		strategytest.With(func(c *grademomentum.Config) { c.Days, c.OnAbsent = 2, strategy.Close }))
}
