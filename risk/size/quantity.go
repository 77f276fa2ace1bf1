package size

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

var one = decimal.New(1, 0)

// entry is an order that gets its size.
type entry struct {
	view  *risk.View
	sizer string // its type
	order *market.Order
	in    *market.Instrument
	price decimal.Decimal // the order's own, or else the last close, in quote
}

// enter looks at an order. Without a price it refuses.
func enter(v *risk.View, sizer string, o *market.Order) (*entry, error) {
	e := &entry{view: v, sizer: sizer, order: o, in: v.Instrument(o.Instrument)}
	unit := *o
	unit.Quantity, unit.Quote = one, decimal.Zero
	if e.price = market.Notional(&unit, v.LastPrice(o.Instrument)); !e.price.IsPositive() {
		return nil, e.refusal(e.in.Symbol+" has no price yet", "the first bar")
	}
	return e, nil
}

func (e *entry) refusal(measured, limit string) error {
	return &market.Refusal{Rule: e.sizer, Measured: measured, Limit: limit}
}

// quantity returns how much base an amount in quote buys, in whole steps.
func quantity(v *risk.View, sizer string, o *market.Order, amount decimal.Decimal) (decimal.Decimal, error) {
	e, err := enter(v, sizer, o)
	if err != nil {
		return decimal.Zero, err
	}
	return e.worth(amount)
}

// worth returns how much base an amount in quote buys, in whole steps, if that is enough.
func (e *entry) worth(amount decimal.Decimal) (decimal.Decimal, error) {
	q := market.Affordable(amount, e.price, e.in.Step)
	e.view.Measured(q.Mul(e.price), amount, e.in.Quote)
	stop, ok := e.linkedStop()
	if !ok {
		stop = e.price
	}
	return q, e.enough(q, stop)
}

// share returns how much base a share of the strategy's equity buys, less what it holds
// already, in quote.
func (e *entry) share(share, held decimal.Decimal) (decimal.Decimal, error) {
	amount := e.view.Equity().Mul(share)
	if left := amount.Sub(held); left.IsPositive() {
		return e.worth(left)
	}
	return decimal.Zero, e.refusal(fmt.Sprintf("%s %s of %s held and ordered", held, e.in.Quote, e.in.Symbol), amount.String()+" "+e.in.Quote)
}

// held returns what the strategy has on the order's side, in quote: the position at the
// last close, and working orders that add to it at the worst price of the collar.
func (e *entry) held() decimal.Decimal {
	v, i := e.view, e.order.Instrument
	q, last := v.Position(i), v.LastPrice(i)
	if e.order.Side == market.Sell {
		q = q.Neg()
	}
	q = decimal.Max(q, decimal.Zero)
	working := v.Exposure(i).Sub(q.Mul(market.CollarPrice(last)))
	return q.Mul(last).Add(decimal.Max(working, decimal.Zero))
}

// linkedStop returns the price at which a linked exit ends the trade with a loss, in quote;
// false where none does.
func (e *entry) linkedStop() (decimal.Decimal, bool) {
	for _, x := range e.view.Exits(e.order) {
		switch {
		case x.Type == market.Stop:
			return x.Stop, true
		case x.Type == market.StopLimit && x.Side == market.Sell:
			return decimal.Min(x.Stop, x.Price), true
		case x.Type == market.StopLimit:
			return decimal.Max(x.Stop, x.Price), true
		case x.Type == market.TrailingStop && x.Trail.Activate.IsZero():
			return e.beyond(x.Trail.Distance(e.price)), true
		}
	}
	return decimal.Zero, false
}

// beyond returns the price that lies a distance away on the losing side.
func (e *entry) beyond(distance decimal.Decimal) decimal.Decimal {
	if e.order.Side == market.Sell {
		return e.price.Add(distance)
	}
	return e.price.Sub(distance)
}

// enough refuses an entry that the venue would not take, or of which it would not take back
// what is left after the fee, at the stop: that would be dust.
func (e *entry) enough(q, stop decimal.Decimal) error {
	why := ""
	if most := e.view.Fundable(*e.order); most.IsPositive() && q.GreaterThan(most) {
		q, why = most, ", which free cash backs"
	}
	least := e.least(stop)
	if !q.LessThan(least) {
		return nil
	}
	return e.refusal(
		fmt.Sprintf("%s %s of %s%s", q.Mul(e.price), e.in.Quote, e.in.Symbol, why),
		fmt.Sprintf("at least %s %s, so that it can be sold at %s", least.Mul(e.price), e.in.Quote, stop),
	)
}

// least returns the smallest entry that passes the venue's filters and can be left again.
// A position in a perpetual can be, whatever its notional.
func (e *entry) least(stop decimal.Decimal) decimal.Decimal {
	sale := decimal.Max(e.in.Step, e.in.MinQuantity)
	if !e.in.Perpetual() && stop.IsPositive() {
		sale = decimal.Max(sale, e.steps(e.in.MinNotional, stop))
	}
	o := *e.order
	o.Quantity = decimal.Max(sale, e.steps(e.in.MinNotional, e.price))
	for range 100 { // each round leaves the fee of the one before
		missing := sale.Sub(e.view.Brings(o))
		if !missing.IsPositive() {
			break
		}
		o.Quantity = o.Quantity.Add(missing)
	}
	return o.Quantity
}

// steps returns the smallest quantity in whole steps that is worth an amount.
func (e *entry) steps(amount, price decimal.Decimal) decimal.Decimal {
	q := market.Affordable(amount, price, e.in.Step)
	if q.Mul(price).LessThan(amount) {
		q = q.Add(e.in.Step)
	}
	return q
}
