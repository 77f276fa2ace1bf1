// Package fixedweights is the strategy fixed_weights: on a schedule, bring the instruments
// back to fixed shares of equity where they have drifted too far from them. Long only.
package fixedweights

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
		Name:   "fixed_weights",
		Doc:    "on a schedule, rebalance to fixed weights once one has drifted out of its band; long only",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Schedule: "0 0 * * 1", Band: 0.05} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	Weights  map[string]float64 `toml:"weights" doc:"share of equity by symbol, together at most 1; none splits it equally"`
	Schedule string             `toml:"schedule" doc:"when to look: a cron expression of five fields, in UTC"`
	Band     float64            `toml:"band" param:"min=0,max=1" doc:"how far a share of equity may drift from its weight, 0.05 being five points"`

	bars    *strategy.Bars
	weights []strategy.Weight // in the order of the configuration
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) error {
	if !(c.Band >= 0 && c.Band <= 1) {
		return fmt.Errorf("band = %v must be from 0 to 1", c.Band)
	}
	if err := c.read(s.Instruments()); err != nil {
		return err
	}
	c.bars = s.Bars(strategy.BarQuery{Lookback: 1}, nil)
	s.Schedule(c.Schedule, c.look)
	return nil
}

// read turns the weights by symbol into a list.
func (c *Config) read(list []market.Instrument) error {
	found, sum := 0, 0.0
	c.weights = nil
	for _, in := range list {
		w, ok := c.Weights[in.Symbol]
		switch {
		case ok:
			found++
		case len(c.Weights) == 0:
			w = 1 / float64(len(list))
		default:
			return fmt.Errorf("weights has none for %s: name each symbol, with 0 where it is not to be held", in.Symbol)
		}
		if !(w >= 0 && w <= 1) {
			return fmt.Errorf("weights: %s = %v must be from 0 to 1", in.Symbol, w)
		}
		sum += w
		c.weights = append(c.weights, strategy.Weight{Instrument: in.ID, Weight: w})
	}
	switch {
	case found < len(c.Weights):
		return fmt.Errorf("weights names %d symbols more than are traded: each must be one of symbols", len(c.Weights)-found)
	case sum > 1+1e-9: // shares such as 1/3 may add up to a little more
		return fmt.Errorf("weights sum to %v: more than 1", sum)
	}
	return nil
}

// look rebalances where a weight has drifted. All go back together: what one has too much
// of is what the others lack.
func (c *Config) look(ctx *strategy.Context) {
	var targets []strategy.Weight
	drifted := false
	for _, w := range c.weights {
		if !c.bars.At(w.Instrument).Warm() {
			continue // not listed yet: its share stays cash
		}
		targets = append(targets, w)
		drifted = drifted || c.drifted(ctx, w)
	}
	if !drifted {
		return
	}
	ctx.Must(ctx.Targets(targets))
}

// drifted reports whether a share is out of its band. A share of nothing is, however small
// its weight: otherwise what weighs less than the band would never be bought.
func (c *Config) drifted(ctx *strategy.Context, w strategy.Weight) bool {
	held, equity := ctx.Position(w.Instrument), market.Float(ctx.Equity())
	if held.IsZero() || equity <= 0 {
		return held.IsZero() && w.Weight > 0
	}
	share := market.Float(held) * ctx.Price(w.Instrument) / equity
	return share < w.Weight-c.Band || share > w.Weight+c.Band || w.Weight == 0
}
