package live

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/internal/failpoint"
	"github.com/signalman-trading/signalman/market"
)

// DefaultGrace is how long a feed waits for a bar that is due (semantics T4).
const DefaultGrace = 5 * time.Second

// feed merges what arrives into instants. Nothing later than the close of a bar is
// handed out until every series has brought its bar or grace has passed (semantics T4);
// a bar that comes later is of the time it came.
type feed struct {
	now      func() market.Time
	grace    market.Time
	idle     func(context.Context, market.Time, func() bool) error // see Trading
	inbox    *inbox
	gateway  *Gateway // nil on paper
	alarm    *alarm
	hears    func() bool   // whether a rule listens to it
	control  *Control      // nil: nobody has a word to say
	reckoner *reckoner     // nil: nobody compares account and books
	down     *market.Event // the time without a process, which is told first; nil: there was none
	series   []*series
	signals  *Signals  // nil: none
	pending  []arrival // updates and the like, by arrival
	shelf    *shelf    // nil: nothing is held back
	events   []market.Event
	last     market.Time // of the instant handed out last
	symbols  []string    // by instrument
	heard    market.Time // of what has arrived last and is no bar
	ended    bool        // no more will come
	held     bool        // a request waits for the venue's clock: see rest
	compared bool        // and what the last updates may not have told was asked for
	staleness
}

// Next returns every event of the next instant, as engine.Feed says. It lets the
// requests of the last one leave.
func (f *feed) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	f.gateway.flush()
	f.alarm.attend(f.hears)
	if e := f.down; e != nil {
		f.down = nil
		f.events = append(f.events[:0], *e)
		return f.events, nil
	}
	if limit <= f.last { // what the engine or the venue on paper has to say of that time is an instant of its own
		return nil, nil
	}
	for {
		if err := f.take(); err != nil {
			return nil, err
		}
		f.reckoner.judge(len(f.pending) == 0 && f.shelf.empty())
		if e := f.watch(); e != nil {
			return f.say(*e, limit), nil
		}
		t := f.next()
		until, whole := f.complete(min(t, limit))
		switch {
		case f.ended && t == market.MaxTime && f.compared:
			return nil, io.EOF
		case f.ended && t == market.MaxTime:
			f.compare()
			continue
		case !whole && !f.ended:
		case t <= limit && t < market.MaxTime:
			if events := f.instant(t); len(events) > 0 { // what is derived may turn out to be no news
				return events, nil
			}
			continue
		case limit < market.MaxTime && (t < market.MaxTime || f.now() >= limit):
			f.last = max(f.last, limit)
			return nil, nil
		}
		if t := f.control.word(); t != nil {
			return f.say(t.event, limit), nil
		}
		if err := f.rest(ctx, min(until, limit, f.signals.next())); err != nil {
			return nil, err
		}
	}
}

// say makes an instant of a word, which waits for no bar. Timers that are due go first.
func (f *feed) say(e market.Event, limit market.Time) []market.Event {
	f.last = max(f.last+1, min(f.now(), limit))
	e.Time = f.last
	f.events = append(f.events[:0], e)
	return f.events
}

// compare asks what became of the orders, for the end.
func (f *feed) compare() {
	f.compared = true
	if f.gateway == nil {
		return
	}
	if err := f.gateway.reconcile(); err != nil {
		f.gateway.log.Warn("orders cannot be compared with the venue's", "error", err)
	}
	f.gateway.settle(settlePatience)
}

// take sorts what has arrived.
func (f *feed) take() error {
	fresh, err := f.inbox.take(nil)
	for _, a := range fresh {
		if f.idle != nil { // it came while the clock was moved, which nobody saw yet
			a.at = max(a.at, f.now())
		}
		if a.series == nil {
			f.heard = max(f.heard, a.at) // a clock that is set right does not turn their order round
			a.at = f.heard
			f.pending = f.shelf.take(f.pending, a)
			continue
		}
		s := a.series
		if a.quiet {
			s.quiet(a.at - f.grace)
			continue
		}
		s.queue = append(s.queue, a)
		s.due = max(s.due, s.closes(a.bar.OpenTime)+market.Time(s.interval))
	}
	f.pending = f.shelf.release(f.pending, f.now())
	slices.SortStableFunc(f.pending, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	return err
}

// next returns when the earliest instant is that can be made of what has arrived, or
// MaxTime. It is after the last one: no two have one time, so that a journal is fed again in
// one way only.
func (f *feed) next() market.Time {
	t := market.MaxTime
	if len(f.pending) > 0 {
		t = f.pending[0].at
	}
	if known := f.signals.next(); known < t && known <= f.now() {
		t = known
	}
	for _, s := range f.series {
		if len(s.queue) > 0 {
			t = min(t, f.timeOf(s))
		}
		if c := s.closing(); c < t && (len(s.queue) > 0 || f.now() >= c || t < market.MaxTime) {
			t = c
		}
	}
	return max(t, f.last+1)
}

// timeOf returns when the first bar in the queue of a series exists: at its close or,
// where that has passed, when it arrived.
func (f *feed) timeOf(s *series) market.Time {
	a := &s.queue[0]
	if t := s.closes(a.bar.OpenTime); t > f.last && a.at <= t+f.grace {
		return t
	}
	return a.at
}

// complete reports whether every bar that closes by t has arrived or was waited for,
// and otherwise until when to wait.
func (f *feed) complete(t market.Time) (until market.Time, whole bool) {
	until, whole = market.MaxTime, true
	for _, s := range f.series {
		if len(s.queue) > 0 || s.due > t {
			continue
		}
		if late := s.due + f.grace; f.now() < late {
			until, whole = min(until, late), false
			continue
		}
		behind := (f.now() - f.grace - s.due) / market.Time(s.interval)
		s.due += (behind + 1) * market.Time(s.interval) // given up
		until = min(until, s.due+f.grace)               // when the next one is: a coarser bar may close without any
	}
	return until, whole
}

// rest waits until something arrives or a time has come.
func (f *feed) rest(ctx context.Context, until market.Time) error {
	if f.idle != nil {
		patience := settlePatience
		if f.held {
			patience = heldPatience
		}
		f.held = !f.gateway.settle(patience)
		if !f.inbox.arrived() {
			f.reckoner.sync(ctx)
		}
		if f.inbox.arrived() {
			return nil
		}
		err := f.idle(ctx, min(until, f.gateway.wakes()), f.inbox.arrived)
		f.gateway.wake(err == io.EOF)
		if err == io.EOF {
			f.ended, err = true, nil
		}
		return err
	}
	var expired <-chan time.Time
	if until < market.MaxTime {
		timer := time.NewTimer(max(time.Duration(until-f.now()), time.Millisecond))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-f.inbox.news:
	case <-expired:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// instant makes the events of a time, in the order of semantics T2.
func (f *feed) instant(t market.Time) []market.Event {
	f.events = f.events[:0]
	for len(f.pending) > 0 && f.pending[0].at <= t {
		f.events = append(f.events, f.pending[0].make(t))
		f.pending = f.pending[1:]
	}
	slices.SortStableFunc(f.events, func(a, b market.Event) int { return cmp.Compare(a.Kind.Rank(), b.Kind.Rank()) })
	for _, s := range f.series {
		if len(s.queue) > 0 && f.timeOf(s) <= t {
			f.events = append(f.events, s.add(s.queue[0].bar, t))
			s.queue = s.queue[1:]
		}
		f.events = s.close(f.events, t)
	}
	f.events, f.last = f.signals.take(f.events, t), t
	return f.events
}

// replay makes the events of an instant that the journal holds: series grow as they did.
func (f *feed) replay(records []market.Record) []market.Event {
	failpoint.Hit("recovery.mid-feed")
	t := records[0].Time
	events := f.events[:0]
	for i := range records {
		e := &records[i].Event
		if records[i].Kind != market.RecordEvent || e.Kind.Rank() >= market.KindBar.Rank() {
			continue
		}
		if e.Kind == market.KindUpdate {
			if f.gateway == nil {
				continue // the simulated venue makes it again
			}
			f.gateway.recall(e.Update)
		}
		if e.Kind == market.KindListing && f.gateway != nil {
			f.gateway.relist(e.Instrument, e.Listing)
		}
		f.staleness.recall(e)
		events = append(events, *e)
	}
	for _, s := range f.series {
		closes := false // an instant of a word closes none, though some may be due
		for i := range records {
			e := &records[i].Event
			switch {
			case records[i].Kind != market.RecordEvent || e.Kind != market.KindBar || e.Instrument != s.instrument:
			case e.Interval == s.interval:
				events = append(events, s.add(e.Bar(), t))
			default:
				closes = true
			}
		}
		if closes {
			events = s.close(events, t)
		}
	}
	for i := range records {
		if e := &records[i].Event; records[i].Kind == market.RecordEvent && e.Kind.Rank() > market.KindBar.Rank() {
			events = append(events, *e)
		}
	}
	f.signals.replay(t, events)
	f.last, f.events = t, events
	return slices.Clone(events)
}

// make returns the event of what is no bar.
func (a *arrival) make(t market.Time) market.Event {
	e := market.Event{Time: t, Instrument: a.instrument}
	switch {
	case a.update != nil:
		a.update.Time = t
		e.Kind, e.Update = market.KindUpdate, a.update
	case a.word != nil:
		e.Kind, e.Command, e.Word, e.Flow = market.KindCommand, a.say, a.word, a.flow
	case a.listing != nil:
		e.Kind, e.Listing = market.KindListing, a.listing
	case a.flow != nil:
		e.Kind, e.Flow = market.KindAccount, a.flow
	default:
		e.Kind, e.Funding = market.KindFunding, a.funding
	}
	return e
}
