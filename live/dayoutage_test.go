package live_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// TestOutages: whatever fails for an hour beyond the session, it goes on when that is over,
// its time never goes back, and it and the venue know the same at the end.
func TestOutages(t *testing.T) {
	for _, x := range []struct {
		name string
		set  func(d *day)
		deaf bool // nothing can be ordered meanwhile; otherwise a clock is wrong
	}{
		{"the venue is down", func(d *day) {
			d.faults = []venue.Fault{{Name: venue.FaultDown, After: time.Hour, For: time.Hour}}
		}, true},
		{"no name is known", func(d *day) { d.world = d.nameless }, true},
		{"the local clock is set back", func(d *day) { d.world = func(e *exchange.Env) { e.Now = d.setBy(-time.Hour) } }, false},
		{"the local clock is set forward", func(d *day) { d.world = func(e *exchange.Env) { e.Now = d.setBy(time.Hour) } }, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDay(t, 3, false)
				d.hours, d.faults = 4, nil
				x.set(d)
				d.trade()
				d.judge()
				d.judgeTime(x.deaf)
				if t.Failed() {
					d.tell()
				}
			})
		})
	}
}

// during reports whether the hour is on in which something fails.
func (d *day) during() bool {
	since := time.Since(d.start.UTC())
	return since >= time.Hour && since < 2*time.Hour
}

// setBy is a clock that is wrong for the hour, as one is that somebody sets: it does not
// know how much time has passed otherwise.
func (d *day) setBy(by time.Duration) func() time.Time {
	return func() time.Time {
		now := time.Now().Round(0)
		if d.during() {
			now = now.Add(by)
		}
		return now
	}
}

// nameless lets no name be found for the hour, and cuts what is open.
func (d *day) nameless(e *exchange.Env) {
	unknown := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.binance.com", IsNotFound: true}}
	through, dial := e.HTTP.Transport, e.Dial
	e.HTTP = &http.Client{Transport: tripper(func(q *http.Request) (*http.Response, error) {
		if d.during() {
			return nil, unknown
		}
		return through.RoundTrip(q)
	})}
	e.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if d.during() {
			return nil, unknown
		}
		return dial(ctx, network, address)
	}
	cut := venue.Fault{Name: venue.FaultDisconnect, After: time.Hour + time.Second}
	d.faults = append(d.faults, cut)
	if err := d.venue.SetFault(cut); err != nil {
		d.t.Error(err)
	}
}

type tripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f tripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// judgeTime: the journal's time never goes back, and orders were sent before, after and,
// where that was possible, during the hour. Each was sent within a minute of its decision, or
// not at all, as far as the clock can tell.
func (d *day) judgeTime(deaf bool) {
	last := market.Time(0)
	decided := map[string]market.Time{}
	for _, frame := range d.book.frames {
		for _, r := range frame {
			if r.Time < last {
				d.t.Errorf("the journal goes back from %s to %s", last, r.Time)
			}
			last = r.Time
			if r.Kind == market.RecordDecision && r.Decision.Action == market.Submit {
				decided[d.names.Client(r.Decision.Order.ID)] = r.Time
			}
		}
	}
	var sent [3]int
	for _, o := range d.venue.State().Spot.Orders {
		at, ok := decided[o.Client]
		if !ok {
			continue // of the one that it was before a change
		}
		delete(decided, o.Client)
		sent[min(2, int((o.Created-d.start)/hour))]++
		if by := time.Duration(o.Created - at); by.Abs() > time.Minute && deaf {
			d.t.Errorf("%s was decided at %s and is at the venue since %s", o.Client, at, o.Created)
		}
	}
	if sent[0] == 0 || sent[2] == 0 || !deaf && slices.Contains(sent[:], 0) {
		d.t.Errorf("orders before, during and after: %v", sent)
	}
	d.t.Logf("orders before, during and after: %v", sent)
}
