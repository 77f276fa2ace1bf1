package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxOrder = "max_order"

const maxOrderSample = `[risk.main]
rules = ["max_order"]
  [risk.main.max_order]
  amount = "1000"
`

// MaxOrderPlugin describes the rule max_order.
func MaxOrderPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxOrder,
		Doc:    "bounds the notional of one order; cuts it to the limit, or refuses it",
		Sample: maxOrderSample,
		New:    func() risk.Rule { return &MaxOrder{Cut: true} },
	}
}

// MaxOrder bounds the notional of each order that adds risk, at the worst price of the
// collar. At least one of Percent and Amount must be set; the lower bound holds.
type MaxOrder struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"share of the strategy's equity: 0.1 is 10 %; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
	Cut     bool            `toml:"cut" doc:"cut a larger order to the limit, rather than refuse it"`

	noted market.OrderID // the last order that a note was about
}

// Init checks that there is a limit.
func (r *MaxOrder) Init(s *risk.Setup) error {
	if err := checkBounds(r.Percent, r.Amount, whole); err != nil {
		return err
	}
	s.Fills(r.filled)
	return nil
}

// Review cuts or refuses an order that is too large.
func (r *MaxOrder) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := priced(v, maxOrder, &o); err != nil {
		return o, err
	}
	limit, notional, in := bound(v, false, r.Percent, r.Amount), v.Notional(&o), v.Instrument(o.Instrument)
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
		Rule:     maxOrder,
		Measured: fmt.Sprintf("order for %s %s of %s", Shown(v, o.Instrument, notional), in.Quote, in.Symbol),
		Limit:    Shown(v, o.Instrument, limit).String() + " " + in.Quote,
	}
}

// filled notes once that an order cost more than its limit, since it filled beyond the
// collar. What it closed before it opened a position does not count.
func (r *MaxOrder) filled(d *risk.Desk, u market.OrderUpdate) {
	if !beyond(d, &u) || r.noted == u.ID {
		return
	}
	o, _, _ := d.Order(u.ID)
	cost := decimal.Min(u.Filled, d.Position(o.Instrument).Abs()).Mul(u.Fill.Price)
	if limit := bound(&d.View, false, r.Percent, r.Amount); cost.GreaterThan(limit) {
		r.noted = u.ID
		quote := d.Instrument(o.Instrument).Quote
		d.Note(fmt.Sprintf("order %s for %s %s exceeds its limit of %s: it filled at %s, beyond the collar", u.ID, cost, quote, limit, u.Fill.Price))
	}
}
