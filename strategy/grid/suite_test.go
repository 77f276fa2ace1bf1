package grid_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/grid"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, grid.Plugin(), strategytest.Bars(600)) }
