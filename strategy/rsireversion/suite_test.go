package rsireversion_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/rsireversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, rsireversion.Plugin()) }
