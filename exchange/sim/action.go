package sim

import (
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// action is a request on its way to the venue.
type action struct {
	due     market.Time
	arrival uint64
	kind    actionKind
	order   *working
	amended *market.Order // of an amend
}

type actionKind int8

const (
	actSubmit actionKind = iota
	actCancel
	actAmend
	actExpire // of a gtd order
)

// schedule puts an action in order of due time, then arrival.
func (v *Venue) schedule(a action) {
	i := len(v.pending)
	for i > 0 && (v.pending[i-1].due > a.due || v.pending[i-1].due == a.due && v.pending[i-1].arrival > a.arrival) {
		i--
	}
	v.pending = slices.Insert(v.pending, i, a)
}

// due returns when the next action takes effect, or MaxTime.
func (v *Venue) due() market.Time {
	if len(v.pending) == 0 {
		return market.MaxTime
	}
	return v.pending[0].due
}

// act lets the actions that are due take effect.
func (v *Venue) act(now market.Time) {
	for len(v.pending) > 0 && v.pending[0].due <= now {
		a := v.pending[0]
		v.pending = v.pending[:copy(v.pending, v.pending[1:])]
		v.apply(now, a)
	}
}

// apply lets an action take effect. What ends or changes an order and meets a running
// bar waits for its close: that bar is not affected, and nobody can know the outcome
// before (semantics X3).
func (v *Venue) apply(now market.Time, a action) {
	w := a.order
	b := v.books[w.order.Instrument]
	changes := a.kind != actSubmit || w.order.Replaces.Sequence > 0
	if changes && b.interval > 0 && !b.interval.Aligned(now) && !w.done {
		a.due = b.interval.Floor(now) + market.Time(b.interval)
		v.schedule(a)
		return
	}
	switch {
	case w.done:
	case a.kind == actSubmit:
		v.arrive(b, w, now)
	case a.kind == actCancel:
		v.end(b, w, market.Cancelled, now, "")
	case a.kind == actExpire:
		v.end(b, w, market.Expired, now, market.TimeInForce)
	default:
		v.amend(b, w, *a.amended, now)
	}
}

// arrive accepts or rejects an order.
func (v *Venue) arrive(b *book, w *working, now market.Time) {
	w.from = now
	if w.order.Replaces.Sequence > 0 && !v.replace(w, now) {
		v.end(b, w, market.Rejected, now, "the order to replace has ended")
		return
	}
	if w.family != nil {
		v.arriveLinked(b, w, now)
		return
	}
	if reason := b.check(&w.order); reason != "" {
		v.end(b, w, market.Rejected, now, reason)
		return
	}
	v.admitted(b, w, now)
}

// admitted puts an order that was accepted on the book.
func (v *Venue) admitted(b *book, w *working, now market.Time) {
	if w.order.Type == market.TrailingStop {
		w.start(b.last())
	}
	v.enqueue(b, w)
	b.enter(w)
	b.await(w)
	v.report(b, w, market.Accepted, now, "")
}

// start lets a trailing stop follow from the last close, if nothing else activates it.
func (w *working) start(last float64) {
	if w.stop == 0 || last > 0 && w.beyond(last) {
		w.active, w.best = true, last
	}
}

// replace ends the order that another one takes the place of.
func (v *Venue) replace(w *working, now market.Time) bool {
	old := v.find(w.order.Replaces)
	if old == nil || old.done {
		return false
	}
	v.end(v.books[old.order.Instrument], old, market.Cancelled, now, market.Replaced)
	return true
}

// amend gives a resting limit order another quantity and price, and the last place in
// the queue. A change that the venue cannot make leaves the order as it was.
func (v *Venue) amend(b *book, w *working, to market.Order, now market.Time) {
	changed := w.order
	changed.Quantity, changed.Price = to.Quantity, to.Price
	rest := changed
	rest.Quantity = to.Quantity.Sub(w.filled)
	b.unlock(w)
	if w.order.Type != market.Limit || w.family != nil || !rest.Quantity.IsPositive() || b.check(&rest) != "" {
		b.lock(w)
		v.report(b, w, w.state(), now, market.AmendRejected)
		return
	}
	b.withdraw(w)
	v.arrived++
	w.rested, w.arrival, w.from = false, v.arrived, now
	w.order, w.limit, w.remaining = changed, market.Float(changed.Price), changed.Quantity.Sub(w.filled)
	v.enqueue(b, w)
	b.lock(w)
	b.await(w)
	v.report(b, w, w.state(), now, market.Amended)
}

// end takes an order off the book in a final state.
func (v *Venue) end(b *book, w *working, s market.State, at market.Time, reason string) {
	b.leave(w)
	v.report(b, w, s, at, reason)
	if w.family != nil {
		v.parted(b, w, s, at)
	}
}

// report queues an update without a fill. What a bar does is known at its close, and
// stands among the updates where it happened.
func (v *Venue) report(b *book, w *working, s market.State, at market.Time, reason string) {
	known := at
	if v.walk != nil {
		known = v.tape.close
	}
	v.tell(w, at, market.OrderUpdate{ID: w.order.ID, Symbol: b.instrument.Symbol, State: s, Filled: w.filled, Time: known, Reason: reason})
}

// tell queues an update that stands where at is among those of the instant, but never
// before what was told of the order already.
func (v *Venue) tell(w *working, at market.Time, u market.OrderUpdate) {
	w.told = max(w.told, at)
	v.out = append(v.out, update{OrderUpdate: u, at: w.told, arrival: w.arrival, instrument: w.order.Instrument})
}

// trade returns the id of the next trade.
func (v *Venue) trade() string {
	v.trades++
	return strconv.FormatUint(v.trades, 10)
}
