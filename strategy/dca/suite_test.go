package dca_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/dca"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Few safety orders, since each deal costs an order for each.
func TestSuite(t *testing.T) {
	strategytest.Run(t, dca.Plugin(), strategytest.Bars(400), strategytest.Instruments(2), strategytest.With(func(c *dca.Config) { c.SafetyOrders = 3 }))
}
