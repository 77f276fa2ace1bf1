package engine

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Replace queues an order that takes the place of another. What that one holds back is
// free for it.
func (b *book) Replace(id market.OrderID, o market.Order) (market.OrderID, error) {
	old := b.find(id)
	switch {
	case old == nil || old.State.Final():
		return market.OrderID{}, fmt.Errorf("order %s is not working", id)
	case old.shield != nil:
		return market.OrderID{}, old.kept()
	case old.waits:
		return market.OrderID{}, fmt.Errorf("order %s has not left yet: cancel it, and submit anew", id)
	case old.cancelling || old.successor != nil:
		return market.OrderID{}, fmt.Errorf("order %s is being cancelled or replaced already", id)
	case o.Instrument != old.Instrument || o.Side != old.Side:
		return market.OrderID{}, fmt.Errorf("order %s is replaced by one on its instrument and side, or cancelled", id)
	case old.link != nil && old.link.entered():
		return market.OrderID{}, fmt.Errorf("order %s is linked to an entry that still works: cancel, and submit anew", id)
	case old.exits() && o.Type == market.Market:
		return market.OrderID{}, fmt.Errorf("order %s is an exit, which a market order cannot replace: cancel it", id)
	}
	if err := b.plain(&o); err != nil {
		return market.OrderID{}, err
	}
	if o.Replaces = id; old.exits() {
		o.ReduceOnly = o.ReduceOnly || b.perpetual
		if o.Quantity.IsZero() {
			o.Quantity = old.link.left(old, b.engine.cfg.Instruments[o.Instrument].Step)
		}
		if old.Group != "" {
			o.Group, o.Profile = old.Group, old.Profile
		}
	}
	n := b.queueOrder(o)
	if old.successor = n; old.exits() {
		n.link = old.link
	}
	return n.ID, nil
}

// replaced returns the order whose place o takes, while it works; nil for most.
func (b *book) replaced(o *Order) *Order {
	if o.Replaces.Sequence == 0 {
		return nil
	}
	if old := b.find(o.Replaces); old != nil && !old.State.Final() {
		return old
	}
	return nil
}

// replacesExit reports whether an order takes the place of an exit.
func (o *Order) replacesExit() bool { return o.link != nil && o.Replaces.Sequence > 0 }

// spare lets the order that o was to replace be replaced by another.
func (b *book) spare(o *Order) {
	if old := b.replaced(o); old != nil {
		old.successor = nil
	}
}

// succeeded reports whether another order is on its way to take the place of o.
func (o *Order) succeeded() bool { return o.successor != nil && !o.successor.State.Final() }

// closableBy returns what closable does, for an order that may replace another.
func (b *book) closableBy(o *Order) (market.Side, decimal.Decimal) {
	side, free := b.closable(o.Instrument)
	p, step := &b.positions[o.Instrument], b.engine.cfg.Instruments[o.Instrument].Step
	switch old := b.replaced(o); {
	case old == nil:
		return side, free
	case old.exits():
		return side, old.link.left(old, step)
	default:
		return side, market.Floor(p.quantity.Abs().Sub(p.locked).Add(old.locked), step)
	}
}

// reserveMargin is reserve on perpetuals. What is replaced holds nothing back any more.
func (b *book) reserveMargin(o, old *Order) {
	if old != nil && old.exits() {
		o.locked, o.opens, o.closes = decimal.Zero, decimal.Zero, true
		b.lock(o, old)
		return
	}
	if old != nil {
		b.release(old)
		old.opens = decimal.Zero
	}
	p := &b.positions[o.Instrument]
	p.locked, o.closes = market.Plus(p.locked, o.locked), o.locked.IsPositive()
	b.reserved = market.Plus(b.reserved, o.reserved)
}

// lockApart is rebalance for an order that holds nothing back by itself: an exit, which
// locks together with the others of its link, or one that is being replaced.
func (b *book) lockApart(o *Order) {
	b.reserved = market.Minus(b.reserved, o.reserved)
	o.locked, o.opens, o.reserved = decimal.Zero, decimal.Zero, decimal.Zero
	if !o.exits() || o != o.link.first() {
		return
	}
	l, p := o.link, &b.positions[o.Instrument]
	l.locked = decimal.Zero
	if side, free := b.closable(o.Instrument); side == o.Side {
		l.locked = decimal.Min(l.want(b.engine.cfg.Instruments[o.Instrument].Step), free)
	}
	p.locked = market.Plus(p.locked, l.locked)
	if b.engine.cfg.Netting && !l.entered() && p.quantity.Sign()*sign(o.Side) >= 0 {
		for _, x := range l.exits { // nothing is left to close: see shorten
			_ = b.Cancel(x.ID) // fails for those that have ended
		}
	}
}

// first returns the first exit that works, or nil.
func (l *link) first() *Order {
	for _, x := range l.exits {
		if !x.State.Final() {
			return x
		}
	}
	return nil
}

// succeed lets an order hold back all that it needs, once the one that it replaced has
// let go. If that one traded meanwhile, and too little is left, the order is cancelled.
func (b *book) succeed(o *Order) {
	if o.State.Final() || o.link != nil || o.shield != nil || b.perpetual {
		return // exits lock together, and margin is reserved anew with each update
	}
	b.release(o)
	rest := *o
	rest.Quantity = o.Quantity.Sub(o.Filled)
	short := false
	if o.Side == market.Sell {
		p := &b.positions[o.Instrument]
		free := p.quantity.Sub(p.locked)
		short = rest.Quantity.GreaterThan(free)
		o.locked = decimal.Min(rest.Quantity, free)
		p.locked = market.Plus(p.locked, o.locked)
	} else {
		need := decimal.Min(b.need(&rest), o.needs)
		short = need.GreaterThan(b.free())
		o.reserved = decimal.Max(decimal.Min(need, b.free()), decimal.Zero)
		b.reserved = market.Plus(b.reserved, o.reserved)
	}
	if short {
		b.Cancel(o.ID) // working, so it cannot fail
	}
}
