package strategytest

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// restarts checks that a strategy is where it was after its process has ended (semantics
// L4): a new instance is fed what the first one saw, while nothing reaches the venue, goes
// on from there, and decides as if nothing had happened.
func (s *suite) restarts() error {
	for _, at := range s.ends() {
		out, err := s.restarted(at)
		if d := differ(s.base.entries, out.entries); d != nil {
			return s.lost(at, d)
		}
		if err != nil {
			return fmt.Errorf("the run failed that was restarted at %s: %w", at, err)
		}
	}
	return nil
}

// ends returns when the process ends: a while after one decision, when its order works or
// has filled, and at once after two others.
func (s *suite) ends() []market.Time {
	list := s.base.entries
	_, last := s.h.Span()
	var at []market.Time
	for _, t := range []market.Time{
		list[len(list)/4].time, list[len(list)/2].time + market.Time(s.interval)/2, list[len(list)*3/4].time,
	} {
		at = append(at, min(t, last-market.Time(s.interval)))
	}
	return at
}

// restarted runs the strategy over the main history, with a new instance from a time on. The
// first one is not closed: a process that ends by force closes nothing. An error of the run
// comes with what was decided until then.
func (s *suite) restarted(at market.Time) (*outcome, error) {
	out := &outcome{trace: trace{scope: s.plugin.Name}}
	h := s.whole()
	m, err := s.assemble(h, request{}, nil)
	if err != nil {
		return out, err
	}
	first := &session{feed: m.feed, venue: m.venue, end: at}
	m.engine.Connect(first, first, m.execution)
	if err := m.engine.Run(context.Background()); err != nil {
		return out, err
	}

	cfg, err := s.config(h, request{unaudited: true}) // the venue is ahead of the books
	if err != nil {
		return out, err
	}
	cfg.Journal, cfg.Instruments = &out.trace, h.Instruments
	e, err := engine.New(cfg)
	if err != nil {
		return out, err
	}
	again := &session{feed: m.feed, venue: m.venue, past: first.given, end: market.MaxTime}
	e.Connect(again, again, m.execution)
	if err := e.Run(context.Background()); err != nil {
		return out, err
	}
	return out, e.Close()
}

// machine is an engine and a venue that are not connected yet.
type machine struct {
	engine    *engine.Engine
	feed      *sim.Feed
	venue     *sim.Venue
	execution []market.Interval
}

// assemble makes what a run needs, of a new instance of the strategy.
func (s *suite) assemble(h *backtest.History, r request, j engine.Journal) (m machine, err error) {
	s.announce(h)
	cfg, err := s.config(h, r)
	if err != nil {
		return m, err
	}
	cfg.Journal, cfg.Instruments = j, h.Instruments
	if m.engine, err = engine.New(cfg); err != nil {
		return m, err
	}
	source, execution, err := backtest.NewFeed(h, m.engine.Subscriptions())
	if err != nil {
		return m, err
	}
	m.execution, m.venue = execution, backtest.NewVenue(&cfg, h, execution, options(r))
	m.feed = sim.NewFeed(m.venue, source)
	return m, nil
}

// lost explains a strategy that a restart changed.
func (s *suite) lost(at market.Time, d *difference) error {
	return fmt.Errorf("it does not survive a restart: when its process ended at %s, and a new instance was fed what the first had seen, %s\n"+
		"The new instance has to come to the same state by the same callbacks. Likely causes: state in a package variable or a file,\n"+
		"which the first one left behind, or state that Close resets, which a process that is killed never calls.\n"+
		"Keep all state in the struct that New returns, and let it follow from the callbacks alone",
		at, d.print("without a restart", "with a restart", s.h.Instruments))
}

// session is the feed and the router of a process: first what an earlier one was given, while
// nothing is routed, and then the venue, up to the time at which the process ends.
type session struct {
	feed  *sim.Feed
	venue *sim.Venue
	past  [][]market.Event
	end   market.Time
	given [][]market.Event // all that it has handed out
	live  bool
}

// Next returns the events of the next instant, and keeps a copy.
func (s *session) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if len(s.past) > 0 {
		list := s.past[0]
		s.past = s.past[1:]
		return list, nil
	}
	s.live = true
	events, err := s.feed.Next(ctx, min(limit, s.end))
	switch {
	case err != nil:
		return nil, err
	case len(events) == 0 && limit > s.end:
		return nil, io.EOF
	case len(events) > 0:
		events[0].More = 0 // each row comes by itself
	}
	s.given = append(s.given, keep(events))
	return events, nil
}

// keep copies events, with what is the venue's, which uses the room again.
func keep(events []market.Event) []market.Event {
	list := slices.Clone(events)
	for k := range list {
		if u := list[k].Update; u != nil {
			mine := *u
			if u.Fill != nil {
				fill := *u.Fill
				mine.Fill = &fill
			}
			list[k].Update = &mine
		}
	}
	return list
}

// Submit passes an order on.
func (s *session) Submit(now market.Time, o market.Order) {
	if s.live {
		s.venue.Submit(now, o)
	}
}

// Cancel passes a cancel on.
func (s *session) Cancel(now market.Time, id market.OrderID) {
	if s.live {
		s.venue.Cancel(now, id)
	}
}

// Amend passes an amend on.
func (s *session) Amend(now market.Time, o market.Order) {
	if s.live {
		s.venue.Amend(now, o)
	}
}
