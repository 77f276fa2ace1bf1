package regimeswitch_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/regimeswitch"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) {
	strategytest.Run(t, regimeswitch.Plugin(), strategytest.Signals("market_trend", -1, 1), strategytest.OnSignals())
}
