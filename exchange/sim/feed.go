package sim

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// Source is where the venue's market comes from: stored history, a journal or a live
// stream. Next returns every event of the next instant, ordered by kind and then as
// semantics T2 says; nil when time reaches limit first; io.EOF at the end. The slice
// is valid until the next call.
type Source interface {
	Next(ctx context.Context, limit market.Time) ([]market.Event, error)
}

// Feed is a market with the venue's updates among its events.
type Feed struct {
	venue  *Venue
	source Source
	now    market.Time
	run    []market.Event // handed out last, if rows may follow it
}

// NewFeed puts a venue into a market.
func NewFeed(v *Venue, s Source) *Feed { return &Feed{venue: v, source: s} }

// Next returns every event of the next instant, as Source.Next does. What the venue
// derives from a bar comes just before the bars (semantics X2); acknowledgements and
// other outcomes that depend on no bar come at their own time (X3).
func (f *Feed) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if len(f.run) > 0 {
		f.catchUp()
	}
	for {
		due := f.venue.due()
		events, err := f.source.Next(ctx, min(limit, due))
		if err != nil && (!errors.Is(err, io.EOF) || due > f.now) {
			return nil, err
		}
		switch {
		case len(events) > 0:
			f.now = events[0].Time
		case due <= limit:
			f.now = due
		default:
			return nil, nil
		}
		f.venue.observe(events)
		if len(f.venue.pending) == 0 && len(f.venue.out) == 0 {
			f.follow(events)
			return events, nil
		}
		// A cancel that is put off to the close of a running bar leaves nothing to tell.
		if out := f.venue.advance(f.now, events); len(out) > 0 {
			return out, nil
		}
	}
}

// follow lets the rows after a bar follow it where the venue has nothing to say to
// them: no order waits on the instrument.
func (f *Feed) follow(events []market.Event) {
	if len(events) != 1 || events[0].More == 0 {
		return
	}
	if b := f.venue.books[events[0].Instrument]; len(b.orders) > 0 || events[0].Interval != b.interval {
		events[0].More = 0
		return
	}
	f.run = events
}

// catchUp takes over how far the rows were followed.
func (f *Feed) catchUp() {
	e := &f.run[0]
	f.venue.books[e.Instrument].row, f.now = e.Row, e.Time
	f.run = nil
}

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

// update is an order update with its place among those of an instant.
type update struct {
	market.OrderUpdate
	at         market.Time // Fill.Time, or when it became known
	arrival    uint64
	instrument market.InstrumentID
}

// observe matches the bars of an instant against the orders on the books.
func (v *Venue) observe(events []market.Event) {
	for i := range events {
		e := &events[i]
		if e.Kind != market.KindBar {
			v.account(e)
			continue
		}
		if b := v.books[e.Instrument]; e.Interval == b.interval {
			if len(b.orders) > 0 {
				if b.volume != nil {
					b.volume.reach(e.Time)
				}
				v.match(b, e.Bars, int(e.Row))
			}
			if b.row = e.Row; b.columns != e.Bars {
				b.columns = e.Bars
			}
		}
	}
}

// advance lets the actions that are due take effect, and returns the events with the
// updates among them.
func (v *Venue) advance(now market.Time, events []market.Event) []market.Event {
	for len(v.pending) > 0 && v.pending[0].due <= now {
		a := v.pending[0]
		v.pending = v.pending[:copy(v.pending, v.pending[1:])]
		v.apply(now, a)
	}
	if len(v.out) == 0 {
		return events
	}
	return v.weave(now, events)
}

// weave puts the updates after commands and before bars, in the order of T2.
func (v *Venue) weave(now market.Time, events []market.Event) []market.Event {
	if len(v.out) > 1 {
		slices.SortStableFunc(v.out, func(a, b update) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.arrival, b.arrival))
		})
	}
	k := 0
	for k < len(events) && events[k].Kind.Rank() < market.KindUpdate.Rank() {
		k++
	}
	for i := range events {
		events[i].More = 0 // a copy of an event moves nothing
	}
	v.events = append(v.events[:0], events[:k]...)
	for i := range v.out {
		u := &v.out[i].OrderUpdate // valid until the next call, as the event is
		v.events = append(v.events, market.Event{Time: now, Kind: market.KindUpdate, Instrument: v.out[i].instrument, Update: u})
		if u.State.Final() {
			v.forget(u.ID)
		}
	}
	v.events = append(v.events, events[k:]...)
	v.out = v.out[:0] // its room is used again only from the next call on
	return v.events
}

// apply lets an action take effect. One that meets a running bar waits for its close:
// that bar is not affected, and nobody can know the outcome before (semantics X3).
func (v *Venue) apply(now market.Time, a action) {
	w := a.order
	b := v.books[w.order.Instrument]
	if a.kind != actSubmit && b.interval > 0 && !b.interval.Aligned(now) {
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
	default:
		v.amend(b, w, *a.amended, now)
	}
}

// arrive accepts or rejects an order.
func (v *Venue) arrive(b *book, w *working, now market.Time) {
	if reason := b.check(&w.order); reason != "" {
		v.end(b, w, market.Rejected, now, reason)
		return
	}
	b.enter(w, now)
	v.report(b, w, market.Accepted, now, "")
}

// amend gives a resting limit order another quantity and price, and the last place in
// the queue. A change that the venue cannot make leaves the order as it was.
func (v *Venue) amend(b *book, w *working, to market.Order, now market.Time) {
	changed := w.order
	changed.Quantity, changed.Price = to.Quantity, to.Price
	rest := changed
	rest.Quantity = to.Quantity.Sub(w.filled)
	b.unlock(w)
	if w.order.Type != market.Limit || !rest.Quantity.IsPositive() || b.check(&rest) != "" {
		b.lock(w)
		v.report(b, w, w.state(), now, market.AmendRejected)
		return
	}
	b.leave(w)
	v.arrived++
	w.done, w.rested, w.arrival = false, false, v.arrived
	w.order, w.limit, w.remaining = changed, market.Float(changed.Price), changed.Quantity.Sub(w.filled)
	b.enter(w, now)
	v.report(b, w, w.state(), now, market.Amended)
}

// state returns where an order on the book stands.
func (w *working) state() market.State {
	if w.filled.IsPositive() {
		return market.Partial
	}
	return market.Accepted
}

// end takes an order off the book in a final state.
func (v *Venue) end(b *book, w *working, s market.State, at market.Time, reason string) {
	b.leave(w)
	w.done = true
	v.report(b, w, s, at, reason)
}

// report queues an update without a fill.
func (v *Venue) report(b *book, w *working, s market.State, at market.Time, reason string) {
	v.out = append(v.out, update{
		OrderUpdate: market.OrderUpdate{ID: w.order.ID, Symbol: b.instrument.Symbol, State: s, Filled: w.filled, Time: at, Reason: reason},
		at:          at, arrival: w.arrival, instrument: w.order.Instrument,
	})
}

// trade returns the id of the next trade.
func (v *Venue) trade() string {
	v.trades++
	return strconv.FormatUint(v.trades, 10)
}
