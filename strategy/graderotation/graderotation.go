// Package graderotation is the strategy grade_rotation: each week, hold the instruments with the
// best grades, and let those that are held fall behind a little before they go. Long only.
package graderotation

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// The values of Weighting.
const (
	equal = "equal"
	grade = "grade"
)

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "grade_rotation",
		Doc:    "each week, hold the top instruments by grade; one that is held goes once it is behind the top by more than a buffer; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams: strategy.SignalParams{Kind: "trader_grade", OnAbsent: strategy.Close},
				Top:          2, Buffer: 1, Weighting: equal, MaxWeight: 0.5, Schedule: "0 1 * * 1",
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	Top       int     `toml:"top" param:"min=1,max=100,step=1" doc:"how many instruments to hold"`
	Buffer    int     `toml:"buffer" param:"min=0,max=100,step=1" doc:"places behind the top that an instrument which is held may fall to"`
	MinGrade  float64 `toml:"min_grade" param:"min=-1000,max=1000" doc:"lowest grade that is held"`
	Weighting string  `toml:"weighting" param:"oneof=equal|grade" doc:"equal: 1/top of equity for each; grade: as much in all, in proportion to the grades"`
	MaxWeight float64 `toml:"max_weight" param:"min=0.01,max=1" doc:"largest share of equity of one instrument; what is above it stays in cash"`
	Schedule  string  `toml:"schedule" doc:"when to rotate: a cron expression of five fields, in UTC"`

	instruments []market.Instrument
	grades      *strategy.Signals
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	c.instruments = s.Instruments()
	if err = c.check(); err != nil {
		return err
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, nil)
	if c.grades, err = c.Subscribe(s); err != nil {
		return err
	}
	s.Schedule(c.Schedule, c.rotate)
	return nil
}

// check reports parameters that make no sense.
func (c *Config) check() error {
	switch {
	case c.Top < 1 || c.Top > len(c.instruments):
		return fmt.Errorf("top = %d must be from 1 to the number of symbols, %d", c.Top, len(c.instruments))
	case c.Buffer < 0:
		return fmt.Errorf("buffer = %d must not be negative", c.Buffer)
	case c.Weighting != equal && c.Weighting != grade:
		return fmt.Errorf("weighting = %q must be %q or %q", c.Weighting, equal, grade)
	case c.Weighting == grade && !(c.MinGrade >= 0):
		return fmt.Errorf("weighting = %q needs grades of at least 0: set min_grade = %v to 0 or more", grade, c.MinGrade)
	case !(c.MaxWeight > 0 && c.MaxWeight <= 1):
		return fmt.Errorf("max_weight = %v must be above 0 and at most 1", c.MaxWeight)
	}
	return nil
}

// rotate chooses what to hold and asks for it. Every position of the chosen is brought back to
// its weight; the engine leaves alone what is near enough.
func (c *Config) rotate(ctx *strategy.Context) {
	ranked, kept := c.rank(ctx)
	chosen := c.choose(ctx, ranked, max(0, c.Top-len(kept)))
	targets := c.weights(chosen)
	for k := range c.instruments {
		id := c.instruments[k].ID
		stays := slices.Contains(kept, id) || slices.ContainsFunc(chosen, func(r strategy.Ranked) bool { return r.ID == id })
		if !stays && held(ctx, id) && ctx.WarmFor(id) {
			targets = append(targets, strategy.Weight{Instrument: id})
		}
	}
	ctx.Must(ctx.Targets(targets))
}

// rank returns the instruments that trade and have a grade that is high enough, best first, and
// the positions that stay because theirs is absent.
func (c *Config) rank(ctx *strategy.Context) (ranked []strategy.Ranked, kept []market.InstrumentID) {
	for k := range c.instruments {
		in := &c.instruments[k]
		row, ok := c.grades.At(in.ID)
		switch {
		case !ctx.WarmFor(in.ID):
		case ok && row.Value >= c.MinGrade:
			ranked = append(ranked, strategy.Ranked{Instrument: in, Value: row.Value})
		case !ok && !c.Closes() && held(ctx, in.ID):
			kept = append(kept, in.ID)
		}
	}
	strategy.Rank(ranked)
	return ranked, kept
}

// choose fills the places: first with what is held and still near the top, then with the best
// of the others.
func (c *Config) choose(ctx *strategy.Context, ranked []strategy.Ranked, places int) (chosen []strategy.Ranked) {
	for _, r := range ranked[:min(len(ranked), c.Top+c.Buffer)] {
		if held(ctx, r.ID) && len(chosen) < places {
			chosen = append(chosen, r)
		}
	}
	for _, r := range ranked {
		if !held(ctx, r.ID) && len(chosen) < places {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// weights returns the shares of the chosen. A place that stays empty stays in cash: what is
// missing must not make the rest larger.
func (c *Config) weights(chosen []strategy.Ranked) (list []strategy.Weight) {
	sum := 0.0
	for _, r := range chosen {
		sum += r.Value
	}
	for _, r := range chosen {
		weight := 1 / float64(c.Top)
		if c.Weighting == grade && sum > 0 {
			weight = float64(float64(weight*float64(len(chosen))) * (r.Value / sum))
		}
		list = append(list, strategy.Weight{Instrument: r.ID, Weight: min(weight, c.MaxWeight)})
	}
	return list
}

// held reports whether there is a position, or an order that may make one. What a stop rule has
// closed is not held, and has to be at the top to be bought again.
func held(ctx *strategy.Context, i market.InstrumentID) bool {
	return ctx.Position(i).IsPositive() || len(ctx.OpenOrders(i)) > 0
}
