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

// check refuses kinds whose value does not say whether to be in or out.
func (c *Config) check() error {
	if kind, _ := market.KindOf(c.Kind); kind.Min >= 0 && kind.Max > kind.Min {
		return fmt.Errorf("kind = %q is never below 0, and so says nothing of when to be out: use grade_follow, which asks how high it is", c.Kind)
	}
	return c.CheckState()
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
