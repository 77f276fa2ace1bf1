package engine

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// This file parts orders on perpetual futures into what closes a position and the rest,
// which alone adds risk, and reserves margin for the rest. On spot a buy is all rest and
// a sell all closing.

// adds reports whether a working order would add risk.
func (b *book) adds(o *Order) bool {
	if b.perpetual {
		return o.opens.IsPositive()
	}
	return o.Side == market.Buy
}

// reduces reports whether an order closes a position, or part of one.
func (b *book) reduces(o *Order) bool {
	if b.perpetual {
		return o.closes
	}
	return o.Side == market.Sell
}

// decreases reports whether an order on one side makes a position smaller.
func (b *book) decreases(i market.InstrumentID, s market.Side) bool {
	if b.perpetual {
		return b.positions[i].quantity.Sign()*sign(s) < 0
	}
	return s == market.Sell
}

// closable returns the order side that closes a position, and how much of it, in whole
// steps, no working order closes already.
func (b *book) closable(i market.InstrumentID) (market.Side, decimal.Decimal) {
	p, step := &b.positions[i], b.engine.cfg.Instruments[i].Step
	if !b.perpetual {
		return market.Sell, p.sellable(step)
	}
	return closer(p.quantity), market.Floor(p.quantity.Abs().Sub(p.locked), step)
}

// part splits an order on a perpetual. A quote amount, which no futures venue takes,
// becomes a quantity at the last close.
func (b *book) part(o *Order, in *market.Instrument) error {
	if o.Quote.IsPositive() {
		price := b.engine.market.LastPrice(o.Instrument)
		if price.IsZero() {
			return refusal("no price yet", "")
		}
		if o.Quantity = market.Affordable(o.Quote, price, in.Step); o.Quantity.IsZero() {
			return refusal("quote "+o.Quote.String()+" buys less than one step", in.Step.String())
		}
		o.Quote = decimal.Zero
	}
	o.locked = decimal.Zero
	side, free := b.closableBy(o)
	switch unsized := o.Quantity.IsZero(); {
	case o.ReduceOnly && (side != o.Side || free.IsZero()):
		return refusal("nothing to close that working orders do not close", "")
	case o.ReduceOnly && (unsized || o.Quantity.GreaterThan(free)):
		o.Quantity = free
	case unsized && b.in.Sizer == nil:
		return refusal("order names no quantity", "a sizer in the strategy's configuration")
	case unsized && side == o.Side:
		o.locked = free
		return nil
	}
	if side == o.Side {
		o.locked = decimal.Min(o.Quantity, free)
	}
	o.opens = o.Quantity.Sub(o.locked)
	return nil
}

// reviewRest shows the rules the part of an order that adds risk, and finds margin for
// it. What they refuse does not hold up the part that closes (semantics D2).
func (b *book) reviewRest(o *Order) ([]market.Check, error) {
	closes := o.locked
	if o.opens.IsZero() && !o.Quantity.IsZero() {
		return nil, nil
	}
	o.Quantity, b.side = o.opens, o.Side
	checks, err := b.reviewRisk(o)
	b.side = 0
	if err == nil {
		err = b.backed(o, closes)
	}
	if err != nil && closes.IsPositive() {
		checks, err = onlyCloses(checks, err, closes), nil
		o.Quantity, o.cut = decimal.Zero, true
	}
	o.opens, o.Quantity = o.Quantity, o.Quantity.Add(closes)
	return checks, err
}

// onlyCloses notes which refusal cut an order to the part that closes.
func onlyCloses(checks []market.Check, err error, closes decimal.Decimal) []market.Check {
	c := market.Check{Rule: "engine", Measured: err.Error(), Limit: "quantity " + closes.String(), Cut: true}
	var r *market.Refusal
	if errors.As(err, &r) {
		c.Rule, c.Measured = r.Rule, r.Measured
	}
	if n := len(checks); n > 0 && checks[n-1].Rule == c.Rule {
		checks[n-1] = c
		return checks
	}
	return append(checks, c)
}

// backed finds margin for what an order opens, counting in what its closing part frees.
func (b *book) backed(o *Order, closes decimal.Decimal) error {
	need := b.marginOf(o, o.Quantity)
	if need.IsZero() {
		return refusal("no price yet", "")
	}
	free := b.marginAfter(o.Instrument, closes)
	if b.replacing != nil {
		free = free.Add(b.replacing.reserved)
	}
	if need.GreaterThan(free) {
		return refusal("needs "+need.String(), free.String()+" of free margin")
	}
	o.reserved = need
	return nil
}

// marginOf returns what opening a quantity by an order may take: its initial margin at
// the worst price, and the fee.
func (b *book) marginOf(o *Order, quantity decimal.Decimal) decimal.Decimal {
	in := &b.engine.cfg.Instruments[o.Instrument]
	notional := b.worstPrice(&o.Order).Mul(quantity)
	return in.Margin.Initial(notional).Add(market.Fee(notional, in.Fees.Worst(), in.QuotePrecision))
}

// worstPrice returns the price at which an order counts (semantics D2).
func (b *book) worstPrice(o *market.Order) decimal.Decimal {
	one := *o
	one.Quantity, one.Quote = decimal.New(1, 0), decimal.Zero
	return market.WorstNotional(&one, b.engine.market.LastPrice(o.Instrument))
}

// CountedPrice returns the price at which limits count what an order adds. Where others of
// its side are to close a position, it may close it in their place if it fills first, and
// they open one then: so it counts at no less than the dearest of them.
func (b *book) CountedPrice(o *market.Order) decimal.Decimal {
	price := b.worstPrice(o)
	if held := b.positions[o.Instrument].quantity; !b.perpetual || held.IsZero() || closer(held) != o.Side {
		return price
	}
	for _, x := range b.working {
		if x.Instrument == o.Instrument && x.Side == o.Side && x.locked.IsPositive() && x.ID != o.ID && x != b.replacing {
			price = decimal.Max(price, b.worstPrice(&x.Order))
		}
	}
	return price
}

// freeMargin returns the equity that neither positions nor working orders need.
func (b *book) freeMargin() decimal.Decimal {
	free := b.Equity().Sub(b.reserved)
	for _, i := range b.held {
		free = free.Sub(b.initial(i, b.positions[i].quantity.Abs()))
	}
	return free
}

// initial returns the initial margin of a quantity at the last close.
func (b *book) initial(i market.InstrumentID, quantity decimal.Decimal) decimal.Decimal {
	return b.engine.cfg.Instruments[i].Margin.Initial(quantity.Mul(b.engine.market.LastPrice(i)))
}

// marginAfter returns the free margin once part of a position is closed.
func (b *book) marginAfter(i market.InstrumentID, closes decimal.Decimal) decimal.Decimal {
	free := b.freeMargin()
	if closes.IsPositive() {
		free = free.Add(b.initial(i, closes))
	}
	return free
}

// openable returns the largest quantity in whole steps that margin allows an order to
// open.
func (b *book) openable(o *Order, free decimal.Decimal) decimal.Decimal {
	in := &b.engine.cfg.Instruments[o.Instrument]
	price := b.worstPrice(&o.Order)
	q := market.Affordable(free, in.Margin.Initial(price).Add(price.Mul(in.Fees.Worst())), in.Step)
	return market.Largest(q, in.Step, func(q decimal.Decimal) bool { return !b.marginOf(o, q).GreaterThan(free) })
}

// rebalance parts the working orders on a perpetual anew, in order of decision, after
// the position or one of them changed: each closes what those before it leave.
func (b *book) rebalance(i market.InstrumentID) {
	p := &b.positions[i]
	p.locked = decimal.Zero
	b.engine.changes++
	for _, o := range b.working {
		if o.Instrument != i || o.shield != nil {
			continue
		}
		if o.exits() || o.succeeded() {
			b.lockApart(o)
			continue
		}
		rest, closes := o.Quantity.Sub(o.Filled), decimal.Zero
		if side, free := b.closable(i); side == o.Side {
			closes = decimal.Min(rest, free)
		}
		p.locked = market.Plus(p.locked, closes)
		o.locked, o.opens = closes, decimal.Zero
		if !o.ReduceOnly {
			o.opens = rest.Sub(closes)
		} else if b.engine.cfg.Netting && closes.LessThan(rest) {
			b.shorten(o, closes)
		}
		b.reserved = market.Minus(b.reserved, o.reserved)
		if o.reserved = decimal.Zero; o.opens.IsPositive() {
			o.reserved = b.marginOf(o, o.opens)
		}
		b.reserved = market.Plus(b.reserved, o.reserved)
	}
}

// shorten cuts a reduce-only order to what is left to close: another takes its place, or
// nothing. Where positions of several strategies are netted the venue cannot: it knows the
// account's position only.
func (b *book) shorten(o *Order, closes decimal.Decimal) {
	if closes.IsZero() {
		_ = b.Cancel(o.ID) // working, so it cannot fail
		return
	}
	rest := o.Order
	rest.Quantity = closes
	if id, err := b.Replace(o.ID, rest); err == nil { // or else it is being cancelled
		b.find(id).Rule = o.Rule
	}
}

// checkNetting reports two strategies on one perpetual, whose positions the venue would
// net, unless the account allows it (semantics M5).
func checkNetting(cfg *Config) error {
	user := make([]string, len(cfg.Instruments))
	for _, in := range cfg.Instances {
		for _, i := range in.Instruments {
			other := user[i]
			if cfg.Instruments[i].Perpetual() && other != "" && other != in.Name && !cfg.Netting {
				return fmt.Errorf("strategies %s and %s both trade the perpetual %s, and the venue nets their positions: set netting = true in the account, or give them different symbols", other, in.Name, cfg.Instruments[i].Symbol)
			}
			user[i] = in.Name
		}
	}
	return nil
}
