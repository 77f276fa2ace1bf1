package binance

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A clock tells the venue's time. Its methods may be called concurrently. It goes by how
// much time has passed here, so that a local clock that is set does not move it.
type clock struct {
	local  func() time.Time
	anchor atomic.Pointer[anchor]

	once sync.Once
	turn chan struct{} // holds a token while the venue is asked
}

// An anchor is one comparison of the clocks. It is never changed.
type anchor struct {
	here  time.Time     // by the local clock
	there market.Time   // by the venue's, at the same instant
	trip  time.Duration // how long the answer took, which bounds the error
}

const (
	samples = 5                // of one synchronisation: the one that took least counts
	resync  = 45 * time.Minute // how long one is trusted
)

// now returns the venue's time as far as it is known; before it was asked the local time.
func (c *clock) now() market.Time {
	here := c.local()
	a := c.anchor.Load()
	if a == nil {
		return market.TimeOf(here)
	}
	return a.there + market.Time(here.Sub(a.here))
}

// fresh reports whether the venue was asked less than an age ago.
func (c *clock) fresh(age time.Duration) bool {
	a := c.anchor.Load()
	if a == nil {
		return false
	}
	since := c.local().Sub(a.here)
	return since >= 0 && since <= age
}

// compared returns what one answer of the venue says: sent and back are when the request
// went and the answer came, by the local clock.
func compared(sent, back time.Time, t market.Time) anchor {
	trip := max(back.Sub(sent), 0)
	return anchor{here: back, there: t + market.Time(trip/2), trip: trip}
}

// sync asks the venue n times, and goes by the answer that took least. Who finds that
// somebody has just done so does not ask again.
func (c *clock) sync(ctx context.Context, n int, ask func(context.Context) (anchor, error)) error {
	before := c.anchor.Load()
	c.once.Do(func() { c.turn = make(chan struct{}, 1) })
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done(): // who asks may be waiting long for an answer
		return ctx.Err()
	}
	if c.anchor.Load() != before {
		return nil
	}
	var best *anchor
	for range n {
		a, err := ask(ctx)
		if err != nil && best == nil {
			return err
		}
		if err == nil && (best == nil || a.trip < best.trip) {
			best = &a
		}
	}
	c.anchor.Store(best)
	return nil
}
