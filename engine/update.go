package engine

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// applyUpdate lets an order update change the order, the ledger and the target.
func (e *Engine) applyUpdate(u *market.OrderUpdate) error {
	if u.ID.Sequence == 0 && u.Reason == market.Liquidation {
		return e.liquidate(u)
	}
	b := e.bookOf(u.ID.Strategy)
	if b == nil || b.find(u.ID) == nil {
		return fmt.Errorf("update of order %s, which this run never made", u.ID)
	}
	o := b.find(u.ID)
	if o.State.Final() && u.State != market.Refused {
		return fmt.Errorf("update %s of order %s, which ended %s", u.State, u.ID, o.State)
	}
	if u.Fill != nil {
		if err := b.applyFill(o, u); err != nil {
			return err
		}
	}
	o.State = u.State
	switch {
	case u.State.Final():
		b.finish(o, u)
	case len(o.pending) > 0 && (u.Reason == market.Amended || u.Reason == market.AmendRejected):
		if u.Reason == market.Amended {
			b.amended(o, o.pending[0])
		}
		o.pending = o.pending[1:]
	}
	if o.link != nil {
		b.relink(o, u.Fill)
	}
	if b.perpetual {
		b.rebalance(o.Instrument)
	}
	if len(b.shields) > 0 && (u.Fill != nil || u.State.Final()) {
		b.disturb(o.Instrument)
	}
	b.tell(u)
	return nil
}

func (e *Engine) bookOf(name string) *book {
	for _, b := range e.books {
		if b.in.Name == name {
			return b
		}
	}
	return nil
}

// finish releases what an order that ended still holds.
func (b *book) finish(o *Order, u *market.OrderUpdate) {
	if u.State != market.Filled {
		o.End = u.Reason
	}
	b.release(o)
	if k := slices.Index(b.working, o); k >= 0 {
		b.working = slices.Delete(b.working, k, k+1)
	}
	if b.spare(o); u.Reason == market.Replaced && o.successor != nil {
		b.succeed(o.successor)
	}
	switch {
	case o.shield != nil:
		b.legEnded(o, u)
	case u.State == market.Rejected && u.Reason == market.WouldTrigger && o.protects():
		b.rescue(o)
	case o.link != nil && o.link.missed != nil:
		b.rescue(o.link.missed)
	}
	b.served(o)
	if b.reduces(o) {
		b.proceeds()
	}
}

// protects reports whether an order is a stop that only closes a position.
func (o *Order) protects() bool {
	switch o.Type {
	case market.Stop, market.StopLimit, market.TrailingStop:
		return o.ReduceOnly || o.exits()
	}
	return false
}

// rescue closes by the market what a protective stop would have closed whose price was
// met before it arrived (semantics X6). The exit beside it, which locks the same base,
// ends first.
func (b *book) rescue(o *Order) {
	if o.exits() {
		o.link.missed = nil
		for _, x := range o.link.exits {
			if !x.State.Final() {
				o.link.missed = o
				b.Cancel(x.ID) // working, so it cannot fail
			}
		}
		if o.link.missed != nil {
			return
		}
	}
	id, err := b.Submit(market.Order{
		Instrument: o.Instrument, Side: o.Side, Type: market.Market, Quantity: o.Quantity, ReduceOnly: true,
		Reason: "protective stop " + o.ID.String() + " " + market.WouldTrigger,
	})
	if err == nil {
		b.find(id).Rule = "engine"
	}
}

func (b *book) release(o *Order) {
	if !o.reserved.IsZero() {
		b.reserved = market.Minus(b.reserved, o.reserved)
		o.reserved = decimal.Zero
	}
	if !o.locked.IsZero() {
		p := &b.positions[o.Instrument]
		p.locked = market.Minus(p.locked, o.locked)
		o.locked = decimal.Zero
	}
}

// amended takes over the quantity and price that the venue confirmed.
func (b *book) amended(o *Order, to market.Order) {
	o.Quantity, o.Price = to.Quantity, to.Price
	b.release(o)
	if b.perpetual {
		return // rebalance parts it anew
	}
	rest := *o
	rest.Quantity = o.Quantity.Sub(o.Filled)
	if o.Side == market.Sell {
		o.locked = rest.Quantity
		b.positions[o.Instrument].locked = b.positions[o.Instrument].locked.Add(o.locked)
		return
	}
	o.reserved = b.need(&rest)
	b.reserved = b.reserved.Add(o.reserved)
}

// applyFill books one fill.
func (b *book) applyFill(o *Order, u *market.OrderUpdate) error {
	f := u.Fill
	o.Filled = market.Plus(o.Filled, f.Quantity)
	if !o.Filled.Equal(u.Filled) {
		return fmt.Errorf("order %s: fills sum to %s, the venue says %s", u.ID, o.Filled, u.Filled)
	}
	o.Fills = append(o.Fills, f)
	in := &b.engine.cfg.Instruments[o.Instrument]
	if b.perpetual {
		b.applyPerpetual(o, f)
		return nil
	}
	fl := flowOf(f, o.Side, in)
	var fee third
	if paysThird(f, o.Side, in) {
		fee = b.engine.payThird(f, o.Side, &fl)
	}
	if !u.State.Final() {
		b.consume(o, fl) // finish releases the rest
	}
	if o.Side == market.Buy {
		b.enter(o, f, b.buy(o.Instrument, in, fl, o.link != nil))
		b.positions[o.Instrument].trade.pay(fee)
		b.engine.sum()
		return nil
	}
	if b.positions[o.Instrument].trade == nil {
		return fmt.Errorf("order %s sold what strategy %s does not hold", u.ID, b.in.Name)
	}
	b.positions[o.Instrument].trade.pay(fee)
	closed, toDust := b.ledger.sell(o.Instrument, in, fl, !u.State.Final() || b.sells(o))
	b.exit(o, f, closed, toDust)
	if o.shield != nil {
		b.trim(o.shield)
	}
	b.engine.sum()
	return nil
}

// sells reports whether another sell than o works for a position by itself.
func (b *book) sells(o *Order) bool {
	return slices.ContainsFunc(b.working, func(w *Order) bool {
		return w != o && w.Instrument == o.Instrument && w.Side == market.Sell && w.locked.IsPositive()
	})
}

// consume gives back what a fill used of the order's reservation.
func (b *book) consume(o *Order, fl flow) {
	if o.Side == market.Buy {
		left := decimal.Max(o.reserved.Sub(fl.quote.Decimal()), decimal.Zero)
		if o.Priced() { // the fee of each part is rounded up: the rest needs what it needs by itself
			rest := *o
			rest.Quantity = o.Quantity.Sub(o.Filled)
			left = b.need(&rest)
		}
		b.reserved = b.reserved.Sub(o.reserved).Add(left)
		o.reserved = left
		return
	}
	if o.link != nil || o.shield != nil {
		return // exits lock together: see relink
	}
	p := &b.positions[o.Instrument]
	p.locked = p.locked.Sub(fl.base)
	o.locked = o.locked.Sub(fl.base)
}

// enter adds a fill to the open trade, or opens one.
func (b *book) enter(o *Order, f *market.Fill, joined decimal.Decimal) {
	p := &b.positions[o.Instrument]
	if p.trade == nil {
		tape := b.engine.market.Execution[o.Instrument]
		p.trade = b.engine.tradeSlab.New()
		p.trade.Strategy, p.trade.Instrument, p.trade.Joined, p.trade.firstRow = b.in.Name, o.Instrument, joined, tape.N
		p.trade.Short = o.Side == market.Sell
		p.trade.Entries, p.trade.Exits = p.trade.room[:0:1], p.trade.room[1:1]
		p.trade.Orders = p.trade.orders[:0]
	}
	p.trade.join(o)
	p.trade.Entries = append(p.trade.Entries, f)
}

// exit adds a fill that closes to the open trade, and closes it when flat.
func (b *book) exit(o *Order, f *market.Fill, closed bool, toDust decimal.Decimal) {
	t := b.positions[o.Instrument].trade
	t.join(o)
	t.Exits = append(t.Exits, f)
	if !closed {
		return
	}
	t.Closed, t.ToDust, t.Reason = true, toDust, o.Reason
	t.lastRow = b.engine.market.Execution[o.Instrument].N
	b.positions[o.Instrument].trade = nil
	b.engine.trades = append(b.engine.trades, t)
	b.unshield(o.Instrument)
	b.engine.queued = true
	told := func() market.Trade { return b.engine.closed(t, o) }
	b.host.Hub().Close(told)
	for _, h := range b.engine.rules {
		h.Closed(b.in.Name, told)
	}
}

// closed returns a closed trade as the strategy and rules see it.
func (e *Engine) closed(t *Trade, by *Order) market.Trade {
	cost := decimal.Zero
	for _, f := range t.Entries {
		cost = cost.Add(f.Price.Mul(f.Quantity))
	}
	return market.Trade{
		Instrument: t.Instrument, Short: t.Short, Entry: t.EntryTime(), Exit: t.ExitTime(), Bars: t.Bars(),
		Cost: cost, Profit: t.Profit(&e.cfg.Instruments[t.Instrument]), Reason: by.Reason, Rule: by.Rule,
		Stopped: by.Rule != "" && by.Type == market.Market && !by.takes || by.Protects(),
	}
}
