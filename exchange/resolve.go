package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// How often an order of unknown outcome is asked for, and from when on an answer that
// there is none counts as proof where the venue's adapter does not say.
const (
	firstPause  = 250 * time.Millisecond
	longPause   = 8 * time.Second
	surelyLater = time.Minute
)

// Resolve finds out what became of an order whose request failed with [ErrUnknown], by
// asking and never by sending it again (semantics L2). It returns where the order stands,
// once the venue says so. ErrNotFound is proof of absence: the venue still knew of no such
// order after the time from which on it cannot come to be any more, which is Until of the
// fault that failed is (see [Fault]). It ends early only with ctx. It pauses with wait, nil:
// by the clock of this machine.
func Resolve(ctx context.Context, b Broker, i market.Instrument, id market.OrderID, failed error, now func() time.Time, wait func(context.Context, time.Duration) error) (market.OrderUpdate, error) {
	if wait == nil {
		wait = sleep
	}
	proven := now().Add(surelyLater)
	var f *Fault
	if errors.As(failed, &f) && !f.Until.IsZero() {
		proven = f.Until
	}
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		if err := wait(ctx, pause); err != nil {
			return market.OrderUpdate{}, err
		}
		asked := now()
		u, err := b.Order(ctx, i, id)
		if err == nil || errors.Is(err, ErrNotFound) && asked.After(proven) {
			return u, err
		}
		if left := proven.Sub(now()); left > 0 {
			pause = min(pause, max(left, firstPause)) // ask soon after the proof is possible
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
