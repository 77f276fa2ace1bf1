package engine

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// shield is what rules asked to be kept for one position, and what the engine keeps for it:
// orders that rest at the venue, and the exits that wait until those let go of the base that
// they lock. There is one where a rule asked once, and none elsewhere.
type shield struct {
	instrument market.InstrumentID
	asks       []ask // in the order in which the rules first asked
	resting
	waiting []*waiting
	fired   *leg // a level was met, and the position is being closed by the market
	due     bool // to be looked at in this instant
	watched bool // not all of it rests: closes decide
}

// ask is what one rule asked for.
type ask struct {
	owner any
	rule  string
	desk.Protection
}

// leg is an order as it is to rest.
type leg struct {
	market.Order
	rule  string
	takes bool // the profit, by the market
}

// Protect keeps orders resting at the venue for a position.
func (b *book) Protect(owner any, rule string, i market.InstrumentID, p desk.Protection) {
	if i < 0 || int(i) >= len(b.positions) {
		return
	}
	s := b.shieldOf(i)
	empty := !p.Stop.IsPositive() && !p.Target.IsPositive()
	if s == nil {
		if empty {
			return
		}
		s = &shield{instrument: i}
		b.shields = append(b.shields, s)
	}
	k := slices.IndexFunc(s.asks, func(a ask) bool { return a.owner == owner })
	switch {
	case k < 0 && empty:
		return
	case k < 0:
		s.asks = append(s.asks, ask{owner, rule, p})
	case empty:
		s.asks = slices.Delete(s.asks, k, k+1)
	case s.asks[k].Stop.Equal(p.Stop) && s.asks[k].Target.Equal(p.Target):
		return
	default:
		s.asks[k].Protection = p
	}
	b.disturb(i)
}

// CanRest reports whether the venue takes stop orders on an instrument that only reduce. Where
// positions of several strategies are netted it does not: it knows the account's position.
func (b *book) CanRest(market.InstrumentID) bool { return !b.engine.cfg.Netting }

// shieldOf returns the shield of an instrument, or nil.
func (b *book) shieldOf(i market.InstrumentID) *shield {
	for _, s := range b.shields {
		if s.instrument == i {
			return s
		}
	}
	return nil
}

// disturb has the shield of an instrument looked at at the end of the instant.
func (b *book) disturb(i market.InstrumentID) {
	if s := b.shieldOf(i); s != nil {
		s.due, b.engine.tends = true, true
	}
}

// disturbAll does so for all.
func (b *book) disturbAll() {
	for _, s := range b.shields {
		s.due, b.engine.tends = true, true
	}
}

// unshield ends what rules asked for, with the position that it was for.
func (b *book) unshield(i market.InstrumentID) {
	if s := b.shieldOf(i); s != nil {
		s.asks, s.missed, s.fired = nil, nil, nil
	}
}

// disown forgets what rules asked for that are not there any more.
func (b *book) disown() {
	for _, s := range b.shields {
		s.asks = slices.DeleteFunc(s.asks, func(a ask) bool {
			return !slices.ContainsFunc(b.engine.hosted, func(h hosted) bool { return h.host == a.owner })
		})
	}
	b.disturbAll()
}

// tend looks after the shields that something happened to, and after those that go by closes
// where there is a new one. A process that was told to end decides nothing any more.
func (e *Engine) tend() {
	if e.quitAt == e.market.Now && e.quitAt > 0 {
		return
	}
	e.tends = false
	for _, b := range e.books {
		for _, s := range b.shields {
			if t := e.market.Execution[s.instrument]; s.due || s.watched && t != nil && t.Stamp == e.market.Stamp {
				b.tend(s)
			}
		}
	}
}

// tend lets the exits go that waited, and brings what rests to what is asked for now.
func (b *book) tend(s *shield) {
	s.due = false
	b.letGo(s)
	p := &b.positions[s.instrument]
	var stop, target *ask
	if !p.quantity.IsZero() && !b.flattensOn(s.instrument) {
		stop, target = s.levels(p.quantity.IsPositive())
	}
	want := b.wanted(s, stop, target, b.coverable(s))
	if crossed := b.crossed(s, stop, target, want); crossed != nil {
		b.closeNow(s, crossed)
		want = nil
	}
	b.keep(s, want)
	b.watch(s, (stop != nil || target != nil) && !s.whole(stop, target, market.Floor(p.quantity.Abs(), b.engine.cfg.Instruments[s.instrument].Step)))
}

// flattensOn reports whether a halt is closing a position.
func (b *book) flattensOn(i market.InstrumentID) bool { return b.flattens && b.flatten[i] != "" }

// levels returns the asks with the tightest stop and with the nearest target, or nil.
func (s *shield) levels(long bool) (stop, target *ask) {
	for k := range s.asks {
		a := &s.asks[k]
		if a.Stop.IsPositive() && (stop == nil || nearer(a.Stop, stop.Stop, long)) {
			stop = a
		}
		if a.Target.IsPositive() && (target == nil || nearer(a.Target, target.Target, !long)) {
			target = a
		}
	}
	return stop, target
}

// nearer reports whether one of two levels on the same side of the price is the nearer one.
func nearer(x, than decimal.Decimal, below bool) bool {
	if below {
		return x.GreaterThan(than)
	}
	return x.LessThan(than)
}

// coverable returns what protection may close: on spot what no other order closes already,
// since base is locked once; on perpetuals the whole position.
func (b *book) coverable(s *shield) decimal.Decimal {
	p, in := &b.positions[s.instrument], &b.engine.cfg.Instruments[s.instrument]
	q := p.quantity.Abs()
	if !b.perpetual {
		q = q.Sub(b.claimed(s.instrument))
	}
	if in.MaxQuantity.IsPositive() {
		q = decimal.Min(q, in.MaxQuantity)
	}
	return market.Floor(q, in.Step)
}

// claimed returns the base that orders other than protective ones may come to lock. One that
// takes the place of another names what that one had left when it was asked for, and is not
// made smaller by what that one sells meanwhile.
func (b *book) claimed(i market.InstrumentID) decimal.Decimal {
	total := b.positions[i].locked
	for _, o := range b.working {
		if o.Instrument != i || o.shield != nil || o.Side != market.Sell {
			continue
		}
		rest, counted := o.Quantity.Sub(o.Filled), o.locked
		if old := b.replaced(o); old != nil {
			counted = counted.Add(old.locked)
		}
		if o.link != nil {
			if rest, counted = decimal.Zero, o.link.locked; o == o.link.first() && !o.idle() {
				rest = o.link.most()
			}
		}
		total = total.Add(decimal.Max(rest.Sub(counted), decimal.Zero))
	}
	return total
}

// wanted returns the orders that are to rest, the stop first: those that the venue's filters
// let rest. An order's price moves to the tick.
func (b *book) wanted(s *shield, stop, target *ask, q decimal.Decimal) (legs []leg) {
	if !b.CanRest(s.instrument) || !q.IsPositive() {
		return nil
	}
	o := market.Order{Instrument: s.instrument, Side: closer(b.positions[s.instrument].quantity), Quantity: q, ReduceOnly: true}
	if stop != nil {
		x := o
		x.Type, x.Stop, x.Reason = market.Stop, stop.Stop, stop.Reason
		legs = b.fitting(legs, leg{Order: x, rule: stop.rule})
	}
	if target != nil {
		x := o
		x.Type, x.Price, x.Reason = market.Limit, target.Target, target.Reason
		legs = b.fitting(legs, leg{Order: x, rule: target.rule})
	}
	return legs
}

// fitting appends an order that the instrument's filters take.
func (b *book) fitting(legs []leg, l leg) []leg {
	in, last := &b.engine.cfg.Instruments[l.Instrument], b.engine.market.LastPrice(l.Instrument)
	if !l.Quantise(in) {
		return legs
	}
	worth := market.Notional(&l.Order, last)
	switch {
	case l.Quantity.LessThan(in.MinQuantity):
	case !in.Perpetual() && worth.LessThan(in.MinNotional):
	case in.MaxNotional.IsPositive() && worth.GreaterThan(in.MaxNotional):
	case l.Priced() && in.PriceBandUp.IsPositive() && l.Price.GreaterThan(last.Mul(in.PriceBandUp)):
	case l.Priced() && in.PriceBandDown.IsPositive() && l.Price.LessThan(last.Mul(in.PriceBandDown)):
	default:
		return append(legs, l)
	}
	return legs
}

// crossed returns what is to be done by the market at once: a stop that came too late for
// the venue, or a level that the last close has met and that does not rest there for all of
// the position.
func (b *book) crossed(s *shield, stop, target *ask, want []leg) *leg {
	missed := s.missed
	s.missed = nil
	i := s.instrument
	p, last := &b.positions[i], b.engine.market.LastPrice(i)
	if stop == nil && target == nil || last.IsZero() {
		s.fired = nil
		return nil
	}
	if s.fired != nil {
		return s.fired
	}
	out := market.Order{Instrument: i, Side: closer(p.quantity), Type: market.Market, ReduceOnly: true}
	switch long := p.quantity.IsPositive(); {
	case stop != nil && (missed != nil || !nearer(last, stop.Stop, long)):
		out.Reason = stop.Reason
		if rests := s.agree(want) && len(want) > 0; missed == nil && rests && want[0].Quantity.Equal(market.Floor(p.quantity.Abs(), b.engine.cfg.Instruments[i].Step)) {
			return nil // it is the venue's to trigger it
		}
		s.fired = &leg{Order: out, rule: stop.rule}
	case target != nil && !nearer(target.Target, last, long):
		out.Reason = target.Reason
		if rests := s.agree(want) && len(want) > 0; rests {
			return nil
		}
		s.fired = &leg{Order: out, rule: target.rule, takes: true}
	}
	return s.fired
}

// closeNow closes a position by the market, in the place of what could not rest. Orders of
// the strategy that close part of it by resting end first.
func (b *book) closeNow(s *shield, l *leg) {
	busy := false
	for _, o := range slices.Clone(b.working) {
		if o.Instrument != s.instrument || o.shield != nil || !b.decreases(o.Instrument, o.Side) || o.idle() || o.State.Final() {
			continue
		}
		if busy = true; o.Type != market.Market {
			b.cancelNow(o)
		}
	}
	q, _ := b.flattening(s.instrument)
	if !q.IsPositive() && !busy { // the venue takes no order for so little
		s.fired = nil
	}
	if !q.IsPositive() || !s.may(b.engine.bars) {
		return
	}
	s.tries++
	out := l.Order
	out.Quantity = q
	o := b.add(out)
	o.Rule, o.takes = l.rule, l.takes
	b.review(o)
}

// watch has closes looked at where not all of a protection rests at the venue.
func (b *book) watch(s *shield, on bool) {
	if on != s.watched {
		s.watched = on
		if b.engine.watching++; !on {
			b.engine.watching -= 2
		}
	}
}
