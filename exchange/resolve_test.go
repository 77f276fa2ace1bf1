package exchange

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// asked is a broker that knows one order from some time on, and never where it is zero.
type asked struct {
	Broker
	appears time.Time
	times   []time.Duration
	started time.Time
	fails   int // answers that are no answer, first
}

func (a *asked) Order(context.Context, market.Instrument, market.OrderID) (market.OrderUpdate, error) {
	now := time.Now()
	a.times = append(a.times, now.Sub(a.started))
	switch {
	case len(a.times) <= a.fails:
		return market.OrderUpdate{}, &Fault{Kind: ErrUnavailable}
	case a.appears.IsZero() || now.Before(a.appears):
		return market.OrderUpdate{}, &Fault{Kind: ErrNotFound}
	}
	return market.OrderUpdate{State: market.Accepted}, nil
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name    string
		appears time.Duration // after the request; 0: never
		fails   int
		found   bool
		by      time.Duration
	}{
		{"there at once", time.Nanosecond, 0, true, 250 * time.Millisecond},
		{"visible later", 3 * time.Second, 0, true, 5 * time.Second},
		{"visible just before the proof", 15 * time.Second, 0, true, 20 * time.Second},
		{"never there", 0, 0, false, 30 * time.Second},
		{"nobody answers for a while", 0, 4, false, 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := time.Now()
				b := &asked{started: now, fails: c.fails}
				if c.appears > 0 {
					b.appears = now.Add(c.appears)
				}
				proven := 16 * time.Second
				_, err := Resolve(t.Context(), b, market.Instrument{}, market.OrderID{}, &Fault{Kind: ErrUnknown, Until: now.Add(proven)}, time.Now, nil)
				if took := time.Since(now); took > c.by {
					t.Errorf("it took %s, more than %s; asked after %v", took, c.by, b.times)
				}
				switch {
				case c.found && err != nil:
					t.Errorf("the order is there, and not found: %v", err)
				case !c.found && !errors.Is(err, ErrNotFound):
					t.Errorf("no proof of absence: %v", err)
				case !c.found && time.Since(now) < proven:
					t.Errorf("proven after %s, before it can be", time.Since(now))
				}
			})
		})
	}
}
