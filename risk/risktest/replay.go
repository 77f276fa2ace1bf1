package risktest

import (
	"context"
	"io"
	"testing"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// replay feeds the events of a trace again, instant by instant, as a session does that
// goes on after its process has ended.
type replay struct {
	instants [][]market.Event
}

// events returns what a journal holds of each instant that had events.
func (t *Trace) events() (instants [][]market.Event) {
	from := 0
	for _, end := range append(t.commits, len(t.Records)) {
		var list []market.Event
		for k := range t.Records[from:end] {
			if r := &t.Records[from+k]; r.Kind == market.RecordEvent {
				ev := r.Event
				ev.More = 0 // each row comes by itself
				list = append(list, ev)
			}
		}
		if from = end; len(list) > 0 {
			instants = append(instants, list)
		}
	}
	return instants
}

// Next returns the events of the next instant.
func (r *replay) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	switch {
	case len(r.instants) == 0:
		return nil, io.EOF
	case r.instants[0][0].Time > limit:
		return nil, nil
	}
	list := r.instants[0]
	r.instants = r.instants[1:]
	return list, nil
}

// mute takes orders and does nothing.
type mute struct{}

func (mute) Submit(market.Time, market.Order)   {}
func (mute) Cancel(market.Time, market.OrderID) {}
func (mute) Amend(market.Time, market.Order)    {}

// Again runs the trial over the events of a trace, without a venue: what a restart does.
func (t Trial) Again(tb testing.TB, before *Trace) *Trace {
	tb.Helper()
	trace := &Trace{interval: t.interval()}
	e, err := engine.New(t.config(trace))
	if err != nil {
		tb.Fatal(err)
	}
	execution := make([]market.Interval, len(t.History.Instruments))
	for i := range execution {
		execution[i] = t.interval()
	}
	e.Connect(&replay{before.events()}, mute{}, execution)
	if err := e.Run(context.Background()); err != nil {
		tb.Errorf("fed again from its journal: %v", err)
	}
	trace.Result = e.Result()
	return trace
}
