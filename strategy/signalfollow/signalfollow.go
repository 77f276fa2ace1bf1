// Package signalfollow is the strategy signal_follow: in while a signal says to be in, out
// while it says to be out, and short, where that is wanted, while it says so.
package signalfollow

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
		Name:   "signal_follow",
		Doc:    "in while a signal such as trading_trend is above 0, out, or short, while it is below",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams:  strategy.SignalParams{Kind: "trading_trend", OnAbsent: strategy.Close},
				SubjectParams: strategy.SubjectParams{Subject: strategy.Asset},
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	strategy.SubjectParams
	strategy.WeightParams
	strategy.ShortParams

	states  *strategy.Signals
	share   float64
	stances strategy.Stances
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if err = c.check(); err != nil {
		return err
	}
	if err = c.SubjectParams.Check(); err != nil {
		return err
	}
	if err = c.ShortParams.Check(s); err != nil {
		return err
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	if c.states, err = c.Subscribe(s); err != nil {
		return err
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// check refuses kinds whose 0 does not mean to be out.
func (c *Config) check() error {
	var state market.SignalKind
	switch c.Kind {
	case "trading_signal":
		state = "trading_trend"
	case "hourly_signal":
		state = "hourly_position"
	case "market_signal":
		state = "market_trend"
	case "decision":
		return fmt.Errorf("kind = %q is 0 where nothing is to change, and not where to be out: use grade_follow with enter = 0.5 and exit = -0.5", c.Kind)
	default:
		return nil
	}
	return fmt.Errorf("kind = %q is an event, 0 when nothing is new: follow the state that it leads to, %q", c.Kind, state)
}

// bar looks at the state at each bar, so that one which has grown too old is noticed too.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	c.stances.Take(ctx, i, c.want(ctx, i), c.share)
}

// want returns the stance that the state asks for. An absent one never opens.
func (c *Config) want(ctx *strategy.Context, i market.InstrumentID) strategy.Stance {
	state, ok := c.Read(c.states, i)
	switch {
	case !ok && !c.Closes():
		return c.stances.At(ctx, i)
	case !ok || state.Value == 0:
		return strategy.Flat
	case state.Value > 0:
		return strategy.Long
	}
	return c.Allow(strategy.Short)
}
