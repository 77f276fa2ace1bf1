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
//
// The bar at hand of each series is an event that is reused: where the series of an
// instant stand side by side, they are handed out in place, without a copy.
type Feed struct {
	heads   []market.Event // the bar at hand of each series, in the order of T2
	rows    []int32        // how many rows each series has
	next    []market.Time  // when the bar at hand exists; MaxTime at the end
	signals []market.Signal
	events  []market.Event
	ahead   market.Time // of the next signal or event; MaxTime after the last
	buffer  []market.Event
	now     market.Time // of the instant handed out last
	end     market.Time // how far the history is known, for schedules after the last bar
	calls   int
}

// NewFeed makes the feed of what subscriptions watch, coarser bars made from the
// execution series, and returns the execution interval of each instrument.
func NewFeed(h *History, subs []engine.Subscription) (*Feed, []market.Interval, error) {
	f := &Feed{signals: h.Signals, events: h.beside(), end: h.End}
	series, err := h.executions(subs)
	if err != nil {
		return nil, nil, err
	}
	var funding []market.Event
	execution := make([]market.Interval, len(h.Instruments))
	for i, c := range series {
		if c == nil {
			continue
		}
		id := market.InstrumentID(i)
		execution[i] = c.Interval
		f.add(id, c)
		funding = append(funding, h.bookings(id, c)...)
		for _, d := range intervals(subs, id) {
			if d > c.Interval {
				f.add(id, market.Resample(c, d, h.end()))
			}
		}
	}
	f.sort(h.Instruments)
	if len(funding) > 0 {
		sortFunding(funding, h.Instruments)
		f.events = append(slices.Clip(f.events), funding...)
		sortEvents(f.events)
	}
	f.peek()
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
	f.heads = append(f.heads, market.Event{Kind: market.KindBar, Instrument: i, Interval: c.Interval, Bars: c})
}

// sort puts the series in the order of T2: venue, symbol, interval.
func (f *Feed) sort(instruments []market.Instrument) {
	slices.SortFunc(f.heads, func(a, b market.Event) int {
		x, y := &instruments[a.Instrument], &instruments[b.Instrument]
		return cmp.Or(cmp.Compare(x.Venue, y.Venue), cmp.Compare(x.Symbol, y.Symbol), cmp.Compare(a.Interval, b.Interval))
	})
	f.next, f.rows = make([]market.Time, len(f.heads)), make([]int32, len(f.heads))
	for k := range f.heads {
		f.rows[k] = int32(f.heads[k].Bars.Len())
		f.look(k)
	}
}

// look sets when the bar at hand of a series exists.
func (f *Feed) look(k int) {
	head := &f.heads[k]
	if head.Row >= f.rows[k] {
		f.next[k] = market.MaxTime
		return
	}
	head.Time = head.Bars.OpenTime[head.Row] + market.Time(head.Interval)
	f.next[k] = head.Time
}

// Next returns every event of the next instant.
func (f *Feed) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if f.calls++; f.calls&1023 == 0 && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	now := f.ahead
	lo, hi, due := 0, 0, 0 // the series whose bar is the next, and how many they are
	for k, t := range f.next {
		if t == f.now { // handed out last time
			f.heads[k].Row++
			f.look(k)
			t = f.next[k]
		}
		switch {
		case t < now:
			now, lo, hi, due = t, k, k+1, 1
		case t == now && due == 0:
			lo, hi, due = k, k+1, 1
		case t == now:
			hi = k + 1
			due++
		}
	}
	if now > limit || now == market.MaxTime {
		f.now = 0
		if now == market.MaxTime && limit > f.end {
			return nil, io.EOF
		}
		return nil, nil
	}
	f.now = now
	if len(f.heads) == 1 && due == 1 {
		f.heads[0].More = f.more(&f.heads[0], limit)
	}
	if due > 0 && due == hi-lo && f.ahead > now {
		return f.heads[lo:hi], nil // side by side, and nothing joins them: no copy
	}
	return f.collect(now), nil
}

// longestRun bounds the instants that are handed out at once, so that an end of the
// context is soon noticed.
const longestRun = 4096

// more counts the rows after the bar at hand of the only series that exist by limit
// and before the next signal or event.
func (f *Feed) more(head *market.Event, limit market.Time) int32 {
	last := min(f.rows[0], head.Row+1+longestRun)
	limit = min(limit, f.ahead-1)
	if limit < market.MaxTime-1 && last > head.Row+1 && head.Bars.Time(int(last-1)) > limit {
		last = int32(head.Bars.Search(limit - market.Time(head.Interval) + 1))
	}
	return max(last-head.Row-1, 0)
}

// collect copies the events of an instant together.
func (f *Feed) collect(now market.Time) []market.Event {
	f.buffer = f.buffer[:0]
	for ; len(f.events) > 0 && f.events[0].Time == now; f.events = f.events[1:] {
		f.buffer = append(f.buffer, f.events[0])
	}
	for k, t := range f.next {
		if t == now {
			f.buffer = append(f.buffer, f.heads[k])
		}
	}
	for ; len(f.signals) > 0 && f.signals[0].Known == now; f.signals = f.signals[1:] {
		f.buffer = append(f.buffer, market.Event{Time: now, Kind: market.KindSignal, Instrument: market.NoInstrument, Signal: &f.signals[0]})
	}
	f.peek()
	return f.buffer
}

// peek notes when the next signal or event is.
func (f *Feed) peek() {
	f.ahead = market.MaxTime
	if len(f.signals) > 0 {
		f.ahead = f.signals[0].Known
	}
	if len(f.events) > 0 {
		f.ahead = min(f.ahead, f.events[0].Time)
	}
}

// Skip leaves out what comes up to a time, before the first call of Next.
func (f *Feed) Skip(to market.Time) {
	for k := range f.heads {
		head := &f.heads[k]
		head.Row = int32(head.Bars.Search(to - market.Time(head.Interval) + 1))
		f.look(k)
	}
	for len(f.signals) > 0 && f.signals[0].Known <= to {
		f.signals = f.signals[1:]
	}
	for len(f.events) > 0 && f.events[0].Time <= to {
		f.events = f.events[1:]
	}
	f.peek()
}
