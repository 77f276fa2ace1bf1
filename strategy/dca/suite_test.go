package dca_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/dca"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, dca.Plugin()) }
