// Package supertrend is the strategy supertrend: in while the price is above a line that
// follows it at a distance of some true ranges, out below. Short there, if wanted.
package supertrend

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "supertrend",
		Doc:    "in while SuperTrend(period, multiplier) says up, out, or short, while it says down",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Period: 10, Multiplier: 3} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Period     int     `toml:"period" param:"min=1,max=1000,step=1" doc:"bars that the average true range looks back"`
	Multiplier float64 `toml:"multiplier" param:"min=0.1,max=100" doc:"distance of the line, in average true ranges"`
	strategy.ShortParams
	strategy.WeightParams

	share   float64
	lines   strategy.States[indicator.SuperTrend]
	stances strategy.Stances
}

// Init checks the parameters and subscribes to bars.
func (c *Config) Init(s *strategy.Setup) (err error) {
	switch {
	case c.Period < 1 || c.Period > indicator.MaxPeriod:
		return fmt.Errorf("period = %d must be from 1 to %d", c.Period, indicator.MaxPeriod)
	case !(c.Multiplier > 0 && c.Multiplier <= 100):
		return fmt.Errorf("multiplier = %v must be above 0 and at most 100", c.Multiplier)
	}
	if err := c.ShortParams.Check(s); err != nil {
		return err
	}
	c.share, err = c.Share(s)
	s.Bars(strategy.BarQuery{Warmup: c.line().Warmup(), Lookback: 1}, c.bar)
	return err
}

func (c *Config) line() *indicator.SuperTrend { return indicator.NewSuperTrend(c.Period, c.Multiplier) }

// bar follows the line.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i, b := s.Instrument(), s.Last()
	line := c.lines.Of(i, c.line)
	line.Update(b.High, b.Low, b.Close)
	if !ctx.Warm() {
		return
	}
	want := c.Allow(strategy.Short)
	if line.Up() {
		want = strategy.Long
	}
	c.stances.Take(ctx, i, want, c.share)
}
