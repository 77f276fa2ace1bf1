package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Replay is the journal of a session that is run again: the strategies are given what they
// were given then, updates of their orders included, and must decide the same (semantics L4).
type Replay struct {
	Engine    engine.Config // its Feed, Router and Journal are set by Run
	Past      iter.Seq2[[]market.Record, error]
	Finished  bool              // the journal ends where the session did: nothing may come after it
	Execution []market.Interval // by instrument; nil is the finest that is watched
	// Step, if set, is called after each instant that the journal holds, with its records. Its
	// error ends the replay; ErrStopped does so without being one.
	Step func(*engine.Engine, []market.Record) error
}

// ErrStopped ends a replay where it is.
var ErrStopped = errors.New("stopped")

// errBeyond is of a record that comes after the end of the journal.
var errBeyond = errors.New("beyond the journal")

// A Divergence is where a run does not repeat its journal. It is wrapped in an error of class
// [market.Mismatch].
type Divergence struct {
	Time market.Time
	Was  *market.Record // that the journal holds; nil: nothing more in that instant
	Is   *market.Record // that this run made; nil: nothing more
	Err  error          // why it cannot go on from there; Was and Is are nil then
}

// Error says what the journal has and what the run.
func (d *Divergence) Error() string {
	switch {
	case d.Err != nil:
		return d.Err.Error()
	case d.Was == nil:
		return "the journal's instant ends before " + printed(d.Is)
	case d.Is == nil:
		return "the journal holds more than the run made: " + printed(d.Was)
	}
	return fmt.Sprintf("the journal has %s, this run has %s", printed(d.Was), printed(d.Is))
}

// Run runs the journal again. The error wraps a [Divergence] where the run decided otherwise.
// The engine is returned where there is one, for its state.
func (p Replay) Run(ctx context.Context) (*engine.Engine, error) {
	rec := &recorder{journal: beyond{p.Finished}}
	p.Engine.Journal = rec
	e, err := engine.New(p.Engine)
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Err: err}
	}
	if p.Step != nil {
		rec.step = func(records []market.Record) error { return p.Step(e, records) }
	}
	source := &refeed{recorder: rec, brings: ofWorld, bring: events, open: ending}
	defer source.begin(during(ctx, p.Past))()
	execution := p.Execution
	if execution == nil {
		_, execution = executions(p.Engine.Instruments, e.Subscriptions())
	}
	err = conduct(ctx, e, nil, source, nobody{}, execution)
	switch {
	case errors.Is(err, ErrStopped):
		return e, nil
	case errors.Is(err, errBeyond), err == nil: // the process ended in the midst of what it did next
		return e, rec.finish()
	}
	var known *market.Error
	if len(source.events) > 0 && !errors.As(err, &known) && ctx.Err() == nil { // the engine cannot take what it is given
		err = diverged(&Divergence{Time: source.events[0].Time, Err: err})
	}
	return e, err
}

// events returns all events of an instant.
func events(records []market.Record) (list []market.Event) {
	for i := range records {
		if ofWorld(&records[i]) {
			list = append(list, records[i].Event)
		}
	}
	return list
}

// during ends a past with the context.
func during(ctx context.Context, past iter.Seq2[[]market.Record, error]) iter.Seq2[[]market.Record, error] {
	return func(yield func([]market.Record, error) bool) {
		for records, err := range past {
			if err == nil && ctx.Err() != nil {
				records, err = nil, ctx.Err()
			}
			if !yield(records, err) || err != nil {
				return
			}
		}
	}
}

// ending is what comes after a journal that nothing follows.
func ending(context.Context, market.Time) (sim.Source, error) { return nothing{}, nil }

// nothing is a market that has ended.
type nothing struct{}

// Next returns io.EOF.
func (nothing) Next(context.Context, market.Time) ([]market.Event, error) { return nil, io.EOF }

// nobody is a router that sends nothing: what became of orders is in the journal.
type nobody struct{}

func (nobody) Submit(market.Time, market.Order)   {}
func (nobody) Cancel(market.Time, market.OrderID) {}
func (nobody) Amend(market.Time, market.Order)    {}

// beyond is a journal that takes nothing: what comes after the past is no part of a replay.
type beyond struct{ finished bool }

func (b beyond) Append(r market.Record) error {
	if b.finished {
		return diverged(&Divergence{Time: r.Time, Is: &r})
	}
	return errBeyond
}
func (beyond) Commit() error { return nil }
func (beyond) Finish() error { return nil }

// Simulation is a session's market that is traded on anew, by the engine and the simulated
// venue of a backtest: the bars, signals, flows and commands are those that the journal
// holds, and the fills are made again (semantics L5).
type Simulation struct {
	Engine engine.Config // its Feed, Router and Journal are set by Run
	Past   iter.Seq2[[]market.Record, error]
	// Venue makes the venue for the execution intervals, by instrument.
	Venue     func([]market.Interval) *sim.Venue
	Execution []market.Interval // by instrument; nil is the finest that is watched
	Watch     func(market.Record)
	// Instants is how many instants with records are shown: those of a journal that ends in the
	// midst of what its session did. 0: all.
	Instants int
}

// Run runs the session again, and shows Watch what the engine records.
func (s Simulation) Run(ctx context.Context) (*engine.Engine, error) {
	s.Engine.Journal = &watching{see: s.Watch, left: s.Instants, bounded: s.Instants > 0}
	e, err := engine.New(s.Engine)
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Err: err}
	}
	execution := s.Execution
	if execution == nil {
		_, execution = executions(s.Engine.Instruments, e.Subscriptions())
	}
	v := s.Venue(execution)
	source := &refeed{recorder: &recorder{}, heedless: true, brings: ofMarket, bring: marketEvents, open: ending}
	defer source.begin(during(ctx, s.Past))()
	return e, conduct(ctx, e, nil, sim.NewFeed(v, source), v, execution)
}

// watching is a journal that shows its records and keeps none.
type watching struct {
	see     func(market.Record)
	left    int // instants to show
	bounded bool
	any     bool // records in the instant at hand
}

// Append shows a record.
func (w *watching) Append(r market.Record) error {
	w.any = true
	if !w.bounded || w.left > 0 {
		w.see(r)
	}
	return nil
}

// Commit ends an instant.
func (w *watching) Commit() error {
	if w.any {
		w.left--
	}
	w.any = false
	return nil
}
