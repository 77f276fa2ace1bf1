package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const minLiquidity = "min_liquidity"

const minLiquiditySample = `[risk.main]
rules = ["min_liquidity"]
  [risk.main.min_liquidity]
  percent    = "0.01"
  min_volume = "50000"
  interval   = "1h"
  bars       = 24
`

// MinLiquidityPlugin describes the rule min_liquidity.
func MinLiquidityPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   minLiquidity,
		Doc:    "bounds an order by the average volume of the last bars; cuts it, or refuses it; refuses where too little trades",
		Sample: minLiquiditySample,
		New:    func() risk.Rule { return &MinLiquidity{Bars: 24, Cut: true} },
	}
}

// MinLiquidity bounds the notional of an order, at the worst price of the collar, by a share
// of the average volume of the last bars, and refuses new risk where the average is too
// small. The volume of a bar in quote is that in base at the bar's close.
type MinLiquidity struct {
	Percent   decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"share of the average volume that an order may be worth: 0.01 is 1 %; 0 sets none"`
	MinVolume decimal.Decimal `toml:"min_volume" param:"min=0" doc:"least average volume of a bar, in quote; 0 sets none"`
	Interval  market.Interval `toml:"interval" doc:"length of the bars; that of the strategy unless it is set"`
	Bars      int             `toml:"bars" param:"min=1,max=10000,step=1" doc:"bars of the average"`
	Cut       bool            `toml:"cut" doc:"cut a larger order to the limit, rather than refuse it"`

	bars *risk.Bars
}

// Init checks that there is a bound, and watches the bars.
func (r *MinLiquidity) Init(s *risk.Setup) error {
	switch {
	case r.Percent.IsNegative() || r.Percent.GreaterThan(decimal.New(1, 0)):
		return risk.OutOfBounds("percent", r.Percent, "a share of the volume from 0 to 1: 0.01 is 1 %")
	case r.MinVolume.IsNegative():
		return fmt.Errorf("min_volume = %s must not be negative", r.MinVolume)
	case r.Percent.IsZero() && r.MinVolume.IsZero():
		return fmt.Errorf("set percent, min_volume or both")
	case r.Bars < 1:
		return fmt.Errorf("bars = %d must be at least 1", r.Bars)
	}
	r.bars = s.Bars(risk.BarQuery{Interval: r.Interval, Lookback: r.Bars}, nil)
	return nil
}

// Review cuts or refuses an order that is too large for the market.
func (r *MinLiquidity) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := priced(v, minLiquidity, &o); err != nil {
		return o, err
	}
	in := v.Instrument(o.Instrument)
	s := r.bars.At(v, o.Instrument)
	if s == nil || s.Len() < r.Bars {
		return o, &market.Refusal{Rule: minLiquidity, Measured: tooFew(s, in.Symbol), Limit: fmt.Sprintf("at least %d for the average volume", r.Bars)}
	}
	average := averageVolume(s, in)
	if average.LessThan(r.MinVolume) {
		return o, &market.Refusal{Rule: minLiquidity, Measured: fmt.Sprintf("%s trades %s %s a bar", in.Symbol, average, in.Quote), Limit: fmt.Sprintf("at least %s %s", r.MinVolume, in.Quote)}
	}
	if r.Percent.IsZero() {
		v.Measured(average, r.MinVolume, in.Quote)
		return o, nil
	}
	return r.bound(v, o, average)
}

// bound holds an order to the share of the average volume.
func (r *MinLiquidity) bound(v *risk.View, o market.Order, average decimal.Decimal) (market.Order, error) {
	in, limit, notional := v.Instrument(o.Instrument), average.Mul(r.Percent), v.Notional(&o)
	v.Measured(notional, limit, in.Quote)
	if !notional.GreaterThan(limit) {
		return o, nil
	}
	if r.Cut {
		if cut, ok := fit(v, o, limit); ok {
			return cut, nil
		}
	}
	return o, &market.Refusal{
		Rule:     minLiquidity,
		Measured: fmt.Sprintf("order for %s %s of %s, of which %s trade a bar", Shown(v, o.Instrument, notional), in.Quote, in.Symbol, average),
		Limit:    Shown(v, o.Instrument, limit).String() + " " + in.Quote,
	}
}

// averageVolume returns what traded in a bar, in quote, rounded down to what the quote asset
// is counted in.
func averageVolume(s *risk.Series, in *market.Instrument) decimal.Decimal {
	volumes, closes, sum := s.Volume(), s.Close(), 0.0
	for i := range volumes {
		sum += float64(volumes[i] * closes[i])
	}
	return market.Floor(market.Price(sum/float64(len(volumes)), market.FreeScale), decimal.New(1, -in.QuotePrecision))
}
