package sentimentcontrarian_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/sentimentcontrarian"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) {
	strategytest.Run(t, sentimentcontrarian.Plugin(), strategytest.OnSignals(), strategytest.Signals("fear_greed", 0, 100))
}

func TestSuiteOfAssets(t *testing.T) {
	strategytest.Run(t, sentimentcontrarian.Plugin(), strategytest.OnSignals(), strategytest.Seed(3),
		strategytest.With(func(c *sentimentcontrarian.Config) {
			c.Kind, c.Subject, c.OnAbsent = "sentiment", strategy.Asset, strategy.Close
		}))
}

func TestSuiteShort(t *testing.T) {
	strategytest.Run(t, sentimentcontrarian.Plugin(), strategytest.OnSignals(), strategytest.Perpetual(), strategytest.Bars(250), strategytest.Signals("fear_greed", 0, 100),
		strategytest.With(func(c *sentimentcontrarian.Config) { c.Short = true }))
}
