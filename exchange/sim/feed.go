package sim

import (
	"cmp"
	"context"
	"io"
	"slices"

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
		if err != nil && (err != io.EOF || due > f.now) {
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
		if len(f.venue.pending) > 0 || len(f.venue.out) > 0 {
			f.venue.act(f.now)
			if len(f.venue.out) > 0 {
				return f.venue.weave(f.now, events), nil
			}
		}
		if len(events) > 0 { // a cancel put off to the close of a running bar leaves nothing to tell
			f.follow(events)
			return events, nil
		}
	}
}

// follow lets the rows after a bar follow it where the venue has nothing to say to
// them: no order waits on the instrument.
func (f *Feed) follow(events []market.Event) {
	if len(events) != 1 || events[0].More == 0 {
		return
	}
	if b := f.venue.books[events[0].Instrument]; b.open > 0 || b.exposed() || events[0].Interval != b.interval {
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

// update is an order update with its place among those of an instant.
type update struct {
	market.OrderUpdate
	at         market.Time // Fill.Time, or when it became known
	arrival    uint64
	instrument market.InstrumentID
}

// observe matches the bars of an instant against the orders on the books.
func (v *Venue) observe(events []market.Event) {
	v.discount.freeze()
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case market.KindBar:
		case market.KindFunding:
			v.books[e.Instrument].announce(*e.Funding)
			v.notes.Funded++
			continue
		default:
			v.account(e)
			continue
		}
		if b := v.books[e.Instrument]; e.Interval == b.interval {
			if b.open > 0 || b.exposed() {
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
	for _, b := range v.perpetuals {
		v.pay(b, market.MaxTime)
		b.collect() // of a position that went in the walk of another
	}
	v.relist(events)
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
		for ; k < len(events) && events[k].Kind == market.KindFunding && events[k].Funding.Time <= v.out[i].at; k++ {
			v.events = append(v.events, events[k]) // among the updates by its time, first at a tie
		}
		u := &v.out[i].OrderUpdate // valid until the next call, as the event is
		v.events = append(v.events, market.Event{Time: now, Kind: market.KindUpdate, Instrument: v.out[i].instrument, Update: u})
		if u.State.Final() && u.ID.Sequence > 0 {
			v.forget(u.ID)
		}
	}
	v.events = append(v.events, events[k:]...)
	v.out = v.out[:0] // its room is used again only from the next call on
	return v.events
}
