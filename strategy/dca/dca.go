// Package dca is the strategy dca: it buys, buys more at steps below (safety orders), and
// sells all of it at a gain over the average price paid. Then it begins again. Long only.
package dca

import (
	_ "embed"
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "dca",
		Doc:    "buys, adds at steps below (safety orders), sells at a gain over the average price, and begins again; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SafetyOrders: 5, Deviation: 0.02, StepScale: 1.5, SafetySize: 1, SizeScale: 1.5,
				TakeProfit: 0.02, Pause: market.Duration(time.Hour),
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.WeightParams
	SafetyOrders int             `toml:"safety_orders" param:"min=0,max=50,step=1" doc:"buys that rest below the first one"`
	Deviation    float64         `toml:"deviation" param:"min=0.0005,max=0.5" doc:"how far below the first buy the first safety order rests, as a share of its price"`
	StepScale    float64         `toml:"step_scale" param:"min=0.1,max=5" doc:"each distance between safety orders is the one before times this"`
	SafetySize   float64         `toml:"safety_size" param:"min=0.1,max=10" doc:"money of the first safety order, the first buy being 1"`
	SizeScale    float64         `toml:"size_scale" param:"min=0.1,max=5" doc:"money of each safety order is that of the one before times this"`
	TakeProfit   float64         `toml:"take_profit" param:"min=0.0005,max=10" doc:"gain over the average price at which all is sold, as a share"`
	Pause        market.Duration `toml:"pause" doc:"how long to wait between a sale and the next first buy"`

	share  decimal.Decimal // of equity, for each instrument
	profit decimal.Decimal // 1 + TakeProfit
	steps  []step
	deals  strategy.States[deal]
}

// step is one of the buys that a deal may make, the first one included.
type step struct {
	part  decimal.Decimal // of the money of the deal
	depth decimal.Decimal // price, as a share of the first buy's
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) error {
	share, err := c.Share(s)
	if err != nil {
		return err
	}
	if c.Pause < 0 {
		return fmt.Errorf("pause = %s is negative", c.Pause)
	}
	if err := c.plan(share); err != nil {
		return err
	}
	s.Orders(c.update)
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// deepest is how far below the first buy a safety order may rest.
const deepest = 0.99

// plan works out the steps. Together they spend the whole share, so that the last safety
// order is as sure of its money as the first.
func (c *Config) plan(share float64) (err error) {
	sizes, depths, total := []float64{1}, []float64{0}, 1.0
	size, gap, depth := c.SafetySize, c.Deviation, 0.0
	for range c.SafetyOrders {
		depth += gap
		sizes, depths, total = append(sizes, size), append(depths, depth), total+size
		size, gap = float64(size*c.SizeScale), float64(gap*c.StepScale)
	}
	if !(depth <= deepest) || math.IsInf(total, 0) {
		return fmt.Errorf("the last of safety_orders = %d would rest %.0f %% below the first buy: lower deviation or step_scale", c.SafetyOrders, depth*100)
	}
	c.steps = make([]step, len(sizes))
	for k := range c.steps {
		if c.steps[k].part, err = market.Weight(sizes[k] / total); err != nil {
			return err
		}
		if c.steps[k].depth, err = market.Weight(1 - depths[k]); err != nil {
			return err
		}
	}
	if c.profit, err = market.Weight(1 + c.TakeProfit); err != nil {
		return err
	}
	c.share, err = market.Weight(share)
	return err
}

// bar looks at a deal where something has become of it, or its time has come.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	d := c.deals.Of(s.Instrument(), newDeal)
	if !ctx.Warm() || !d.changed && ctx.Now() < d.next {
		return
	}
	d.changed, d.next = false, never
	var err error
	switch held := ctx.Position(s.Instrument()); {
	case works(ctx, d.entry):
	case held.IsPositive():
		err = c.hold(ctx, d, s.Instrument(), held)
	case d.open:
		err = c.end(ctx, d)
	default:
		err = c.begin(ctx, d, s.Instrument())
	}
	ctx.Must(err)
}

// begin makes the first buy of a deal.
func (c *Config) begin(ctx *strategy.Context, d *deal, i market.InstrumentID) (err error) {
	in := ctx.Instrument(i)
	d.money = decimal.Min(c.share.Mul(ctx.Equity()), ctx.Cash())
	quote := market.Floor(c.steps[0].part.Mul(d.money), decimal.New(1, -in.QuotePrecision))
	if !quote.IsPositive() {
		d.next = ctx.Now().NextDay()
		return nil
	}
	d.entry, err = ctx.Submit(market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quote: quote, Reason: "first buy"})
	return err
}

// hold lets safety orders rest below a position, once, and a sale above its average price.
func (c *Config) hold(ctx *strategy.Context, d *deal, i market.InstrumentID, held decimal.Decimal) error {
	if d.bought.IsZero() { // it was there before the strategy was: as if bought now
		d.adopt(held, market.Price(ctx.Price(i), market.FreeScale))
		d.money = c.share.Mul(ctx.Equity())
	}
	average := market.Divide(d.cost, d.bought, 12)
	if !d.open {
		d.open = true
		if err := c.rest(ctx, d, i, average); err != nil {
			return err
		}
	}
	return d.aim(ctx, market.Order{
		Instrument: i, Side: market.Sell, Type: market.Limit, ReduceOnly: true,
		Quantity: held, Price: average.Mul(c.profit), Reason: "take profit",
	})
}

// rest submits the safety orders of a deal.
func (c *Config) rest(ctx *strategy.Context, d *deal, i market.InstrumentID, first decimal.Decimal) error {
	in := ctx.Instrument(i)
	costs := decimal.New(1, 0).Add(in.Fees.Worst())
	for _, s := range c.steps[1:] {
		price := market.ToTick(first.Mul(s.depth), in.Tick, market.Down)
		if !price.IsPositive() {
			continue
		}
		quantity := market.Affordable(s.part.Mul(d.money), price.Mul(costs), in.Step)
		if !quantity.IsPositive() {
			continue
		}
		id, err := ctx.Submit(market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Quantity: quantity, Price: price, Reason: "safety order"})
		if err != nil {
			return err
		}
		d.safety = append(d.safety, id)
	}
	return nil
}

// end cancels what is left of a deal whose position is closed, by the sale or by a rule.
func (c *Config) end(ctx *strategy.Context, d *deal) error {
	for _, id := range append(d.safety, d.sale, d.replaced) {
		if !works(ctx, id) {
			continue
		}
		if err := ctx.Cancel(id); err != nil {
			return err
		}
	}
	*d = deal{safety: d.safety[:0], next: ctx.Now() + market.Time(c.Pause)}
	return nil
}
