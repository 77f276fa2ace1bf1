// Package predictionedge is the strategy prediction_edge: in while the price is forecast to be
// higher, once even the lower end of the forecast pays for the trade.
package predictionedge

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
		Name:   "prediction_edge",
		Doc:    "in once the lower end of a price forecast clears the costs of a trade, out once the forecast is not above the price",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{SignalParams: strategy.SignalParams{Kind: "prediction_7d", OnAbsent: strategy.Close}}
		},
	}
}

// Config is the strategy with its parameters. The band of a forecast of kind K is of the kinds
// K_lower and K_upper.
type Config struct {
	strategy.SignalParams
	Cost   float64 `toml:"cost" param:"min=0,max=0.5" doc:"what entry and exit cost together, as a share of the price; 0 takes twice the highest fee"`
	Margin float64 `toml:"margin" param:"min=0,max=1" doc:"what has to be left beyond the costs, as a share of the price"`
	strategy.WeightParams
	strategy.ShortParams

	middle, lower, upper *strategy.Signals
	hurdles              strategy.States[float64] // costs and margin
	share                float64
	stances              strategy.Stances
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if !(c.Cost >= 0 && c.Cost <= 0.5 && c.Margin >= 0 && c.Margin <= 1) {
		return fmt.Errorf("cost = %v must be from 0 to 0.5, and margin = %v from 0 to 1", c.Cost, c.Margin)
	}
	if err = c.ShortParams.Check(s); err != nil {
		return err
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	for _, in := range s.Instruments() {
		if kind, _ := market.KindOf(c.Kind); kind.Unit == "USD" && !market.Dollar(in.Quote) {
			return fmt.Errorf("%s is a price in USD, and %s has prices in %s", c.Kind, in.Symbol, in.Quote)
		}
		c.hurdles.Of(in.ID, func() *float64 { return c.hurdle(&in) })
	}
	if err = c.subscribe(s); err != nil {
		return err
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// hurdle returns what a trade has to gain before it is worth its costs.
func (c *Config) hurdle(in *market.Instrument) *float64 {
	cost := c.Cost
	if cost == 0 {
		cost = float64(2 * market.Float(in.Fees.Worst()))
	}
	cost += c.Margin
	return &cost
}

// subscribe asks for the forecast and the ends of its band.
func (c *Config) subscribe(s *strategy.Setup) (err error) {
	if c.middle, err = c.Subscribe(s); err != nil {
		return err
	}
	end := c.SignalParams
	end.Kind = c.Kind + "_lower"
	if c.lower, err = end.Subscribe(s); err != nil || !c.Short {
		return err
	}
	end.Kind = c.Kind + "_upper"
	c.upper, err = end.Subscribe(s)
	return err
}

// bar looks at the forecast at each bar: as the price moves, the gain that is left changes.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	c.stances.Take(ctx, i, c.want(ctx, i, s.LastClose()), c.share)
}

// want returns the stance that the forecast asks for at a price. An absent one never opens,
// and neither does one without its band; to hold, the forecast is enough.
func (c *Config) want(ctx *strategy.Context, i market.InstrumentID, price float64) strategy.Stance {
	at, hurdle := c.stances.At(ctx, i), *c.hurdles.Of(i, nil)
	forecast, ok := c.middle.At(i)
	high, low := float64(price*(1+hurdle)), float64(price*(1-hurdle))
	switch {
	case !ok && !c.Closes():
		return at
	case !ok:
		return strategy.Flat
	case at == strategy.Long && forecast.Value > price, at == strategy.Short && forecast.Value < price:
		return at
	case forecast.Value > high:
		if end, ok := endOf(c.lower, i, &forecast); ok && end > high && end <= forecast.Value {
			return strategy.Long
		}
	case forecast.Value < low && c.Short:
		if end, ok := endOf(c.upper, i, &forecast); ok && end < low && end >= forecast.Value {
			return strategy.Short
		}
	}
	return strategy.Flat
}

// endOf returns the end of a forecast's band. Of another time or source it is another's.
func endOf(ends *strategy.Signals, i market.InstrumentID, forecast *market.Signal) (float64, bool) {
	end, ok := ends.At(i)
	return end.Value, ok && end.Effective == forecast.Effective && end.Source == forecast.Source
}
