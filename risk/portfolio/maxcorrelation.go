package portfolio

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
)

const maxCorrelation = "max_correlation"

const maxCorrelationSample = `[risk.main]
rules = ["max_correlation"]
  [risk.main.max_correlation]
  correlation = "0.8"
  percent     = "0.3"      # of equity, in all that moves together
`

// MaxCorrelationPlugin describes the rule max_correlation.
func MaxCorrelationPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxCorrelation,
		Doc:    "bounds what is held of instruments that move together, as if they were one; cuts orders to what fits",
		Sample: maxCorrelationSample,
		New: func() risk.Rule {
			return &MaxCorrelation{Basis: basis(), Correlation: decimal.New(8, -1), Percent: decimal.New(3, -1)}
		},
	}
}

// MaxCorrelation bounds what is held of the order's instrument and of those that move
// with it, together. Two move together where the correlation of their returns (Pearson's)
// is at least Correlation in size; a short position moves with a long one where it is
// negative. What moves against the order neither counts nor is netted. An instrument
// whose price stood still in the whole window moves with nothing.
type MaxCorrelation struct {
	Basis
	Correlation decimal.Decimal `toml:"correlation" param:"min=0.1,max=1" doc:"from which on two instruments count as one"`
	Percent     decimal.Decimal `toml:"percent" param:"min=0,max=10" doc:"of equity, the most that is held of them together: 0.3 is 30 %"`

	with []related // scratch
}

// Init checks the settings and subscribes to bars.
func (r *MaxCorrelation) Init(s *risk.Setup) error {
	one := decimal.New(1, 0)
	switch {
	case !r.Correlation.IsPositive() || r.Correlation.GreaterThan(one):
		return risk.OutOfBounds("correlation", r.Correlation, "above 0, up to 1")
	case !r.Percent.IsPositive():
		return risk.OutOfBounds("percent", r.Percent, "a share of equity above 0: 0.3 is 30 %")
	}
	return r.init(maxCorrelation, s)
}

// Review cuts an order to what fits, or refuses it.
func (r *MaxCorrelation) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := limit.Priced(v, maxCorrelation, &o); err != nil {
		return o, err
	}
	held, with, l := r.together(v, &o)
	if l != nil {
		return r.unready(v, o, l)
	}
	equity := v.Equity()
	if r.account() {
		equity = v.AccountEquity()
	}
	most, notional, in := r.Percent.Mul(equity), v.Notional(&o), v.Instrument(o.Instrument)
	v.Measured(held.Add(notional), most, in.Quote)
	if !held.Add(notional).GreaterThan(most) {
		return o, nil
	}
	if part, ok := limit.Fit(v, o, most.Sub(held)); ok {
		return part, nil
	}
	return o, &market.Refusal{
		Rule:     maxCorrelation,
		Measured: fmt.Sprintf("%s of %s %s, and the order %s", names(v, with), limit.Shown(v, o.Instrument, held), in.Quote, limit.Shown(v, o.Instrument, notional)),
		Limit:    limit.Shown(v, o.Instrument, most).String() + " " + in.Quote,
	}
}

// together returns what is held, or works, that moves with the order, in quote, and where
// that is; or the first instrument that has too few bars.
func (r *MaxCorrelation) together(v *risk.View, o *market.Order) (decimal.Decimal, []related, *lacking) {
	var held market.Sum
	own, short := r.row(v, o.Instrument)
	if short != nil {
		return decimal.Zero, nil, short
	}
	r.with = append(r.with[:0], related{o.Instrument, 1})
	least := market.Float(r.Correlation)
	for _, x := range v.Exposures(r.account()) {
		other, short := r.row(v, x.Instrument)
		if short != nil {
			return decimal.Zero, nil, short
		}
		c := 1.0
		if other != own {
			c = own.correlation(other)
		}
		amount := x.Long
		if (c > 0) == (o.Side == market.Sell) {
			amount = x.Short
		}
		if max(c, -c) < least || amount.IsZero() {
			continue
		}
		if held = held.Plus(market.SumOf(amount)); other != own {
			r.with = append(r.with, related{x.Instrument, c})
		}
	}
	return held.Decimal(), r.with, nil
}

// related is an instrument that moves with another.
type related struct {
	instrument  market.InstrumentID
	correlation float64
}

// names lists the order's instrument and, with their correlations, those related to it.
func names(v *risk.View, with []related) string {
	list := []string{v.Instrument(with[0].instrument).Symbol}
	for _, x := range with[1:] {
		list = append(list, fmt.Sprintf("%s (%s)", v.Instrument(x.instrument).Symbol, market.Price(x.correlation, 2)))
	}
	return strings.Join(list, ", ")
}
