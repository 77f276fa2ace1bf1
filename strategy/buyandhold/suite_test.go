package buyandhold_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/buyandhold"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, buyandhold.Plugin()) }
