package donchianbreakout_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/donchianbreakout"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, donchianbreakout.Plugin()) }
