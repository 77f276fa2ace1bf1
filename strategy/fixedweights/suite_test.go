package fixedweights_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/fixedweights"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, fixedweights.Plugin()) }
