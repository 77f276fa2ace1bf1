package macd_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/macd"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, macd.Plugin()) }
