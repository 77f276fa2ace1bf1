package pairs_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/pairs"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, pairs.Plugin(), strategytest.Instruments(2)) }

func TestSuiteOfPerpetuals(t *testing.T) {
	strategytest.Run(t, pairs.Plugin(), strategytest.Instruments(2), strategytest.Perpetual(), strategytest.Bars(400),
		strategytest.With(func(c *pairs.Config) { c.Short, c.Hedge, c.Period = true, "regression", 30 }))
}
