package engine

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// This file says what money allows of an order that a sizer gives its quantity, and what
// such an entry leaves to be sold.

// Fundable returns the largest quantity in whole steps that the free cash, or the free
// margin, backs of the order under review: what reserve would take, or backed. 0 without a
// price.
func (b *book) Fundable(o market.Order) decimal.Decimal {
	in, one, unit := &b.engine.cfg.Instruments[o.Instrument], Order{Order: o}, b.worstPrice(&o)
	if !unit.IsPositive() {
		return decimal.Zero
	}
	if b.perpetual {
		closes := decimal.Zero
		if own := b.find(o.ID); own != nil {
			closes = own.locked
		}
		free := b.marginAfter(o.Instrument, closes)
		if b.replacing != nil {
			free = free.Add(b.replacing.reserved)
		}
		return b.openable(&one, free)
	}
	free := b.free()
	if b.replacing != nil {
		free = decimal.Max(free, decimal.Zero).Add(b.replacing.reserved)
	}
	if in.Fees.InQuote || b.engine.discount.On() {
		unit = unit.Add(unit.Mul(in.Fees.Worst()))
	}
	one.Quote = decimal.Zero
	return market.Largest(market.Affordable(free, unit, in.Step), in.Step, func(q decimal.Decimal) bool { // fees round up
		one.Quantity = q
		return !b.need(&one).GreaterThan(free)
	})
}

// Brings returns the whole steps that an entry leaves to be sold, after the fee that it
// pays in what it receives.
func (b *book) Brings(o market.Order) decimal.Decimal {
	return b.brings(&o, &b.engine.cfg.Instruments[o.Instrument])
}

// fit cuts a quantity that a sizer gave to what can be funded, and leaves a trace of it.
func (b *book) fit(o *Order, c *market.Check) error {
	most := b.Fundable(o.Order)
	if !o.Quantity.GreaterThan(most) || !b.engine.market.LastPrice(o.Instrument).IsPositive() {
		return nil
	}
	asked, free := amount(o.Order), b.Cash().String()
	if most.IsZero() {
		return &market.Refusal{Rule: c.Rule, Measured: asked, Limit: free + " of free cash, which backs no step"}
	}
	o.Quantity = most
	c.Cut, c.Measured, c.Limit = true, asked, amount(o.Order)+", by "+free+" of free cash"
	return nil
}
