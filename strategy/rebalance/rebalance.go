// Package rebalance is the strategy rebalance: on a schedule, hold the instruments
// with the best grades in equal parts. Long only.
package rebalance

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "rebalance",
		Doc:    "on a schedule, hold the top instruments by grade in equal parts; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams: strategy.SignalParams{Kind: "trader_grade", OnAbsent: strategy.Close},
				Top:          1, Schedule: "0 0 * * 1",
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	Top      int    `toml:"top" param:"min=1,max=1000,step=1" doc:"how many instruments to hold, each with 1/top of equity"`
	Schedule string `toml:"schedule" doc:"when to rebalance: a cron expression of five fields, in UTC"`

	instruments []market.Instrument
	grades      *strategy.Signals
	held        strategy.States[bool] // the last target was above 0
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	c.instruments = s.Instruments()
	if c.Top < 1 || c.Top > len(c.instruments) {
		return fmt.Errorf("top = %d must be from 1 to the number of symbols, %d", c.Top, len(c.instruments))
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, nil)
	if c.grades, err = c.Subscribe(s); err != nil {
		return err
	}
	s.Schedule(c.Schedule, c.rebalance)
	return nil
}

// rebalance ranks the instruments and asks for the positions. Every position of the
// best is brought back to its part; the engine leaves alone what is near enough.
func (c *Config) rebalance(ctx *strategy.Context) {
	best, kept := c.rank(ctx)
	best = best[:min(len(best), max(0, c.Top-len(kept)))]
	var targets []strategy.Weight
	for k := range c.instruments {
		id := c.instruments[k].ID
		chosen := slices.ContainsFunc(best, func(b strategy.Ranked) bool { return b.ID == id })
		if slices.Contains(kept, id) || !chosen && !c.holds(ctx, id) || !ctx.WarmFor(id) {
			continue
		}
		*c.held.Of(id, newBool) = chosen
		targets = append(targets, strategy.Weight{Instrument: id, Weight: c.share(chosen)})
	}
	ctx.Must(ctx.Targets(targets))
}

// rank returns the instruments that trade and have a grade, best first and equal
// ones by symbol, and the positions that stay because theirs is absent.
func (c *Config) rank(ctx *strategy.Context) (ranked []strategy.Ranked, kept []market.InstrumentID) {
	for k := range c.instruments {
		in := &c.instruments[k]
		grade, ok := c.grades.At(in.ID)
		switch {
		case !ctx.WarmFor(in.ID):
		case ok:
			ranked = append(ranked, strategy.Ranked{Instrument: in, Value: grade.Value})
		case !c.Closes() && c.holds(ctx, in.ID):
			kept = append(kept, in.ID)
		}
	}
	strategy.Rank(ranked)
	return ranked, kept
}

func newBool() *bool { return new(bool) }

// holds reports whether there is a position, or an order that will make one.
func (c *Config) holds(ctx *strategy.Context, i market.InstrumentID) bool {
	return *c.held.Of(i, newBool) || ctx.Position(i).IsPositive()
}

// share returns the weight of an instrument.
func (c *Config) share(chosen bool) float64 {
	if chosen {
		return 1 / float64(c.Top)
	}
	return 0
}
