package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// phase is how far an instant has come.
type phase int8

const (
	between    phase = iota // the next instant may begin
	handling                // rules' handlers run
	calling                 // strategies' callbacks run
	concluding              // targets, sizes, rules, journal, router
)

// Run feeds events until the feed ends, and returns nil then. A strategy that panics
// or fails stops alone: the result's Faults tell of it. A rule that panics halts the
// account.
func (e *Engine) Run(ctx context.Context) error {
	if e.cfg.Feed == nil || e.cfg.Router == nil {
		return errors.New("engine has no feed or no router")
	}
	for {
		if ended, err := e.loop(ctx); ended || err != nil {
			return err
		}
	}
}

// loop runs instants until the feed ends. It returns early, not ended, after a panic
// in a plug-in, in the midst of an instant: called again, it goes on from there.
func (e *Engine) loop(ctx context.Context) (ended bool, err error) {
	defer func() {
		if e.phase == handling || e.phase == calling {
			if r := recover(); r != nil {
				e.contain(r)
			}
		}
	}()
	for {
		if e.phase == between {
			if ended, err := e.begin(ctx); ended || err != nil {
				return ended, err
			}
		}
		e.call()
		if err := e.conclude(); err != nil {
			return false, err
		}
	}
}

// contain stops the plug-in that panicked: a strategy alone, but the whole account for
// a rule, since nobody guards the money in its place.
func (e *Engine) contain(value any) {
	if e.phase == calling {
		e.books[e.at].stop(e.panicError(value))
		e.at++
		return
	}
	h := desk.Halt{Rule: e.rules[e.at].Name(), Text: "the rule panicked: " + e.panicError(value).Error(), Account: true, Instrument: market.NoInstrument}
	e.rules = slices.Delete(e.rules, e.at, e.at+1)
	e.halt(Halt{Halt: h, Time: e.market.Now})
}

// panicError says what a plug-in's panic was, when, and where.
func (e *Engine) panicError(value any) error {
	return fmt.Errorf("panic at %s%s: %v", e.market.Now, e.panicPlace(), value)
}

// panicPlace says where a plug-in panicked, if the configuration can tell.
func (e *Engine) panicPlace() string {
	if e.cfg.Panicked == nil {
		return ""
	}
	return " (" + e.cfg.Panicked() + ")"
}

// ErrInitPanic is the panic of a plug-in that was to initialise itself.
var ErrInitPanic = errors.New("panic in Init")

// host initialises a strategy. A panic is an error of it.
func (e *Engine) host(d *desk.Instance, s strategy.Strategy) (h *strategy.Host, err error) {
	defer func() {
		if r := recover(); r != nil {
			h, err = nil, fmt.Errorf("strategy %s: %w%s: %v", d.Name, ErrInitPanic, e.panicPlace(), r)
		}
	}()
	return strategy.NewHost(d, s)
}

// begin applies the events of the next instant: a further one of the same time for
// what the engine itself refused, or else the feed's.
func (e *Engine) begin(ctx context.Context) (ended bool, err error) {
	if len(e.own) > 0 {
		return false, e.apply(e.market.Now, e.refused(), false)
	}
	if len(e.run) > 0 && e.run[0].More > 0 {
		ev := &e.run[0]
		ev.Row++
		ev.More--
		ev.Time = ev.Bars.OpenTime[ev.Row] + market.Time(ev.Interval)
		return false, e.apply(ev.Time, e.run, e.cfg.Journal != nil)
	}
	limit := market.MaxTime
	if e.timed {
		limit = e.nextTimer()
	}
	events, err := e.cfg.Feed.Next(ctx, limit)
	if err != nil {
		if err == io.EOF { // itself: a connection that was cut may be wrapped in an error, and ends nothing
			return true, nil
		}
		return false, err
	}
	now := limit
	if len(events) > 0 {
		now = events[0].Time
	} else if limit == market.MaxTime {
		return false, errors.New("the feed gave no event and has not ended")
	}
	e.run = nil
	if len(events) == 1 && (e.started || !e.timed) { // the first instant sets the timers that bound a run
		e.run = events
	}
	return false, e.apply(now, events, e.cfg.Journal != nil)
}

// refused returns the engine's own refusals as events.
func (e *Engine) refused() []market.Event {
	own := e.own
	e.own = nil
	events := make([]market.Event, len(own))
	for i := range own {
		events[i] = market.Event{Time: e.market.Now, Kind: market.KindUpdate, Update: &own[i]}
	}
	return events
}

// apply lets the events of one instant change the state, and takes the equity.
func (e *Engine) apply(now market.Time, events []market.Event, journal bool) error {
	m := e.market
	if now != m.Now {
		if now < m.Now {
			return fmt.Errorf("event of %s came after %s", now, m.Now)
		}
		m.Now, e.rounds = now, 0
	}
	m.Stamp++
	e.rounds++
	marks := len(events) == 0
	for i := range events {
		ev := &events[i]
		if journal {
			if err := e.cfg.Journal.Append(market.Record{Kind: market.RecordEvent, Time: now, Event: *ev}); err != nil {
				return err
			}
		}
		if ev.Kind == market.KindBar {
			marks = true
			if t := m.Execution[ev.Instrument]; t != nil && t.Interval == ev.Interval && t.Columns == ev.Bars {
				t.N, t.Stamp = int(ev.Row)+1, m.Stamp
				m.Price[ev.Instrument] = ev.Bars.Close[ev.Row]
				e.bars++
				continue
			}
			e.applyBar(ev)
			continue
		}
		marks = marks || ev.Kind != market.KindUpdate
		if err := e.applyOther(ev); err != nil {
			return err
		}
	}
	if e.audit != nil {
		if err := e.audit.instant(events); err != nil {
			return err
		}
	}
	if marks {
		if equity := e.equityF(); !e.curve.take(now, equity) {
			e.extend(now, equity)
		}
	}
	if !e.started {
		e.start(now)
	}
	if now >= e.liftAt {
		e.expire()
	}
	e.phase, e.at = calling, 0
	if e.steady || e.queued && len(e.rules) > 0 {
		e.phase = handling
	}
	return nil
}

// call runs the rules' handlers, then the strategies' callbacks by name.
func (e *Engine) call() {
	if e.phase == handling {
		for ; e.at < len(e.rules); e.at++ {
			e.rules[e.at].Dispatch(e.market.Stamp)
		}
		e.queued = false
		e.phase, e.at = calling, 0
	}
	for ; e.at < len(e.books); e.at++ {
		b := e.books[e.at]
		if b.stopped {
			b.desk.Reads = nil // what it read before is not why its orders end now
			continue
		}
		b.host.Dispatch(e.market.Stamp)
	}
	e.phase = concluding
}

// conclude turns what was asked for into decisions, makes them durable, and routes them.
func (e *Engine) conclude() error {
	if len(e.intents) > 0 || e.flattens || e.tends || e.watching > 0 {
		e.resolve()
	}
	if e.cfg.Journal != nil {
		if err := e.cfg.Journal.Commit(); err != nil {
			return err
		}
	}
	if len(e.routed) > 0 {
		e.run = nil // the venue has something to say before the next row
		e.route(e.market.Now)
	}
	e.phase = between
	return e.failure
}

// start sets the schedules going at the first instant.
func (e *Engine) start(now market.Time) {
	e.started = true
	for _, b := range e.books {
		b.host.Hub().Start(now)
	}
	for _, h := range e.rules {
		h.Start(now)
	}
}

func (e *Engine) nextTimer() market.Time {
	next := market.MaxTime
	if !e.started {
		return next
	}
	for _, b := range e.books {
		if !b.stopped {
			next = min(next, b.host.Hub().NextTimer())
		}
	}
	for _, h := range e.rules {
		next = min(next, h.NextTimer())
	}
	return next
}

// applyOther lets an event other than a bar change the state.
func (e *Engine) applyOther(ev *market.Event) error {
	if err := e.change(ev); err != nil || e.audit == nil {
		return err
	}
	return e.audit.take(ev)
}

func (e *Engine) change(ev *market.Event) error {
	switch ev.Kind {
	case market.KindUpdate:
		return e.applyUpdate(ev.Update)
	case market.KindSignal:
		e.market.Signals.Apply(ev.Signal, e.market.Stamp)
	case market.KindFunding:
		return e.fund(ev)
	case market.KindCommand:
		if ev.Command == market.Reload && ev.Word != nil {
			return e.reload(ev.Word)
		}
		e.command(ev)
	case market.KindAccount:
		return e.account(ev.Flow)
	case market.KindListing:
		return e.relist(ev)
	}
	return nil
}

// relist gives an instrument other filters. Working orders stay as they are; decisions
// from now on obey the new ones (semantics X11).
func (e *Engine) relist(ev *market.Event) error {
	if ev.Listing == nil || ev.Instrument < 0 || int(ev.Instrument) >= len(e.cfg.Instruments) {
		return fmt.Errorf("listing of instrument %d, which this run does not have", ev.Instrument)
	}
	in := e.cfg.Instruments[ev.Instrument]
	in.Relist(ev.Listing)
	if err := in.Validate(); err != nil {
		return fmt.Errorf("listing of %s: %w", ev.Time, err)
	}
	e.cfg.Instruments[ev.Instrument] = in
	return nil
}

// applyBar takes a bar of a series that is not the execution series, or the first of
// new columns.
func (e *Engine) applyBar(ev *market.Event) {
	m := e.market
	t := m.Find(ev.Instrument, ev.Interval)
	if t == nil {
		return
	}
	if t != m.Execution[ev.Instrument] {
		t.Columns, t.N, t.Stamp = ev.Bars, int(ev.Row)+1, m.Stamp
		return
	}
	e.turn(t, ev)
	t.Columns, t.N, t.Stamp = ev.Bars, int(ev.Row)+1, m.Stamp
	m.Price[ev.Instrument] = ev.Bars.Close[ev.Row]
	e.bars++
	switch open := ev.Bars.OpenTime[ev.Row]; {
	case e.curve.empty():
		e.curve.begin(open)
	case ev.Row == 0:
		e.curve.earlier(open)
	}
	e.priceDiscount(ev)
}

// turn lets an execution series go on in new columns, before it does: what trades and the
// result need of the old ones is noted, so that nobody holds on to them.
func (e *Engine) turn(t *market.Tape, ev *market.Event) {
	if t.Columns == nil {
		e.opens[ev.Instrument] = ev.Bars.Open[0]
		return
	}
	shift := t.N - int(ev.Row)
	for _, done := range e.trades {
		if done.Instrument == ev.Instrument {
			done.leave(t.Columns, t.N, shift)
		}
	}
	for _, b := range e.books {
		if open := b.positions[ev.Instrument].trade; open != nil {
			open.leave(t.Columns, t.N, shift)
		}
	}
}

// route hands the decisions of the instant to the router.
func (e *Engine) route(now market.Time) {
	for i := range e.routed {
		d := &e.routed[i]
		switch d.Action {
		case market.Submit:
			e.cfg.Router.Submit(now, d.Order)
		case market.Cancel:
			e.cfg.Router.Cancel(now, d.Order.ID)
		case market.Amend:
			e.cfg.Router.Amend(now, d.Order)
		}
	}
	e.routed = e.routed[:0]
}
