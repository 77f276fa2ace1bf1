package live

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// refeed is a market that begins with what the journal holds and goes on where that
// ends.
type refeed struct {
	told     context.Context // ends when the session is told to; nil: by others
	recorder *recorder
	past     func() ([]market.Record, error, bool) // nil once it has ended
	frame    []market.Record                       // read ahead: the next instant of the past that brings events
	ahead    []market.Event                        // the events of the instant to hand out
	events   []market.Event
	last     market.Time // of the instant that was read last
	// brings reports whether a record came from outside, and was made neither by the engine
	// nor, on paper, by the venue. bring returns the events of an instant that has such.
	brings func(*market.Record) bool
	bring  func([]market.Record) []market.Event
	// open returns the market after the past, which ended at a time; 0: there was none.
	open   func(ctx context.Context, last market.Time) (sim.Source, error)
	source sim.Source // what open returned
	// heedless is set where nothing is compared.
	heedless bool
}

// begin takes up the past, if there is one; end releases it.
func (f *refeed) begin(past iter.Seq2[[]market.Record, error]) (end func()) {
	if past == nil {
		return func() {}
	}
	f.past, end = iter.Pull2(past)
	f.recorder.more = func() bool { return f.past != nil || f.frame != nil }
	return end
}

// Next returns the next instant of the market, as sim.Source says.
func (f *refeed) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if f.source == nil && len(f.ahead) == 0 {
		if err := f.advance(); err != nil {
			return nil, err
		}
	}
	switch {
	case f.told != nil && f.told.Err() != nil:
		return nil, f.told.Err()
	case f.source != nil: // which may have a word to give, though the wait of ctx is over
		return f.source.Next(ctx, limit)
	case f.early(limit):
		return nil, nil // a timer of the past
	case len(f.ahead) == 0:
		var err error
		if f.source, err = f.open(ctx, f.last); err != nil {
			return nil, err
		}
		return f.source.Next(ctx, limit)
	case f.ahead[0].Time > limit && !skips(&f.ahead[0], limit):
		return nil, nil
	case f.ahead[0].Time == limit && f.ahead[0].Word != nil && f.ahead[0].Word.After:
		return nil, nil // timers, and what the venue has to say, come first
	}
	return f.hand()
}

// skips reports whether an event is a downtime that a time lies in: it comes first, as it did
// when the session went on.
func skips(e *market.Event, limit market.Time) bool {
	return e.Command == market.Downtime && e.Word != nil && limit > e.Word.Since
}

// advance makes the next instant of the past the one ahead.
func (f *refeed) advance() error {
	if f.frame == nil {
		if err := f.pull(); err != nil || f.frame == nil {
			return err
		}
	}
	f.ahead = append(f.ahead, f.bring(f.frame)...)
	return nil
}

// hand hands out the instant ahead, and queues its records for comparison, with those of
// the instants without events that follow it.
func (f *refeed) hand() ([]market.Event, error) {
	f.events, f.ahead = f.ahead, f.events[:0]
	f.expect(f.frame)
	f.frame = nil
	return f.events, f.pull()
}

// pull reads the past up to its next instant that brings events. The records before
// it are what the engine and the venue make by themselves: they are only compared.
func (f *refeed) pull() error {
	for f.past != nil {
		records, err, ok := f.past()
		if err != nil {
			return err
		}
		if !ok {
			f.past = nil
			return nil
		}
		if records = made(records); len(records) == 0 {
			continue
		}
		f.last = records[0].Time
		if slices.ContainsFunc(records, func(r market.Record) bool { return f.brings(&r) }) {
			f.frame = records
			return nil
		}
		f.expect(records)
	}
	return nil
}

// expect lets the recorder compare what comes with records of the past.
func (f *refeed) expect(records []market.Record) {
	if !f.heedless {
		f.recorder.expected = append(f.recorder.expected, records...)
	}
}

// early reports whether an instant without events comes first: of a timer, or of what the
// venue of a paper session makes by itself.
func (f *refeed) early(limit market.Time) bool {
	due := f.recorder.expected
	return len(f.ahead) == 0 && limit <= f.last || len(due) > 0 && limit <= due[0].Time
}

// made leaves out what was written about the session and not by its engine.
func made(records []market.Record) []market.Record {
	return slices.DeleteFunc(records, func(r market.Record) bool { return r.Kind == market.RecordSetup })
}

// ofMarket reports whether a record is an event that the market brought, and not the venue.
func ofMarket(r *market.Record) bool {
	return r.Kind == market.RecordEvent && r.Event.Kind != market.KindUpdate
}

// ofWorld reports whether a record is an event: at a venue all of them come from outside.
func ofWorld(r *market.Record) bool { return r.Kind == market.RecordEvent }

// marketEvents returns the events that the market brought.
func marketEvents(records []market.Record) (list []market.Event) {
	for i := range records {
		if ofMarket(&records[i]) {
			list = append(list, records[i].Event)
		}
	}
	return list
}

// same reports where a record differs from what the journal holds.
func same(was, is *market.Record) error {
	if was.Kind == is.Kind && was.Time == is.Time {
		if was.Kind == market.RecordEvent && was.Event.Kind == market.KindBar && is.Event.Kind == market.KindBar {
			if was.Event.Instrument == is.Event.Instrument && was.Event.Interval == is.Event.Interval && was.Event.Bar() == is.Event.Bar() {
				return nil
			}
		} else if a, b := printed(was), printed(is); a == b {
			return nil
		}
	}
	w, i := *was, *is
	return diverged(&Divergence{Time: min(was.Time, is.Time), Was: &w, Is: &i})
}

// printed returns a record in a form in which equal records are equal.
func printed(r *market.Record) string {
	var v any
	switch {
	case r.Kind == market.RecordDecision:
		v = r.Decision
	case r.Kind == market.RecordHalt:
		v = [2]string{r.Scope, r.Text}
	case r.Event.Kind == market.KindUpdate:
		v = r.Event.Update
	case r.Event.Kind == market.KindSignal:
		v = r.Event.Signal
	case r.Event.Kind == market.KindBar:
		v = r.Event.Bar()
	case r.Event.Kind == market.KindListing:
		in := *r.Event.Listing
		v = [2]any{r.Event.Instrument, []any{in.Filters(), in.BasePrecision, in.QuotePrecision}}
	default:
		v = []any{r.Event.Command.String(), r.Event.Instrument, r.Event.Flow, r.Event.Funding, r.Event.Listing, r.Event.Word}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %d/%d %s", r.Time, r.Kind, r.Event.Kind, b)
}

func diverged(d *Divergence) error {
	return &market.Error{
		Class: market.Mismatch, Where: d.Time.String(), Err: fmt.Errorf("this run does not repeat its journal: %w", d),
		Hint: "the strategies, the rules, the binary or the history changed; run the one that wrote it, or begin a new session with --fresh",
	}
}

// Pace holds a market to a speed: an instant that lies d after the first is handed out
// no earlier than d ÷ speed after it. A speed of 0 does not hold it.
func Pace(s sim.Source, speed float64) sim.Source {
	if speed <= 0 {
		return s
	}
	return &paced{source: s, speed: speed}
}

type paced struct {
	source  sim.Source
	speed   float64
	started time.Time
	from    market.Time
	held    []market.Event // read, and not handed out: the wait for it was cut short
}

// Next waits until the instant is due on the clock.
func (p *paced) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	events, err := p.held, error(nil)
	if len(events) == 0 {
		events, err = p.source.Next(ctx, limit)
	}
	switch {
	case err != nil || len(events) == 0:
		return events, err
	case events[0].Time > limit:
		return nil, nil
	}
	p.held = nil
	events[0].More = 0 // each waits for its own time
	now := events[0].Time
	if p.started.IsZero() {
		if events[0].Kind == market.KindSignal { // of before the first bar: nobody waits for what nothing is decided on
			return events, nil
		}
		p.started, p.from = time.Now(), now
	}
	due := time.Duration(float64(now-p.from) / p.speed)
	wait := due - time.Since(p.started)
	if wait < time.Millisecond {
		return events, nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return events, nil
	case <-ctx.Done():
		p.held = events
		return nil, ctx.Err()
	}
}
