package engine

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// resting are the orders that the engine keeps at the venue for a shield: a stop, a target,
// or both; on spot both are one list. None of them reserves anything in the ledger: what they
// lock at the venue counts as closable, and whoever needs it waits for them.
type resting struct {
	legs   []*Order // that work, the stop first; and those whose place they take
	missed *Order   // a stop whose price was met before it arrived
	tries  int      // how often it failed at triedAt
	at     int      // bars that there were then
}

// maxTries is how often the venue may refuse what is to rest, or what closes in its place,
// within one bar: then closes decide, and the next bar tries again.
const maxTries = 3

// may reports whether another order can be tried now.
func (r *resting) may(bars int) bool {
	if r.at != bars {
		r.at, r.tries = bars, 0
	}
	return r.tries < maxTries
}

// locks returns the base that the venue locks for what rests: once for all of them.
func (r *resting) locks() (most decimal.Decimal) {
	for _, o := range r.legs {
		most = decimal.Max(most, o.Quantity.Sub(o.Filled))
	}
	return most
}

// moves reports whether one of some orders is on its way to its end: being cancelled,
// replaced, or filled after it triggered.
func moves(legs []*Order) bool {
	return slices.ContainsFunc(legs, func(o *Order) bool {
		return o.cancelling || o.successor != nil || o.Protects() && o.Filled.IsPositive()
	})
}

// agree reports whether what rests is what is wanted.
func (r *resting) agree(want []leg) bool { return agree(r.legs, want) }

func agree(legs []*Order, want []leg) bool {
	return alike(legs, want) && !slices.ContainsFunc(legs, func(o *Order) bool {
		w := &want[slices.Index(legs, o)]
		return !o.Stop.Equal(w.Stop) || !o.Price.Equal(w.Price) || !o.Quantity.Sub(o.Filled).Equal(w.Quantity)
	})
}

// alike reports whether orders can take each other's place, one by one.
func alike(legs []*Order, want []leg) bool {
	return slices.EqualFunc(legs, want, func(o *Order, w leg) bool { return o.Type == w.Type && o.Side == w.Side })
}

// whole reports whether all that is asked for rests, for all of a position.
func (r *resting) whole(stop, target *ask, q decimal.Decimal) bool {
	n := 0
	for _, a := range [...]*ask{stop, target} {
		if a != nil {
			n++
		}
	}
	covers := func(o *Order) bool { return !o.Quantity.Sub(o.Filled).LessThan(q) }
	return len(r.legs) >= n && !slices.ContainsFunc(r.legs, func(o *Order) bool { return !covers(o) })
}

// keep brings what rests to what is wanted. On spot that is one list. On perpetuals a stop
// and a target are two orders, since they lock nothing.
func (b *book) keep(s *shield, want []leg) {
	if !b.perpetual {
		b.keepList(s, s.legs, want)
		return
	}
	for _, protects := range [...]bool{true, false} {
		var legs []*Order
		var some []leg
		for _, o := range s.legs {
			if o.Protects() == protects {
				legs = append(legs, o)
			}
		}
		for k := range want {
			if want[k].Protects() == protects {
				some = append(some, want[k])
			}
		}
		b.keepList(s, legs, some)
	}
}

// keepList brings orders that stand and fall together to what is wanted: others take their
// place where that is possible, so that the position is never without them.
func (b *book) keepList(s *shield, legs []*Order, want []leg) {
	switch {
	case moves(legs), agree(legs, want): // its end brings it here again
	case len(want) == 0:
		b.cancelLegs(legs)
	case len(legs) == 0:
		b.arm(s, nil, want)
	case alike(legs, want):
		b.arm(s, legs, want)
	default:
		b.cancelLegs(legs)
	}
}

func (b *book) cancelLegs(legs []*Order) {
	for _, o := range legs {
		b.cancelNow(o)
	}
}

// arm decides the orders that are to rest, in the place of others or of none. They need no
// rule's leave, and no cash.
func (b *book) arm(s *shield, old []*Order, want []leg) {
	if !s.may(b.engine.bars) {
		return
	}
	group := ""
	for k := range want {
		o := b.add(want[k].Order)
		o.Rule, o.shield, o.closes = want[k].rule, s, true
		if old != nil {
			o.Replaces, old[k].successor = old[k].ID, o
			group = old[k].Group
		}
		if len(want) > 1 {
			if group == "" {
				group = o.ID.String()
			}
			o.Group, o.Profile = group, market.ByVenue
		}
		s.legs, b.working = append(s.legs, o), append(b.working, o)
		b.engine.decide(&market.Decision{Action: market.Submit, Order: o.Order}, b)
	}
}

// legEnded takes the end of an order that rested, or was to.
func (b *book) legEnded(o *Order, u *market.OrderUpdate) {
	s := o.shield
	s.legs = slices.DeleteFunc(s.legs, func(l *Order) bool { return l == o })
	switch {
	case u.State == market.Rejected && u.Reason == market.WouldTrigger:
		s.missed = o
	case u.State == market.Filled, o.cancelling, u.Reason == market.Replaced, u.Reason == market.ExitFilled:
	case o.Replaces.Sequence > 0 && b.find(o.Replaces).State.Final() && b.find(o.Replaces).End != market.Replaced: // that was all
	default:
		if s.may(b.engine.bars) {
			s.tries++
		}
	}
	b.disturb(o.Instrument)
}
