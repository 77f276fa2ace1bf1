package engine

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// This file books what happens to positions in perpetual futures. A position is signed,
// and cash flows as it does on spot: a fill moves price × quantity. So equity is cash +
// Σ position × price for both kinds, and what a futures venue calls the wallet is cash +
// Σ cost: the costs of all positions, which are negative for short ones.

// sign is 1 for a buy and -1 for a sell.
func sign(s market.Side) int {
	if s == market.Buy {
		return 1
	}
	return -1
}

// signed returns an amount with the sign of a side.
func signed(x decimal.Decimal, s market.Side) decimal.Decimal {
	if s == market.Buy {
		return x
	}
	return x.Neg()
}

// closer returns the side that closes a signed position.
func closer(position decimal.Decimal) market.Side {
	if position.IsNegative() {
		return market.Buy
	}
	return market.Sell
}

// applyPerpetual books a fill. One that crosses zero is split: the trade closes with the
// first part, and the rest opens the next (semantics M4).
func (b *book) applyPerpetual(o *Order, f *market.Fill) {
	i := o.Instrument
	held := b.positions[i].quantity
	switch closes := decimal.Min(held.Abs(), f.Quantity); {
	case held.Sign()*sign(o.Side) >= 0:
		b.grow(o, f)
	case closes.Equal(f.Quantity):
		b.shrink(o, f)
	default:
		first, rest := splitFill(f, closes, b.engine.cfg.Instruments[i].QuotePrecision)
		b.shrink(o, first)
		b.grow(o, rest)
	}
	b.renew(i)
	b.engine.sum()
}

// splitFill parts a fill in two. The fee goes with the quantity, half-even to the
// places of its asset; the second part gets the rest of it.
func splitFill(f *market.Fill, first decimal.Decimal, places int32) (a, b *market.Fill) {
	one, two := *f, *f
	one.Quantity, two.Quantity = first, f.Quantity.Sub(first)
	one.Fee = market.Divide(f.Fee.Mul(first), f.Quantity, places)
	two.Fee = f.Fee.Sub(one.Fee)
	return &one, &two
}

// grow adds a fill to a position of its side, or opens one. The fee is not part of the
// cost: a futures venue takes it from the wallet at once.
func (b *book) grow(o *Order, f *market.Fill) {
	p := &b.positions[o.Instrument]
	paid := market.SumOf(signed(f.Price.Mul(f.Quantity), o.Side))
	p.quantity, p.cost = market.Plus(p.quantity, signed(f.Quantity, o.Side)), p.cost.Plus(paid)
	b.total = b.total.Minus(paid).Minus(market.SumOf(b.charged(o.Instrument, f)))
	b.enter(o, f, decimal.Zero)
}

// shrink takes a fill from a position, which it does not exceed. The cost that it
// releases, less what was paid, is the realised profit (semantics M3).
func (b *book) shrink(o *Order, f *market.Fill) {
	p := &b.positions[o.Instrument]
	released := share(p.cost.Decimal(), f.Quantity, p.quantity.Abs())
	p.quantity = market.Plus(p.quantity, signed(f.Quantity, o.Side))
	if p.cost = p.cost.Minus(market.SumOf(released)); p.quantity.IsZero() {
		p.quantity, p.cost = decimal.Zero, market.Sum{}
	}
	b.total = b.total.Minus(market.SumOf(signed(f.Price.Mul(f.Quantity), o.Side))).Minus(market.SumOf(b.charged(o.Instrument, f)))
	b.exit(o, f, p.quantity.IsZero(), decimal.Zero)
}

// fund lets each strategy pay for the position that it holds now, or be paid (semantics
// M6). The product is exact, so that the strategies' shares sum to the account's.
func (e *Engine) fund(ev *market.Event) error {
	f, i := ev.Funding, ev.Instrument
	if f == nil || i < 0 || int(i) >= len(e.cfg.Instruments) || !e.cfg.Instruments[i].Perpetual() {
		return fmt.Errorf("funding at %s of instrument %d, which is no perpetual of this run", ev.Time, i)
	}
	mark := f.Mark
	if mark.IsZero() {
		mark = e.market.LastPrice(i)
	}
	for _, b := range e.books {
		if p := &b.positions[i]; !p.quantity.IsZero() {
			paid := p.quantity.Mul(mark).Mul(f.Rate)
			b.total = b.total.Minus(market.SumOf(paid))
			p.trade.Funding = p.trade.Funding.Sub(paid)
			b.renew(i)
		}
	}
	e.sum()
	return nil
}

// liquidate closes what all strategies hold of an instrument, at the price at which the
// venue closed the account's position. Each gets an order of its own that says so, and
// a share of the fee by its quantity; the last one gets the rest.
func (e *Engine) liquidate(u *market.OrderUpdate) error {
	i := market.InstrumentID(slices.IndexFunc(e.cfg.Instruments, func(in market.Instrument) bool { return in.Symbol == u.Symbol }))
	if i < 0 || u.Fill == nil || u.State != market.Filled {
		return fmt.Errorf("liquidation of %q: the update names no perpetual of this run, or no fill", u.Symbol)
	}
	var held []*book
	net, gross := decimal.Zero, decimal.Zero
	for _, b := range e.books {
		if q := b.positions[i].quantity; !q.IsZero() {
			held = append(held, b)
			net, gross = net.Add(q), gross.Add(q.Abs())
		}
	}
	if !net.Abs().Equal(u.Fill.Quantity) {
		return fmt.Errorf("the venue liquidated %s %s, the strategies hold %s", u.Fill.Quantity, u.Symbol, net)
	}
	fee := u.Fill.Fee
	for k, b := range held {
		f := *u.Fill
		f.Quantity = b.positions[i].quantity.Abs()
		if f.Fee = fee; k < len(held)-1 {
			f.Fee = market.Divide(u.Fill.Fee.Mul(f.Quantity), gross, e.cfg.Instruments[i].QuotePrecision)
		}
		fee = fee.Sub(f.Fee)
		b.liquidated(i, &f, u)
	}
	return nil
}

// liquidated books the end of one strategy's position, and tells it.
func (b *book) liquidated(i market.InstrumentID, f *market.Fill, u *market.OrderUpdate) {
	o := b.add(market.Order{
		Instrument: i, Side: closer(b.positions[i].quantity), Type: market.Market, Quantity: f.Quantity, ReduceOnly: true, Reason: market.Liquidation,
	})
	o.Rule, o.State, o.Filled, o.Fills = market.Liquidation, market.Filled, f.Quantity, append(o.Fills, f)
	b.applyPerpetual(o, f)
	b.rebalance(i)
	b.tell(&market.OrderUpdate{ID: o.ID, Symbol: u.Symbol, State: market.Filled, Fill: f, Filled: f.Quantity, Time: u.Time, Reason: market.Liquidation})
}

// tell passes an update on to the strategy and to the rules that watch it.
func (b *book) tell(u *market.OrderUpdate) {
	b.host.Hub().Update(u)
	b.engine.queued = true
	for _, h := range b.engine.rules {
		h.Update(b.in.Name, u)
	}
}
