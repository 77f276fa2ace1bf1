// Package gradefollow is the strategy grade_follow: in while a grade is high, out
// when it is low. The grade is about each asset, or about the market as a whole.
// Long only.
package gradefollow

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// The values of Subject and OnAbsent.
const (
	asset  = "asset"  // each instrument follows the grade of its base asset
	whole  = "market" // all follow the grade of the market
	keep   = "keep"   // without a grade a position stays
	closes = "close"  // without a grade a position is closed
)

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "grade_follow",
		Doc:    "in while a grade of the asset or of the market is above enter, out once it is below exit; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				Kind: "trader_grade", Subject: asset, Enter: 70, Exit: 50,
				OnAbsent: keep,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Kind     string          `toml:"kind" doc:"kind of signal to follow, such as trader_grade or sentiment"`
	Source   string          `toml:"source" doc:"source of the signal; empty takes the latest row of any"`
	Subject  string          `toml:"subject" param:"oneof=asset|market" doc:"whose grade: of each asset, or of the market as a whole"`
	Enter    float64         `toml:"enter" param:"min=-1000,max=1000" doc:"buy once the grade is above it"`
	Exit     float64         `toml:"exit" param:"min=-1000,max=1000" doc:"sell once the grade is below it; less than enter"`
	MaxAge   market.Duration `toml:"max_age" doc:"an older grade counts as absent; 0 takes the age of the kind, 48h for daily ones"`
	OnAbsent string          `toml:"on_absent" param:"oneof=keep|close" doc:"what a position does while the grade is absent"`
	Weight   float64         `toml:"weight" param:"min=0,max=1" doc:"share of equity for each instrument; 0 splits it equally"`

	grades *strategy.Signals
	share  float64 // Weight, or the equal part
	states []state // by instrument
}

// state is what was last asked for an instrument.
type state int8

const (
	unknown state = iota // nothing yet: the position tells
	out
	in
)

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) error {
	if err := c.check(); err != nil {
		return err
	}
	list := s.Instruments()
	if c.share = c.Weight; c.share == 0 {
		c.share = 1 / float64(len(list))
	}
	for _, in := range list {
		for int(in.ID) >= len(c.states) {
			c.states = append(c.states, unknown)
		}
	}
	c.grades = s.Signals(strategy.SignalQuery{
		Kind: market.SignalKind(c.Kind), Source: c.Source, MaxAge: time.Duration(c.MaxAge),
	}, nil)
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// check reports parameters that make no sense together.
func (c *Config) check() error {
	switch {
	case c.Kind == "":
		return fmt.Errorf("kind is empty: name a kind of signal, such as trader_grade")
	case c.Subject != asset && c.Subject != whole:
		return fmt.Errorf("subject = %q must be %q or %q", c.Subject, asset, whole)
	case c.OnAbsent != keep && c.OnAbsent != closes:
		return fmt.Errorf("on_absent = %q must be %q or %q", c.OnAbsent, keep, closes)
	case !(c.Enter > c.Exit):
		return fmt.Errorf("enter = %v must be more than exit = %v", c.Enter, c.Exit)
	case c.MaxAge < 0:
		return fmt.Errorf("max_age = %s is negative", c.MaxAge)
	case !(c.Weight >= 0 && c.Weight <= 1):
		return fmt.Errorf("weight = %v must be from 0 to 1", c.Weight)
	}
	return nil
}

// bar looks at the grade once a bar, so that it also notices a grade that has grown
// too old, and acts where the answer has changed.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	if c.states[i] == unknown {
		c.states[i] = held(ctx, i)
	}
	want := c.want(i)
	if want == c.states[i] || !ctx.Warm() {
		return
	}
	c.states[i] = want
	weight := 0.0
	if want == in {
		weight = c.share
	}
	if err := ctx.Target(i, weight); err != nil {
		ctx.Fail(err)
	}
}

// held takes over a position that was there before the strategy was.
func held(ctx *strategy.Context, i market.InstrumentID) state {
	if ctx.Position(i).IsPositive() {
		return in
	}
	return out
}

// want returns what the grade says. An absent one never opens.
func (c *Config) want(i market.InstrumentID) state {
	grade, ok := c.grade(i)
	switch {
	case !ok && c.OnAbsent == closes:
		return out
	case !ok:
		return c.states[i]
	case grade.Value > c.Enter:
		return in
	case grade.Value < c.Exit:
		return out
	}
	return c.states[i]
}

func (c *Config) grade(i market.InstrumentID) (market.Signal, bool) {
	if c.Subject == whole {
		return c.grades.Market()
	}
	return c.grades.At(i)
}
