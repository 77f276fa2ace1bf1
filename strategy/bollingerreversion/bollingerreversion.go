// Package bollingerreversion is the strategy bollinger_reversion: buy below the lower
// Bollinger band, sell above the middle. Long only.
package bollingerreversion

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// The values of Exit.
const (
	middle = "middle" // the average of the closes
	upper  = "upper"  // the upper band
)

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "bollinger_reversion",
		Doc:    "buy when the close falls below the lower Bollinger band, sell when it rises above the middle or the upper one; long only",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Period: 20, Width: 2, Exit: middle} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Period int     `toml:"period" param:"min=2,max=1000,step=1" doc:"bars of the average and of the deviation"`
	Width  float64 `toml:"width" param:"min=0.1,max=10" doc:"distance of the bands, in standard deviations"`
	Exit   string  `toml:"exit" param:"oneof=middle|upper" doc:"the line above which to sell"`
	strategy.WeightParams

	share  float64
	states strategy.States[state]
}

// state is what is known of one instrument.
type state struct {
	bands *indicator.Bollinger
	zone  zone // one bar ago
	asked bool // for a position, since the last exit
}

// zone is where a close stands.
type zone int8

const (
	between zone = iota
	below        // the lower band
	above        // the line of the exit
)

// Init checks the parameters and subscribes to bars.
func (c *Config) Init(s *strategy.Setup) (err error) {
	switch {
	case c.Period < 2 || c.Period > indicator.MaxPeriod:
		return fmt.Errorf("period = %d must be from 2 to %d", c.Period, indicator.MaxPeriod)
	case !(c.Width > 0 && c.Width <= 10):
		return fmt.Errorf("width = %v must be above 0 and at most 10", c.Width)
	case c.Exit != middle && c.Exit != upper:
		return fmt.Errorf("exit = %q must be %q or %q", c.Exit, middle, upper)
	}
	c.share, err = c.Share(s)
	s.Bars(strategy.BarQuery{Warmup: c.bands().Warmup(), Lookback: 1}, c.bar)
	return err
}

func (c *Config) bands() *indicator.Bollinger { return indicator.NewBollinger(c.Period, c.Width) }

// bar acts where the close enters a zone. One in which it stands on the first warm bar
// counts as entered.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	st := c.states.Of(i, func() *state { return &state{bands: c.bands()} })
	st.bands.Update(s.LastClose())
	if !ctx.Warm() {
		return
	}
	is := c.zone(st.bands, s.LastClose())
	if is == st.zone {
		return
	}
	st.zone = is
	held := !ctx.Position(i).IsZero()
	switch {
	case is == below && !held:
		st.asked = true
		ctx.Must(ctx.Target(i, c.share))
	case is == above && (held || st.asked):
		st.asked = false
		ctx.Must(ctx.Target(i, 0))
	}
}

// zone returns where a close stands. On a line is between.
func (c *Config) zone(b *indicator.Bollinger, close float64) zone {
	line := b.Value()
	if c.Exit == upper {
		line = b.Upper()
	}
	switch {
	case close < b.Lower():
		return below
	case close > line:
		return above
	}
	return between
}
