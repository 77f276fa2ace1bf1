package graderotation_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestSuite(t *testing.T) { strategytest.Run(t, graderotation.Plugin(), strategytest.OnSignals()) }

// A schedule that often falls between bars.
func TestSuiteBetweenBars(t *testing.T) {
	strategytest.Run(t, graderotation.Plugin(), strategytest.OnSignals(), strategytest.Instruments(4), strategytest.Bars(500),
		strategytest.With(func(c *graderotation.Config) {
			c.Schedule, c.OnAbsent, c.Weighting, c.MinGrade = "30 9 * * *", strategy.Keep, "grade", 20
		}))
}
