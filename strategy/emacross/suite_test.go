package emacross_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/emacross"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, emacross.Plugin()) }
