package bollingerreversion_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/bollingerreversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, bollingerreversion.Plugin()) }
