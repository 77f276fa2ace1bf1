// Package rsireversion is the strategy rsi_reversion: buy what the relative strength index
// calls oversold, sell it once it is overbought. Long only.
package rsireversion

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
		Name:   "rsi_reversion",
		Doc:    "buy when RSI falls below enter, sell when it rises above exit; long only",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Period: 14, Enter: 30, Exit: 70} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Period int     `toml:"period" param:"min=1,max=1000,step=1" doc:"changes that the index averages"`
	Enter  float64 `toml:"enter" param:"min=0,max=100" doc:"buy when the index falls below it"`
	Exit   float64 `toml:"exit" param:"min=0,max=100" doc:"sell when the index rises above it; more than enter"`
	strategy.WeightParams

	share  float64
	states strategy.States[state]
}

// state is what is known of one instrument.
type state struct {
	rsi   *indicator.RSI
	zone  zone // one bar ago
	asked bool // for a position, since the last exit
}

// zone is where the index stands.
type zone int8

const (
	between zone = iota
	oversold
	overbought
)

// Init checks the parameters and subscribes to bars.
func (c *Config) Init(s *strategy.Setup) (err error) {
	switch {
	case c.Period < 1 || c.Period > indicator.MaxPeriod:
		return fmt.Errorf("period = %d must be from 1 to %d", c.Period, indicator.MaxPeriod)
	case !(c.Enter > 0):
		return fmt.Errorf("enter = %v must be above 0, below which the index never falls", c.Enter)
	case !(c.Enter < c.Exit):
		return fmt.Errorf("enter = %v must be less than exit = %v", c.Enter, c.Exit)
	}
	c.share, err = c.Share(s)
	s.Bars(strategy.BarQuery{Warmup: indicator.NewRSI(c.Period).Warmup(), Lookback: 1}, c.bar)
	return err
}

// bar acts where the index enters a zone. One in which it stands on the first warm bar
// counts as entered.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	st := c.states.Of(i, func() *state { return &state{rsi: indicator.NewRSI(c.Period)} })
	st.rsi.Update(s.LastClose())
	if !ctx.Warm() {
		return
	}
	is := c.zone(st.rsi.Value())
	if is == st.zone {
		return
	}
	st.zone = is
	held := !ctx.Position(i).IsZero()
	switch {
	case is == oversold && !held:
		st.asked = true
		ctx.Must(ctx.Target(i, c.share))
	case is == overbought && (held || st.asked):
		st.asked = false
		ctx.Must(ctx.Target(i, 0))
	}
}

// zone returns where a value of the index stands. The thresholds themselves are between.
func (c *Config) zone(rsi float64) zone {
	switch {
	case rsi < c.Enter:
		return oversold
	case rsi > c.Exit:
		return overbought
	}
	return between
}
