// Package macd is the strategy macd: in while the difference of two exponential averages
// stands above its own average, out while it stands below. Short there, if wanted.
package macd

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
		Name:   "macd",
		Doc:    "in while MACD(fast, slow) is above its signal line, out, or short, while it is below",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Fast: 12, Slow: 26, Signal: 9} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Fast   int `toml:"fast" param:"min=1,max=1000,step=1" doc:"bars of the fast average"`
	Slow   int `toml:"slow" param:"min=2,max=1000,step=1" doc:"bars of the slow average; more than fast"`
	Signal int `toml:"signal" param:"min=2,max=1000,step=1" doc:"bars of the signal line, the average of their difference"`
	strategy.ShortParams
	strategy.WeightParams

	share   float64
	lines   strategy.States[indicator.MACD]
	stances strategy.Stances
}

// Init checks the parameters and subscribes to bars.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if c.Fast < 1 || c.Fast >= c.Slow || c.Slow > indicator.MaxPeriod {
		return fmt.Errorf("fast = %d must be at least 1 and less than slow = %d, slow at most %d", c.Fast, c.Slow, indicator.MaxPeriod)
	}
	if c.Signal < 2 || c.Signal > indicator.MaxPeriod { // of one bar, the line is its own average
		return fmt.Errorf("signal = %d must be from 2 to %d", c.Signal, indicator.MaxPeriod)
	}
	if err := c.ShortParams.Check(s); err != nil {
		return err
	}
	c.share, err = c.Share(s)
	s.Bars(strategy.BarQuery{Warmup: c.line().Warmup(), Lookback: 1}, c.bar)
	return err
}

func (c *Config) line() *indicator.MACD { return indicator.NewMACD(c.Fast, c.Slow, c.Signal) }

// bar follows the side of the signal line on which the difference stands. On the line it
// leaves everything as it is.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	line := c.lines.Of(i, c.line)
	line.Update(s.LastClose())
	switch h := line.Histogram(); {
	case !ctx.Warm():
	case h > 0:
		c.stances.Take(ctx, i, strategy.Long, c.share)
	case h < 0:
		c.stances.Take(ctx, i, c.Allow(strategy.Short), c.share)
	}
}
