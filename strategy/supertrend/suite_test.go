package supertrend_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/strategytest"
	"github.com/signalman-trading/signalman/strategy/supertrend"
)

func TestSuite(t *testing.T) { strategytest.Run(t, supertrend.Plugin()) }
