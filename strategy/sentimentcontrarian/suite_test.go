package sentimentcontrarian_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/sentimentcontrarian"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) {
	strategytest.Run(t, sentimentcontrarian.Plugin(), strategytest.Signals("fear_greed", 0, 100))
}

func TestSuiteOfAssets(t *testing.T) {
	strategytest.Run(t, sentimentcontrarian.Plugin(), strategytest.Seed(3),
		strategytest.With(func(c *sentimentcontrarian.Config) {
			c.Kind, c.Subject, c.OnAbsent = "sentiment", strategy.Asset, strategy.Close
		}))
}

func TestSuiteShort(t *testing.T) {
	strategytest.Run(t, sentimentcontrarian.Plugin(), strategytest.Perpetual(), strategytest.Bars(600), strategytest.Signals("fear_greed", 0, 100),
		strategytest.With(func(c *sentimentcontrarian.Config) { c.Short = true }))
}
