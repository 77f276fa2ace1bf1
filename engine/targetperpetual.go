package engine

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// aimPerpetual computes the order that a target on a perpetual needs now. A negative
// weight is a short position; an order may cross zero (semantics D1).
func (b *book) aimPerpetual(i market.InstrumentID) (o market.Order, ok bool) {
	in, price := &b.engine.cfg.Instruments[i], b.engine.market.LastPrice(i)
	weight, held, equity := b.targets[i].weight, b.positions[i].quantity, b.Equity()
	want := market.Affordable(weight.Abs().Mul(equity), price, in.Step)
	if weight.IsNegative() {
		want = want.Neg()
	}
	change := want.Sub(held)
	o = market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: change.Abs(), Reason: "target"}
	if change.IsNegative() {
		o.Side = market.Sell
	}
	if !weight.IsZero() {
		if limit, under := b.tooSmall(change.Mul(price), equity, in); under {
			b.skip(i, change.Mul(price), "under "+limit.String())
			return o, false
		}
	}
	if _, free := b.closable(i); b.decreases(i, o.Side) {
		if o.ReduceOnly = !change.Abs().GreaterThan(held.Abs()); o.ReduceOnly {
			o.Quantity = decimal.Min(o.Quantity, free)
		} else {
			rest := b.openable(&Order{Order: o}, b.marginAfter(i, free))
			o.Quantity = decimal.Min(o.Quantity, free.Add(rest))
		}
	}
	if o.Quantity.IsZero() {
		why := "under one step"
		if b.lockedByExits(i) && b.decreases(i, o.Side) {
			why = lockedReason
		}
		b.skip(i, decimal.Zero, why)
		return o, false
	}
	return o, true
}

// fundPerpetual cuts an increase to the free margin. What is missing waits for the
// decreases that work, if any.
func (b *book) fundPerpetual(o market.Order) (market.Order, bool) {
	t, in := &b.targets[o.Instrument], &b.engine.cfg.Instruments[o.Instrument]
	why := "under the minimum order"
	if q := b.openable(&Order{Order: o}, b.freeMargin()); o.Quantity.GreaterThan(q) {
		o.Quantity, why = q, unfundedReason
		t.deferred = b.selling()
	}
	notional := o.Quantity.Mul(b.engine.market.LastPrice(o.Instrument))
	if o.Quantity.IsZero() || notional.LessThan(in.MinNotional) {
		if !t.deferred {
			b.skip(o.Instrument, notional, why)
		}
		return o, false
	}
	return o, true
}
