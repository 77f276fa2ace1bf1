package indexfollow_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/indexfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// The weights of three assets sum to 75 on average.
func TestSuite(t *testing.T) {
	strategytest.Run(t, indexfollow.Plugin(), strategytest.Signals("index_weight_1", 0, 50), strategytest.OnSignals())
}
