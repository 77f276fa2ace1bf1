// Package indexfollow is the strategy index_follow: it holds what a published index holds,
// in the same proportions, as far as those assets are traded. Long only.
package indexfollow

import (
	_ "embed"
	"fmt"
	"math"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "index_follow",
		Doc:    "holds the assets of an index in its published weights, rebalanced outside of a drift band; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams: strategy.SignalParams{Kind: "index_weight_1", OnAbsent: strategy.Close},
				Schedule:     "0 1 * * *", Band: 0.05, Invest: 1, MinCover: 0.5,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	Schedule string  `toml:"schedule" doc:"when to look: a cron expression of five fields, in UTC"`
	Band     float64 `toml:"band" param:"min=0,max=1" doc:"how far a share of equity may drift from its weight, 0.05 being five points"`
	Invest   float64 `toml:"invest" param:"min=0.01,max=1" doc:"share of equity for the whole of the index"`
	MinCover float64 `toml:"min_cover" param:"min=0,max=1" doc:"share of the index that must be known and traded; with less, all of it counts as absent"`

	weights *strategy.Signals
	assets  []asset
	targets []strategy.Weight // room for those of one date
}

// asset is one instrument, as it stands at a date. Shares are of equity.
type asset struct {
	id     market.InstrumentID
	known  bool
	weight float64 // in the index, in percent
	held   float64 // share that it has
	want   float64 // share that it is to have
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	switch {
	case !(c.Band >= 0 && c.Band <= 1):
		return fmt.Errorf("band = %v must be from 0 to 1", c.Band)
	case !(c.Invest > 0 && c.Invest <= 1):
		return fmt.Errorf("invest = %v must be above 0 and at most 1", c.Invest)
	case !(c.MinCover >= 0 && c.MinCover <= 1):
		return fmt.Errorf("min_cover = %v must be from 0 to 1", c.MinCover)
	}
	if c.weights, err = c.Subscribe(s); err != nil {
		return err
	}
	for _, in := range s.Instruments() {
		c.assets = append(c.assets, asset{id: in.ID})
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, nil)
	s.Schedule(c.Schedule, c.look)
	return nil
}

// look reads the index and asks for what has to change.
func (c *Config) look(ctx *strategy.Context) {
	if !ctx.Equity().IsPositive() {
		return
	}
	c.read(ctx)
	c.divide()
	drifted := false
	for k := range c.assets {
		x := &c.assets[k]
		drifted = drifted || x.known && math.Abs(x.held-x.want) > c.Band
	}
	c.targets = c.targets[:0]
	for k := range c.assets {
		x := &c.assets[k]
		if ctx.WarmFor(x.id) && (x.known && drifted || x.turned()) {
			c.targets = append(c.targets, strategy.Weight{Instrument: x.id, Weight: x.want})
		}
	}
	ctx.Must(ctx.Targets(c.targets))
}

// turned reports whether an asset comes in or goes. However small its weight, it does not
// wait for the others to drift.
func (x *asset) turned() bool { return (x.held > 0) != (x.want > 0) }

// read fills in what is known and held. Where too little of the index is known, none is.
func (c *Config) read(ctx *strategy.Context) {
	equity, cover := market.Float(ctx.Equity()), 0.0
	for k := range c.assets {
		x := &c.assets[k]
		x.held = 0
		if p := ctx.Position(x.id); p.IsPositive() {
			x.held = market.Float(p) * ctx.Price(x.id) / equity
		}
		row, ok := c.weights.At(x.id)
		x.known, x.weight = ok && ctx.WarmFor(x.id), max(row.Value, 0)
		if x.known {
			cover += x.weight
		}
	}
	if cover > 0 && cover >= float64(c.MinCover*100) {
		return
	}
	for k := range c.assets {
		c.assets[k].known = false
	}
}

// divide shares out what is invested: in proportion to the weights that are known, after
// what stays without one. So the proportions hold where an asset of the index is missing.
func (c *Config) divide() {
	left, sum := c.Invest, 0.0
	for k := range c.assets {
		switch x := &c.assets[k]; {
		case x.known:
			sum += x.weight
		case c.Closes():
			x.want = 0
		default:
			x.want = x.held
			left -= x.held
		}
	}
	for k := range c.assets {
		if x := &c.assets[k]; x.known {
			x.want = max(left, 0) * x.weight / sum
		}
	}
}
