package rebalance_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/rebalance"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, rebalance.Plugin()) }
