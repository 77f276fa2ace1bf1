package signaltrend_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/signaltrend"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) {
	strategytest.Run(t, signaltrend.Plugin(), strategytest.Signals("trading_trend", -1, 1), strategytest.OnSignals())
}
