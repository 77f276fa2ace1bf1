package grid_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/grid"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Few cells, since each swing of the price costs an order for each.
func TestSuite(t *testing.T) {
	strategytest.Run(t, grid.Plugin(), strategytest.Bars(300), strategytest.Instruments(2), strategytest.With(func(c *grid.Config) { c.Cells = 4 }))
}
