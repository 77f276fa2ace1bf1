package engine

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// waiting is an exit on spot, or two that exclude each other, that cannot leave before what
// rests for the position has let go of the base that the venue locks for it. It is decided on
// when it leaves.
type waiting struct {
	orders    []*Order
	decisions []market.Decision
	reads     []market.SignalRef // what it rests on
	lost      decimal.Decimal    // of its base, to what rested meanwhile
}

// locked returns the base that the ledger keeps for it.
func (w *waiting) locked() decimal.Decimal {
	if l := w.orders[0].link; l != nil {
		return l.locked
	}
	return w.orders[0].locked
}

// depart decides orders that passed, or lets them wait.
func (b *book) depart(orders []*Order, decisions []market.Decision) {
	s := b.obstacle(orders[0])
	if s == nil {
		for k := range decisions {
			b.leave(orders[k], &decisions[k])
		}
		return
	}
	for _, o := range orders {
		o.waits = true
	}
	s.waiting = append(s.waiting, &waiting{orders: slices.Clone(orders), decisions: slices.Clone(decisions), reads: slices.Clone(b.desk.Reads)})
	b.disturb(s.instrument)
}

// obstacle returns the shield whose orders lock base at the venue that an exit needs, or nil.
func (b *book) obstacle(o *Order) *shield {
	if b.perpetual || o.Side != market.Sell || o.replacesExit() { // which needs no more than what it replaces
		return nil
	}
	s := b.shieldOf(o.Instrument)
	if s == nil || len(s.legs) == 0 {
		return nil
	}
	if !b.claimed(o.Instrument).Add(s.locks()).GreaterThan(b.positions[o.Instrument].quantity) {
		return nil
	}
	return s
}

// trim takes off what waits, the last first, the base that a fill of what rests has sold: all
// that the ledger locks is there, before another order counts on it.
func (b *book) trim(s *shield) {
	p := &b.positions[s.instrument]
	for k := len(s.waiting) - 1; k >= 0; k-- {
		w := s.waiting[k]
		if over := decimal.Min(p.locked.Sub(p.quantity), w.locked()); over.IsPositive() {
			w.lose(p, over)
		}
	}
}

// lose takes base off what the ledger keeps for it; a negative amount gives it back.
func (w *waiting) lose(p *position, base decimal.Decimal) {
	if l := w.orders[0].link; l != nil {
		l.locked = l.locked.Sub(base)
	} else {
		w.orders[0].locked = w.orders[0].locked.Sub(base)
	}
	p.locked, w.lost = p.locked.Sub(base), w.lost.Add(base)
}

// letGo decides the exits that need not wait any longer, in their order. What the protection
// sold meanwhile is taken off them; one of which nothing is left is refused.
func (b *book) letGo(s *shield) {
	p := &b.positions[s.instrument]
	for k := 0; k < len(s.waiting); {
		w := s.waiting[k]
		if back := decimal.Min(w.lost, p.quantity.Sub(p.locked)); back.IsPositive() { // another order let go of some
			w.lose(p, back.Neg())
		}
		if w.lost.IsPositive() && !b.cutWaiting(w) {
			b.abandon(s, w, refusal("nothing is left to sell: what rested to protect the position sold it first", ""))
			continue
		}
		needs := b.claimed(s.instrument)
		for _, later := range s.waiting[k+1:] {
			needs = needs.Sub(later.locked())
		}
		if needs.Add(s.locks()).GreaterThan(p.quantity) {
			k++
			continue
		}
		s.waiting = slices.Delete(s.waiting, k, k+1)
		b.send(w)
	}
}

// send decides what waited, on what was read when it was asked for.
func (b *book) send(w *waiting) {
	reads := b.desk.Reads
	b.desk.Reads = w.reads
	for k, o := range w.orders {
		o.waits = false
		w.decisions[k].Order = o.Order
		b.engine.decide(&w.decisions[k], b)
	}
	b.desk.Reads = reads
}

// cutWaiting makes what waits as small as what it lost says, in whole steps. It reports
// whether some is left.
func (b *book) cutWaiting(w *waiting) bool {
	i := w.orders[0].Instrument
	p, step := &b.positions[i], b.engine.cfg.Instruments[i].Step
	for k, o := range w.orders {
		left := market.Floor(o.Quantity.Sub(w.lost), step)
		if o.link != nil {
			left = decimal.Min(o.Quantity, market.Floor(o.link.locked, step))
		}
		if !left.IsPositive() {
			return false
		}
		c := market.Check{Rule: "engine", Measured: amount(o.Order), Limit: "quantity " + left.String(), Cut: true}
		w.decisions[k].Checks = append(w.decisions[k].Checks, c)
		if freed := o.locked.Sub(left); o.link == nil && freed.IsPositive() {
			o.locked, p.locked = left, p.locked.Sub(freed)
		}
		o.Quantity = left
	}
	w.lost = decimal.Zero
	if l := w.orders[0].link; l != nil {
		b.relock(l)
	}
	return true
}

// abandon ends what waits: it never leaves.
func (b *book) abandon(s *shield, w *waiting, err error) {
	s.waiting = slices.DeleteFunc(s.waiting, func(x *waiting) bool { return x == w })
	for k, o := range w.orders {
		o.waits = false
		b.release(o)
		b.working = slices.DeleteFunc(b.working, func(x *Order) bool { return x == o })
		w.decisions[k].Order = o.Order
		b.refuse(o, &w.decisions[k], err)
	}
	if l := w.orders[0].link; l != nil {
		b.relock(l)
	}
	b.disturb(s.instrument)
}

// recall ends an order that waits, and reports whether it does.
func (b *book) recall(o *Order) bool {
	if !o.waits {
		return false
	}
	s := b.shieldOf(o.Instrument)
	k := slices.IndexFunc(s.waiting, func(w *waiting) bool { return slices.Contains(w.orders, o) })
	b.abandon(s, s.waiting[k], refusal("cancelled before it left", ""))
	return true
}
