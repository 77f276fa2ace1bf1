// Package rebalance is the strategy rebalance: on a schedule, hold the instruments
// with the best grades in equal parts. Long only.
package rebalance

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// The values of OnAbsent.
const (
	keep   = "keep"  // a position without a grade stays and takes one of the places
	closes = "close" // a position without a grade is closed
)

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "rebalance",
		Doc:    "on a schedule, hold the top instruments by grade in equal parts; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				Kind: "trader_grade", Top: 1, Schedule: "0 0 * * 1",
				OnAbsent: closes,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Kind     string          `toml:"kind" doc:"kind of signal to rank by, such as trader_grade"`
	Source   string          `toml:"source" doc:"source of the signal; empty takes the latest row of any"`
	Top      int             `toml:"top" param:"min=1,max=1000,step=1" doc:"how many instruments to hold, each with 1/top of equity"`
	Schedule string          `toml:"schedule" doc:"when to rebalance: a cron expression of five fields, in UTC"`
	MaxAge   market.Duration `toml:"max_age" doc:"an older grade counts as absent; 0 takes the age of the kind, 48h for daily ones"`
	OnAbsent string          `toml:"on_absent" param:"oneof=keep|close" doc:"what a position does while its grade is absent"`

	instruments []market.Instrument
	grades      *strategy.Signals
	bars        *strategy.Bars
	held        []bool // by place in instruments: the last target was above 0
}

// candidate is an instrument with the grade it is ranked by.
type candidate struct {
	place int // in instruments
	grade float64
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) error {
	c.instruments = s.Instruments()
	c.held = make([]bool, len(c.instruments))
	switch {
	case c.Kind == "":
		return fmt.Errorf("kind is empty: name a kind of signal, such as trader_grade")
	case c.Top < 1 || c.Top > len(c.instruments):
		return fmt.Errorf("top = %d must be from 1 to the number of symbols, %d", c.Top, len(c.instruments))
	case c.MaxAge < 0:
		return fmt.Errorf("max_age = %s is negative", c.MaxAge)
	case c.OnAbsent != keep && c.OnAbsent != closes:
		return fmt.Errorf("on_absent = %q must be %q or %q", c.OnAbsent, keep, closes)
	}
	c.bars = s.Bars(strategy.BarQuery{Lookback: 1}, nil)
	c.grades = s.Signals(strategy.SignalQuery{
		Kind: market.SignalKind(c.Kind), Source: c.Source, MaxAge: time.Duration(c.MaxAge),
	}, nil)
	s.Schedule(c.Schedule, c.rebalance)
	return nil
}

// rebalance ranks the instruments and asks for the positions. Every position of the
// best is brought back to its part; the engine leaves alone what is near enough.
func (c *Config) rebalance(ctx *strategy.Context) {
	ranked, kept := c.rank(ctx)
	best := ranked[:min(len(ranked), max(0, c.Top-len(kept)))]
	var targets []strategy.Weight
	for place := range c.instruments {
		id := c.instruments[place].ID
		chosen := slices.ContainsFunc(best, func(b candidate) bool { return b.place == place })
		switch {
		case slices.Contains(kept, place), !chosen && !c.holds(ctx, place), !c.bars.At(id).Warm():
			continue
		}
		c.held[place] = chosen
		targets = append(targets, strategy.Weight{Instrument: id, Weight: c.share(chosen)})
	}
	if err := ctx.Targets(targets); err != nil {
		ctx.Fail(err)
	}
}

// rank returns the instruments that trade and have a grade, best first and equal
// ones by symbol, and the places of positions that stay because theirs is absent.
func (c *Config) rank(ctx *strategy.Context) (ranked []candidate, kept []int) {
	for place := range c.instruments {
		id := c.instruments[place].ID
		grade, ok := c.grades.At(id)
		switch {
		case !c.bars.At(id).Warm():
		case ok:
			ranked = append(ranked, candidate{place, grade.Value})
		case c.OnAbsent == keep && c.holds(ctx, place):
			kept = append(kept, place)
		}
	}
	slices.SortFunc(ranked, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.grade, a.grade), cmp.Compare(c.instruments[a.place].Symbol, c.instruments[b.place].Symbol))
	})
	return ranked, kept
}

// holds reports whether there is a position, or an order that will make one.
func (c *Config) holds(ctx *strategy.Context, place int) bool {
	return c.held[place] || ctx.Position(c.instruments[place].ID).IsPositive()
}

// share returns the weight of an instrument.
func (c *Config) share(chosen bool) float64 {
	if chosen {
		return 1 / float64(c.Top)
	}
	return 0
}
