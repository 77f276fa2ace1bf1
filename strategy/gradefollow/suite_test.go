package gradefollow_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy/gradefollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, gradefollow.Plugin(), strategytest.OnSignals()) }
