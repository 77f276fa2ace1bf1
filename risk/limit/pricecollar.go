package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const priceCollar = "price_collar"

const priceCollarSample = `[risk.main]
rules = ["price_collar"]
  [risk.main.price_collar]
  percent    = "0.2"
  marketable = "0.01"
`

// PriceCollarPlugin describes the rule price_collar.
func PriceCollarPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   priceCollar,
		Doc:    "refuses prices far from the last one, and market orders after a bar that moved too much",
		Sample: priceCollarSample,
		New:    func() risk.Rule { return &PriceCollar{Percent: decimal.New(1, -1)} },
	}
}

// PriceCollar refuses a price that lies further from its reference than a share of it. The
// reference of a limit price is the last close, or the order's own trigger; that of a trigger
// is the last close. A market order has no price of its own: it is refused after a bar that
// moved by more than Bar.
type PriceCollar struct {
	Percent    decimal.Decimal     `toml:"percent" param:"min=0,max=1" doc:"how far a price may lie from its reference, as a share of it: 0.1 is 10 %"`
	Marketable decimal.NullDecimal `toml:"marketable" param:"min=0,max=1" doc:"how far a limit price may lie on the side on which it trades at once; percent unless it is set"`
	Bar        decimal.Decimal     `toml:"bar" param:"min=0" doc:"how far the last bar may have moved from the close before it, or have ranged, for a market order to leave, as a share; 0 sets no bound"`

	bars *risk.Bars // nil where Bar is 0
}

// Init checks the shares, and watches bars where it must.
func (r *PriceCollar) Init(s *risk.Setup) error {
	whole := decimal.New(1, 0)
	switch m := r.Marketable; {
	case !r.Percent.IsPositive() || r.Percent.GreaterThan(whole):
		return risk.OutOfBounds("percent", r.Percent, "a share of the price above 0 and up to 1: 0.1 is 10 %")
	case m.Valid && (m.Decimal.IsNegative() || m.Decimal.GreaterThan(whole)):
		return risk.OutOfBounds("marketable", m.Decimal, "a share of the price from 0 to 1: 0.01 is 1 %")
	case r.Bar.IsNegative():
		return fmt.Errorf("bar = %s must not be negative", r.Bar)
	}
	if r.Bar.IsPositive() {
		r.bars = s.Bars(risk.BarQuery{Lookback: 2}, nil)
	}
	return nil
}

// Review refuses an order whose prices lie too far off, or a market order in a wild market.
func (r *PriceCollar) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := priced(v, priceCollar, &o); err != nil {
		return o, err
	}
	if o.Type == market.Market {
		return o, r.reviewMarket(v, &o)
	}
	for _, q := range r.quotes(v, &o) {
		off := q.price.Sub(q.from)
		share := market.Divide(off.Abs().Shift(2), q.from, 2)
		v.Measured(share, q.limit.Shift(2), "%")
		if off.Abs().GreaterThan(q.limit.Mul(q.from)) {
			return o, &market.Refusal{
				Rule:     priceCollar,
				Measured: fmt.Sprintf("%s price %s is %s %% from the %s of %s", q.what, q.price, share, q.reference, q.from),
				Limit:    q.limit.Shift(2).String() + " %",
			}
		}
	}
	return o, nil
}

// quote is one price of an order beside what it is measured from.
type quote struct {
	what, reference    string
	price, from, limit decimal.Decimal
}

// quotes lists the prices of an order, the one that says most last.
func (r *PriceCollar) quotes(v *risk.View, o *market.Order) []quote {
	const last = "last close"
	list, reference, from := make([]quote, 0, 2), last, v.LastPrice(o.Instrument)
	switch {
	case o.Triggered():
		list = append(list, quote{"stop", last, o.Stop, from, r.Percent})
		reference, from = "stop", o.Stop
	case o.Type == market.TrailingStop:
		if o.Trail.Activate.IsPositive() {
			list = append(list, quote{"activation", last, o.Trail.Activate, from, r.Percent})
			reference, from = "activation", o.Trail.Activate
		}
		list = append(list, quote{"trailing", reference, from.Add(o.Trail.Distance(from)), from, r.Percent})
	}
	if o.Priced() {
		bound := r.Percent
		if r.Marketable.Valid && (o.Side == market.Buy) == o.Price.GreaterThan(from) {
			bound = r.Marketable.Decimal
		}
		list = append(list, quote{"limit", reference, o.Price, from, bound})
	}
	return list
}

// reviewMarket refuses a market order after a bar that moved too much.
func (r *PriceCollar) reviewMarket(v *risk.View, o *market.Order) error {
	if r.bars == nil {
		v.Found("market order", "none")
		return nil
	}
	s := r.bars.At(v, o.Instrument)
	if s == nil || s.Len() < 2 {
		return &market.Refusal{Rule: priceCollar, Measured: "no two bars of " + v.Instrument(o.Instrument).Symbol + " to measure a market order by"}
	}
	before, bar := s.Close()[0], s.Last()
	moved := max(bar.High, before) - min(bar.Low, before)
	share := market.Price(moved/before*100, 2)
	v.Measured(share, r.Bar.Shift(2), "%")
	if moved <= float64(market.Float(r.Bar)*before) {
		return nil
	}
	return &market.Refusal{
		Rule:     priceCollar,
		Measured: fmt.Sprintf("the last bar ranged over %s %% of the close before it, too much for a market order", share),
		Limit:    r.Bar.Shift(2).String() + " %",
	}
}
