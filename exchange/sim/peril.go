package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// peril is what a walk along a bar does to a position in a perpetual: funding, and
// liquidation where the price, or the mark price if there is one, comes to it.
type peril struct {
	marked bool       // the mark has a path of its own
	mark   market.Bar // of it
	at     float64    // how far the mark has come
}

// playPerpetual lets a bar act on all orders on a perpetual, and on the position: they
// share a path, since they share the margin.
func (v *Venue) playPerpetual(b *book, t *tape) {
	p := part{group: v.acting}
	p.way = v.choose(b, &p, t)
	if b.capped && len(p.group) > 0 {
		v.shareOut(b, t, func() { v.along(b, &p, t, p.way) })
	}
	v.along(b, &p, t, p.way)
}

// approach begins a bar: fundings that came before it, and a position that its open
// liquidates.
func (k *walk) approach() {
	b, t := k.book, k.tape
	k.venue.pay(b, t.OpenTime)
	if _, _, row := b.extremes(t.columns, t.row); row >= 0 {
		k.peril = peril{marked: true, mark: b.marks.Bar(row), at: b.marks.Open[row]}
	}
	k.liquidated(nil, 0, k.price)
}

// turn begins a leg of the path. The mark, whose way to its own extreme cannot be told
// apart from the price's, goes first.
func (k *walk) turn(to float64) {
	if !k.peril.marked {
		return
	}
	switch to {
	case k.tape.Low:
		k.peril.at = k.peril.mark.Low
	case k.tape.High:
		k.peril.at = k.peril.mark.High
	}
	k.liquidated(nil, 0, k.price)
}

// liquidated liquidates a position if the path, on its way to a price, brings it there no
// later than an order to the price at which that acts (nil for none).
func (k *walk) liquidated(w *working, at, to float64) bool {
	limit, ok := k.book.liquidationPrice()
	if !ok {
		return false
	}
	long, level := k.book.base.total.Float() > 0, market.Float(limit)
	beyond := func(price float64) bool { return long && price <= level || !long && price >= level }
	switch marked := k.peril.marked; {
	case marked && !beyond(k.peril.at), !marked && !beyond(k.price) && !beyond(to):
		return false
	case marked && !k.open:
		k.end(limit)
	case marked || beyond(k.price):
		k.end(k.exact)
	case w != nil && (long && at > level || !long && at < level): // the order comes first
		return false
	default:
		k.price, k.exact = level, limit
		k.end(limit)
	}
	return true
}

// end liquidates at a price. Where a path is only tried it spares the account's other
// positions and orders.
func (k *walk) end(price decimal.Decimal) {
	v, b, t := k.venue, k.book, k.tape
	at := t.close
	if k.open {
		at = t.OpenTime
	}
	victim := b
	if !t.trial {
		if victim = b.heaviest(price); victim != b {
			price, at = victim.lastPrice(), t.close
		}
	}
	v.liquidate(victim, price, at, t.close)
	if !t.trial {
		v.clear(victim, t.close)
	}
	for _, w := range k.group {
		w.spent = true
	}
}
