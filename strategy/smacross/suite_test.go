package smacross_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/smacross"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, smacross.Plugin()) }
