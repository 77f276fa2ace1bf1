// Package gradefollow is the strategy grade_follow: in while a grade is high, out
// when it is low. The grade is about each asset, or about the market as a whole.
// Long only.
package gradefollow

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "grade_follow",
		Doc:    "in while a grade of the asset or of the market is above enter, out once it is below exit; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams:  strategy.SignalParams{Kind: "trader_grade", OnAbsent: strategy.Keep},
				SubjectParams: strategy.SubjectParams{Subject: strategy.Asset},
				Enter:         70, Exit: 50,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	strategy.SubjectParams
	Enter float64 `toml:"enter" param:"min=-1000,max=1000" doc:"buy once the grade is above it"`
	Exit  float64 `toml:"exit" param:"min=-1000,max=1000" doc:"sell once the grade is below it; less than enter"`
	strategy.WeightParams

	grades  *strategy.Signals
	share   float64
	stances strategy.Stances
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if !(c.Enter > c.Exit) {
		return fmt.Errorf("enter = %v must be more than exit = %v", c.Enter, c.Exit)
	}
	if err = c.CheckAbove("enter", c.Enter); err != nil {
		return err
	}
	if err = c.SubjectParams.Check(); err != nil {
		return err
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	if c.grades, err = c.Subscribe(s); err != nil {
		return err
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// bar looks at the grade once a bar, so that it also notices a grade that has grown
// too old, and acts where the answer has changed.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	c.stances.Take(ctx, i, c.want(ctx, i), c.share)
}

// want returns what the grade says. An absent one never opens.
func (c *Config) want(ctx *strategy.Context, i market.InstrumentID) strategy.Stance {
	grade, ok := c.Read(c.grades, i)
	switch {
	case !ok && c.Closes():
		return strategy.Flat
	case ok && grade.Value > c.Enter:
		return strategy.Long
	case ok && grade.Value < c.Exit:
		return strategy.Flat
	}
	return c.stances.At(ctx, i)
}
