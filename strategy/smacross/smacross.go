// Package smacross is the strategy sma_cross: all in when the fast simple moving
// average of the closes crosses above the slow one, out when it crosses below. Long
// only.
package smacross

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
		Name:   "sma_cross",
		Doc:    "all in when SMA(fast) crosses above SMA(slow), out when it crosses below; long only",
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
	averages *indicator.SMAPair
	compared bool // before is set: both averages existed one bar ago
	before   int  // how they compared then: -1, 0, 1
}

// Init subscribes to bars.
func (c *Config) Init(s *strategy.Setup) error {
	if c.Fast >= c.Slow {
		return fmt.Errorf("fast = %d must be less than slow = %d", c.Fast, c.Slow)
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
// previous bar too, which is when the series is warm.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	p := &c.pairs[s.Instrument()]
	if p.averages == nil {
		p.averages = indicator.NewSMAPair(c.Fast, c.Slow, s.PriceScale())
	}
	p.averages.Update(s.LastClose())
	if !p.averages.Ready() {
		return
	}
	was, is := p.before, p.averages.Compare()
	if is == was && p.compared {
		return
	}
	p.before = is
	switch {
	case !p.compared:
		p.compared = true
	case !ctx.Warm(): // a session that begins later, or a series that is longer for others
	case was <= 0 && is > 0:
		ctx.Must(ctx.Target(s.Instrument(), 1))
	case was >= 0 && is < 0:
		ctx.Must(ctx.Target(s.Instrument(), 0))
	}
}
