// Package emacross is the strategy ema_cross: all in when the fast exponential
// moving average of the closes crosses above the slow one, out when it crosses
// below. Long only.
package emacross

import (
	"cmp"
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
		Name:   "ema_cross",
		Doc:    "all in when EMA(fast) crosses above EMA(slow), out when it crosses below; long only",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Fast: 20, Slow: 50} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Fast int `toml:"fast" param:"min=1,max=5000,step=1" doc:"bars of the fast average"`
	Slow int `toml:"slow" param:"min=2,max=5000,step=1" doc:"bars of the slow average; more than fast"`

	pairs []pair // by instrument
}

// pair is the two averages of one instrument.
type pair struct {
	fast, slow *indicator.EMA
	before     int // how they compared one bar ago: -1, 0, 1
}

// Init subscribes to bars.
func (c *Config) Init(s *strategy.Setup) error {
	if c.Fast < 1 || c.Fast >= c.Slow || c.Slow > indicator.MaxPeriod {
		return fmt.Errorf("fast = %d must be at least 1 and less than slow = %d, slow at most %d", c.Fast, c.Slow, indicator.MaxPeriod)
	}
	for _, in := range s.Instruments() {
		for int(in.ID) >= len(c.pairs) {
			c.pairs = append(c.pairs, pair{})
		}
	}
	s.Bars(strategy.BarQuery{Warmup: c.Slow + 1, Lookback: 1}, c.bar)
	return nil
}

// bar compares the averages and acts on a cross. Both must have existed on the
// previous bar too.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	p := &c.pairs[s.Instrument()]
	if p.fast == nil {
		p.fast, p.slow = indicator.NewEMA(c.Fast, s.PriceScale()), indicator.NewEMA(c.Slow, s.PriceScale())
	}
	x := s.LastClose()
	p.fast.Update(x)
	p.slow.Update(x)
	if !p.slow.Ready() {
		return
	}
	was, is := p.before, cmp.Compare(p.fast.Value(), p.slow.Value())
	p.before = is
	if !ctx.Warm() {
		return
	}
	switch {
	case was <= 0 && is > 0:
		ctx.Must(ctx.Target(s.Instrument(), 1))
	case was >= 0 && is < 0:
		ctx.Must(ctx.Target(s.Instrument(), 0))
	}
}
