// Package donchianbreakout is the strategy donchian_breakout: in when a close is above
// everything of the last weeks, out when one is below everything of fewer. The rule of the
// Turtles. Short the other way round, if wanted.
package donchianbreakout

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
		Name:   "donchian_breakout",
		Doc:    "in when the close leaves the channel of enter bars upwards, out when it leaves that of exit bars downwards; short the other way round, if wanted",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Enter: 20, Exit: 10} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Enter int `toml:"enter" param:"min=1,max=1000,step=1" doc:"bars of the channel whose end is an entry"`
	Exit  int `toml:"exit" param:"min=1,max=1000,step=1" doc:"bars of the channel whose end is an exit; at most enter"`
	strategy.ShortParams
	strategy.WeightParams

	share    float64
	channels strategy.States[channels]
	stances  strategy.Stances
}

// channels are those of one instrument.
type channels struct{ enter, exit *indicator.Donchian }

// Init checks the parameters and subscribes to bars.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if c.Exit < 1 || c.Exit > c.Enter || c.Enter > indicator.MaxPeriod {
		return fmt.Errorf("exit = %d must be at least 1 and at most enter = %d, enter at most %d", c.Exit, c.Enter, indicator.MaxPeriod)
	}
	if err := c.ShortParams.Check(s); err != nil {
		return err
	}
	c.share, err = c.Share(s)
	s.Bars(strategy.BarQuery{Warmup: c.Enter + 1, Lookback: 1}, c.bar)
	return err
}

// bar compares a close with the channels of the bars before it: with its own high it never
// is above.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i, b := s.Instrument(), s.Last()
	ch := c.channels.Of(i, func() *channels {
		return &channels{indicator.NewDonchian(c.Enter), indicator.NewDonchian(c.Exit)}
	})
	if ctx.Warm() {
		c.stances.Take(ctx, i, c.want(ch, c.stances.At(ctx, i), b.Close), c.share)
	}
	ch.enter.Update(b.High, b.Low)
	ch.exit.Update(b.High, b.Low)
}

// want returns the stance that a close asks for.
func (c *Config) want(ch *channels, now strategy.Stance, close float64) strategy.Stance {
	switch {
	case close > ch.enter.Upper():
		return strategy.Long
	case close < ch.enter.Lower():
		return c.Allow(strategy.Short)
	case now == strategy.Long && close < ch.exit.Lower(), now == strategy.Short && close > ch.exit.Upper():
		return strategy.Flat
	}
	return now
}
