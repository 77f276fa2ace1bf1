package backtest

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Feed replays a history as events. It is the source of the simulated venue's market.
type Feed struct {
	cursors []cursor
	signals []market.Signal
	next    []market.Time // of each cursor, MaxTime at its end
	buffer  []market.Event
	events  int
}

// cursor is a place in one series.
type cursor struct {
	event   market.Event // of the row at hand; reused
	columns *market.Columns
	rows    int
}

// NewFeed makes the feed of what subscriptions watch, coarser bars made from the
// execution series, and returns the execution interval of each instrument.
func NewFeed(h *History, subs []engine.Subscription) (*Feed, []market.Interval, error) {
	f := &Feed{signals: h.Signals}
	execution := make([]market.Interval, len(h.Instruments))
	for i := range h.Instruments {
		id := market.InstrumentID(i)
		watched := intervals(subs, id)
		if len(watched) == 0 {
			continue
		}
		c, err := h.execution(id, watched)
		if err != nil {
			return nil, nil, err
		}
		execution[i] = c.Interval
		f.add(id, c)
		for _, d := range watched {
			if d > c.Interval {
				f.add(id, market.Resample(c, d, h.end()))
			}
		}
	}
	f.sort(h.Instruments)
	return f, execution, nil
}

// intervals returns the intervals watched of an instrument, finest first.
func intervals(subs []engine.Subscription, i market.InstrumentID) []market.Interval {
	var list []market.Interval
	for _, s := range subs {
		if s.Instrument == i && !slices.Contains(list, s.Interval) {
			list = append(list, s.Interval)
		}
	}
	slices.Sort(list)
	return list
}

func (f *Feed) add(i market.InstrumentID, c *market.Columns) {
	f.cursors = append(f.cursors, cursor{
		event:   market.Event{Kind: market.KindBar, Instrument: i, Interval: c.Interval, Bars: c},
		columns: c, rows: c.Len(),
	})
}

// sort puts the series in the order of T2: venue, symbol, interval.
func (f *Feed) sort(instruments []market.Instrument) {
	slices.SortFunc(f.cursors, func(a, b cursor) int {
		x, y := &instruments[a.event.Instrument], &instruments[b.event.Instrument]
		return cmp.Or(cmp.Compare(x.Venue, y.Venue), cmp.Compare(x.Symbol, y.Symbol), cmp.Compare(a.event.Interval, b.event.Interval))
	})
	f.next = make([]market.Time, len(f.cursors))
	for k := range f.cursors {
		f.next[k] = f.cursors[k].time()
	}
}

func (c *cursor) time() market.Time {
	if int(c.event.Row) >= c.rows {
		return market.MaxTime
	}
	return c.columns.Time(int(c.event.Row))
}

// Next returns every event of the next instant.
func (f *Feed) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if f.events++; f.events&1023 == 0 && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	now := market.MaxTime
	for _, t := range f.next {
		now = min(now, t)
	}
	if len(f.signals) > 0 {
		now = min(now, f.signals[0].Known)
	}
	switch {
	case now == market.MaxTime:
		return nil, io.EOF
	case now > limit:
		return nil, nil
	}
	f.buffer = f.buffer[:0]
	for k, t := range f.next {
		if t == now {
			f.take(k, now)
		}
	}
	for len(f.signals) > 0 && f.signals[0].Known == now {
		f.buffer = append(f.buffer, market.Event{Time: now, Kind: market.KindSignal, Instrument: market.NoInstrument, Signal: &f.signals[0]})
		f.signals = f.signals[1:]
	}
	return f.buffer, nil
}

// take puts the bar at hand of a cursor into the instant and moves on.
func (f *Feed) take(k int, now market.Time) {
	c := &f.cursors[k]
	c.event.Time = now
	f.buffer = append(f.buffer, c.event)
	c.event.Row++
	f.next[k] = c.time()
}
