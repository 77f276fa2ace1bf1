package engine

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// ledger is the exact account of one strategy (semantics M3 to M5): totals, never
// averages. Amounts are in quote unless they say base.
type ledger struct {
	total     market.Sum      // cash
	cash      decimal.Decimal // total, once somebody read it; see money
	stale     bool            // cash is not
	reserved  decimal.Decimal // of cash, for working buys
	cashF     float64
	movedF    float64    // transfers in less transfers out
	positions []position // by instrument
	held      []market.InstrumentID
}

// position is what a strategy holds of one instrument.
type position struct {
	quantity decimal.Decimal // base of the open trade
	cost     market.Sum      // quote paid for quantity
	locked   decimal.Decimal // base in working sells
	dust     decimal.Decimal // base left over from closed trades, below one step
	dustCost decimal.Decimal // quote paid for dust
	heldF    float64         // quantity + dust
	heldSum  market.Sum      // likewise
	trade    *Trade          // open, or nil
}

// money returns the cash.
func (l *ledger) money() decimal.Decimal {
	if l.stale {
		l.cash, l.stale = l.total.Decimal(), false
	}
	return l.cash
}

// free returns the cash that no working order reserves.
func (l *ledger) free() decimal.Decimal { return market.Minus(l.money(), l.reserved) }

// sellable returns the whole steps of a position that no working sell locks.
func (p *position) sellable(step decimal.Decimal) decimal.Decimal {
	if p.locked.IsZero() {
		return market.Floor(p.quantity, step)
	}
	return market.Floor(p.quantity.Sub(p.locked), step)
}

// total returns all base held, dust included.
func (p *position) total() decimal.Decimal {
	if p.dust.IsZero() {
		return p.quantity
	}
	return p.quantity.Add(p.dust)
}

// flow is what a fill moved: base received or given, quote paid or received, the
// fee included in the asset that paid it.
type flow struct {
	base  decimal.Decimal
	quote market.Sum
}

func flowOf(f *market.Fill, side market.Side, in *market.Instrument) flow {
	fl := flow{f.Quantity, market.Product(f.Price, f.Quantity)}
	switch {
	case f.Fee.IsZero():
	case f.FeeAsset == in.Base && side == market.Buy:
		fl.base = market.Minus(fl.base, f.Fee)
	case f.FeeAsset == in.Quote && side == market.Buy:
		fl.quote = fl.quote.Plus(market.SumOf(f.Fee))
	case f.FeeAsset == in.Quote:
		fl.quote = fl.quote.Minus(market.SumOf(f.Fee))
	}
	return fl
}

// buy adds a fill to a position. It returns the cost of dust that joined it. None joins an
// entry with exits: they sell what it brought, and the trade would never close.
func (l *ledger) buy(i market.InstrumentID, in *market.Instrument, fl flow, exits bool) (joined decimal.Decimal) {
	p := &l.positions[i]
	if p.quantity.IsZero() && !p.dust.IsZero() && !exits {
		joined = p.joinDust(in.Step)
	}
	p.quantity, p.cost = market.Plus(p.quantity, fl.base), p.cost.Plus(fl.quote)
	l.total = l.total.Minus(fl.quote)
	l.renew(i)
	return joined
}

// joinDust moves the whole steps of the dust into the trade that opens, at their
// recorded cost (semantics M4).
func (p *position) joinDust(step decimal.Decimal) decimal.Decimal {
	whole := market.Floor(p.dust, step)
	if whole.IsZero() {
		return decimal.Zero
	}
	cost := share(p.dustCost, whole, p.dust)
	p.dust, p.dustCost = p.dust.Sub(whole), p.dustCost.Sub(cost)
	p.quantity, p.cost = p.quantity.Add(whole), p.cost.Plus(market.SumOf(cost))
	return cost
}

// share returns the part of a cost that belongs to part of a whole, half-even to 12
// decimals; the whole gets all of it.
func share(cost, part, whole decimal.Decimal) decimal.Decimal {
	return market.Share(cost, part, whole)
}

// sell takes a fill from a position. It reports whether the trade closed, and the
// cost that moved to dust then. Where the step has grown, a sell of the old step may
// still work for what is left, which then stays in the trade.
func (l *ledger) sell(i market.InstrumentID, in *market.Instrument, fl flow, works bool) (closed bool, toDust decimal.Decimal) {
	p := &l.positions[i]
	if rest := market.Minus(p.quantity, fl.base); rest.IsZero() {
		p.quantity, p.cost = rest, market.Sum{}
	} else {
		released := share(p.cost.Decimal(), fl.base, p.quantity)
		p.quantity, p.cost = rest, p.cost.Minus(market.SumOf(released))
	}
	if closed = p.quantity.IsZero() || !works && market.Floor(p.quantity, in.Step).IsZero(); closed && !p.quantity.IsZero() {
		toDust = p.cost.Decimal()
		p.dust, p.dustCost = p.dust.Add(p.quantity), p.dustCost.Add(toDust)
		p.quantity, p.cost = decimal.Zero, market.Sum{}
	}
	l.total = l.total.Plus(fl.quote)
	l.renew(i)
	return closed, toDust
}

// renew keeps the float caches in step with the decimals.
func (l *ledger) renew(i market.InstrumentID) {
	l.cashF, l.stale = l.total.Float(), true
	p := &l.positions[i]
	was := p.heldF
	total := p.total()
	p.heldF, p.heldSum = market.Float(total), market.SumOf(total)
	if was == 0 && p.heldF != 0 {
		l.hold(i)
	} else if was != 0 && p.heldF == 0 {
		l.drop(i)
	}
}

// hold keeps the list of held instruments sorted.
func (l *ledger) hold(i market.InstrumentID) {
	k := len(l.held)
	l.held = append(l.held, i)
	for ; k > 0 && l.held[k-1] > i; k-- {
		l.held[k] = l.held[k-1]
	}
	l.held[k] = i
}

func (l *ledger) drop(i market.InstrumentID) {
	for k, h := range l.held {
		if h == i {
			l.held = append(l.held[:k], l.held[k+1:]...)
			return
		}
	}
}

// equityF returns the cash and the positions at the given prices.
func (l *ledger) equityF(price []float64) float64 {
	total := l.cashF
	for _, i := range l.held {
		total += float64(l.positions[i].heldF * price[i])
	}
	return total
}
