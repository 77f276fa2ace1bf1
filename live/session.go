package live

import (
	"context"
	"iter"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Journal is where a session keeps its records. Commit makes decisions durable.
type Journal interface {
	engine.Journal
	// Finish marks the session as complete: the next run starts anew.
	Finish() error
}

// Market is what a session trades on.
type Market struct {
	// Source is the market from its start. Skip, which is called at most once and
	// before Next, leaves out the events up to a time.
	Source interface {
		sim.Source
		Skip(to market.Time)
	}
	Venue     *sim.Venue
	Execution []market.Interval // by instrument
}

// Session is one paper account at work.
type Session struct {
	Engine engine.Config // its Feed, Router and Journal are set by Run
	// Market opens the market that the strategies subscribed to.
	Market func([]engine.Subscription) (*Market, error)
	// Past is what the journal holds of an earlier run, instant by instant; nil for a
	// session that begins.
	Past    iter.Seq2[[]market.Record, error]
	Journal Journal
	// Watch, if set, sees each new record once it is committed.
	Watch func(market.Record)
	// Resumed, if set, is called once the journal has been fed again, with the time
	// it ended at.
	Resumed func(market.Time)
	// Speed is how much faster than the clock a replayed market runs; 0 is as fast as
	// it can.
	Speed   float64
	Control *Control // if set, others can look at the session and tell it things
	Meter   *Meter   // nil measures nothing
}

// Run trades until the market ends, and finishes the journal then, or until ctx ends,
// and leaves the session to be resumed; the error is then ctx's. The engine is
// returned in both cases, for its result.
func Run(ctx context.Context, s Session) (*engine.Engine, *sim.Venue, error) {
	rec := &recorder{journal: s.Journal, watch: s.Watch, meter: s.Meter}
	s.Engine.Journal = rec
	e, err := engine.New(s.Engine)
	if err != nil {
		return nil, nil, &market.Error{Class: market.Usage, Err: err}
	}
	m, err := s.Market(e.Subscriptions())
	if err != nil {
		return nil, nil, err
	}
	source := &refeed{told: ctx, recorder: rec, brings: ofMarket, bring: marketEvents, open: s.opener(m)}
	defer source.begin(s.Past)()
	err = conduct(ctx, e, s.Control, s.Meter.feed(sim.NewFeed(m.Venue, source), nil), m.Venue, m.Execution)
	if err == nil {
		err = rec.finish()
	}
	return e, m.Venue, err
}

// opener returns what opens the market where the journal ends.
func (s *Session) opener(m *Market) func(context.Context, market.Time) (sim.Source, error) {
	return func(_ context.Context, last market.Time) (sim.Source, error) {
		if last > 0 {
			m.Source.Skip(last)
			if s.Resumed != nil {
				s.Resumed(last)
			}
		}
		s.Meter.opened()
		rest := Pace(m.Source, s.Speed)
		if s.Control != nil {
			rest = &worded{source: rest, control: s.Control, last: last}
			s.Control.hear()
		}
		return rest, nil
	}
}

// conduct runs an engine to its end, and lets others look at it.
func conduct(ctx context.Context, e *engine.Engine, c *Control, f engine.Feed, r engine.Router, execution []market.Interval) error {
	if c != nil {
		f = &attended{f, c, e}
		defer c.end()
	}
	e.Connect(f, r, execution)
	err := e.Run(ctx)
	if closing := e.Close(); err == nil {
		err = closing
	}
	return err
}

// recorder is the engine's journal. While the past is fed again it compares; after
// that it writes.
type recorder struct {
	journal  Journal
	expected []market.Record // of the past, not yet met
	batch    []market.Record // of this instant, not yet committed
	watch    func(market.Record)
	meter    *Meter
	matched  int                         // records of this instant that the past held
	more     func() bool                 // whether the past goes on after this instant; nil: it does not
	step     func([]market.Record) error // if set, sees each instant of the past
	prompt   bool                        // each instant is handed to the system: the market does not come again
}

// Append compares a record with the past, or journals it.
func (r *recorder) Append(rec market.Record) error {
	r.meter.saw(&rec)
	if len(r.expected) > 0 {
		if err := same(&r.expected[0], &rec); err != nil {
			return err
		}
		r.expected = r.expected[1:]
		r.matched++
		if r.step != nil {
			r.batch = append(r.batch, rec)
		}
		return nil
	}
	if r.matched > 0 || r.more != nil && r.more() {
		return diverged(&Divergence{Time: rec.Time, Is: &rec})
	}
	if r.watch != nil {
		r.batch = append(r.batch, rec)
	}
	return r.journal.Append(rec)
}

// Commit makes the records of an instant durable, and shows them.
func (r *recorder) Commit() error {
	if r.step != nil && r.matched > 0 {
		if err := r.step(r.batch); err != nil {
			return err
		}
		r.batch = r.batch[:0]
	}
	r.matched = 0
	if err := r.meter.commit(r.journal); err != nil {
		return err
	}
	if f, ok := r.journal.(interface{ Flush() error }); ok && r.prompt {
		if err := f.Flush(); err != nil {
			return err
		}
	}
	for i := range r.batch {
		r.watch(r.batch[i])
	}
	r.batch = r.batch[:0]
	return nil
}

func (r *recorder) finish() error {
	if len(r.expected) > 0 {
		return diverged(&Divergence{Time: r.expected[0].Time, Was: &r.expected[0]})
	}
	return r.journal.Finish()
}
