package live

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Meter is told how a session at work does: how long things take, and what happens that
// should not. One serves one session. Its functions may be nil; they are called from any
// goroutine, and must not wait. A nil Meter measures nothing and costs nothing.
type Meter struct {
	Took   func(what Timing, d time.Duration)
	Count  func(what Tally, kind string)
	Signal func(s *market.Signal)    // is shown each row that the engine is given, those of the journal's past too
	Lag    func(bytes, instants int) // what is committed, and not on disk yet
	Opened func()                    // trading goes on: the past was fed again, and the venue is connected

	begun time.Time // when the instant at hand was handed out; of the session's goroutine
}

// Timing is a span that a Meter is told.
type Timing int8

// The timings.
const (
	InstantTime    Timing = iota // from an instant's events until the engine asks for the next
	CommitTime                   // of one commit of the journal
	DecisionToWire               // from an instant's events to the last byte of the request of an order that it decided
	WireToAck                    // from there to the venue's answer, of an order that it took or refused
	FeedLag                      // from the time of an instant to when it is handed out; not of replayed history
	timings
)

// Tally is what a Meter counts.
type Tally int8

// The tallies, and what their kinds are.
const (
	Reconnects Tally = iota // a stream connected anew: "market" or "account"
	Gaps                    // a span in which something may have been missed: "market" or "account"
	Faults                  // a request that failed: "rejected", "unavailable", "unknown" or "other"
	Unknowns                // an order whose outcome became unknown: "submit", or "restart" where the process had ended before it was told
	Proven                  // one of them whose outcome was found out: "exists" or "absent"
	Answers                 // the venue answered a request
	Silent                  // it did not, and the request was no order
	Broken                  // the journal could not be written: nothing is traded any more
	Findings                // what a comparison of the account with the books found: "adopted", "moved", "absent", "halt", "lift" or "note"
	tallies
)

func (m *Meter) took(what Timing, since time.Time) {
	if m != nil && m.Took != nil && !since.IsZero() {
		m.Took(what, time.Since(since))
	}
}

func (m *Meter) count(what Tally, kind string) {
	if m != nil && m.Count != nil {
		m.Count(what, kind)
	}
}

// opened tells that trading goes on.
func (m *Meter) opened() {
	if m != nil && m.Opened != nil {
		m.Opened()
	}
}

// saw looks at a record of the session.
func (m *Meter) saw(r *market.Record) {
	if m != nil && m.Signal != nil && r.Kind == market.RecordEvent && r.Event.Signal != nil {
		m.Signal(r.Event.Signal)
	}
}

// now is the time, where anything is measured.
func (m *Meter) now() time.Time {
	if m == nil || m.Took == nil {
		return time.Time{}
	}
	return time.Now()
}

// beginning is when the instant at hand was handed out.
func (m *Meter) beginning() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.begun
}

// commit commits a journal.
func (m *Meter) commit(j Journal) error {
	began := m.now()
	err := j.Commit()
	if m == nil {
		return err
	}
	if m.took(CommitTime, began); err != nil {
		m.count(Broken, "")
	}
	if l, ok := j.(interface{ Lag() (bytes, instants int) }); ok && m.Lag != nil {
		m.Lag(l.Lag())
	}
	return err
}

// wire returns a context that learns when a request of it was written to the network.
func (m *Meter) wire(ctx context.Context) (context.Context, *atomic.Int64) {
	wrote := &atomic.Int64{}
	if m == nil || m.Took == nil {
		return ctx, wrote
	}
	wrote.Store(time.Now().UnixNano()) // of a venue that no request goes to
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { wrote.Store(time.Now().UnixNano()) },
	}), wrote
}

// sent tells how long an order took to the wire, and from there to the answer; born is when
// the instant that decided it began.
func (m *Meter) sent(born time.Time, wrote *atomic.Int64, err error) {
	if err != nil {
		m.count(Faults, faultOf(err))
	} else {
		m.count(Answers, "")
	}
	if m == nil || m.Took == nil || born.IsZero() {
		return
	}
	at := time.Unix(0, wrote.Load())
	m.Took(DecisionToWire, max(0, at.Sub(born)))
	if err == nil || errors.Is(err, exchange.ErrRejected) {
		m.took(WireToAck, at)
	}
}

// faultOf names the kind of a fault.
func faultOf(err error) string {
	switch {
	case errors.Is(err, exchange.ErrRejected):
		return "rejected"
	case errors.Is(err, exchange.ErrUnknown):
		return "unknown"
	case errors.Is(err, exchange.ErrUnavailable):
		return "unavailable"
	}
	return "other"
}

// feed measures the instants of a feed; the clock is nil where its time is not the wall's.
func (m *Meter) feed(f engine.Feed, clock func() market.Time) engine.Feed {
	if m == nil {
		return f
	}
	return &metered{f, m, clock}
}

// metered is a feed whose instants are measured.
type metered struct {
	engine.Feed
	meter *Meter
	clock func() market.Time
}

// Next returns every event of the next instant, as engine.Feed says.
func (f *metered) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	f.meter.took(InstantTime, f.meter.begun)
	f.meter.begun = time.Time{}
	events, err := f.Feed.Next(ctx, limit)
	if err != nil {
		return events, err
	}
	f.meter.begun = f.meter.now()
	if f.clock != nil && len(events) > 0 && f.meter.Took != nil {
		f.meter.Took(FeedLag, max(0, time.Duration(f.clock()-events[0].Time)))
	}
	return events, nil
}
