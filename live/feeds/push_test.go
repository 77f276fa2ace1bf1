package feeds_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A horn pushes rows, and fails as a test says.
type horn struct {
	desk *desk
	run  func(ctx context.Context, emit func(signals.Batch) error) error
}

func (h *horn) Kinds() []market.SignalKind { return []market.SignalKind{"alert"} }

func (h *horn) Run(ctx context.Context, emit func(signals.Batch) error) error {
	h.desk.note("run")
	return h.run(ctx, emit)
}

func TestPusher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		row := market.Signal{Source: "horn", Kind: "alert", Subject: "BTC", Effective: market.TimeOf(time.Now()), Value: 1}
		fail := 2
		h := &horn{d, func(ctx context.Context, emit func(signals.Batch) error) error {
			if fail--; fail >= 0 {
				return errors.New("address in use")
			}
			for range 3 {
				if err := emit(signals.Batch{Signals: []market.Signal{row}}); err != nil {
					return err
				}
			}
			<-ctx.Done()
			return ctx.Err()
		}}
		d.run(d.options(feeds.Feed{Name: "horn", Source: h}), time.Hour)
		near(t, d.times(), "0s", "1s", "2s")
		if got := d.health("horn", ""); got.State != feeds.OK || !got.Pushes || got.Fault.Text != "address in use" || len(d.rows) != 3 || got.Success.IsZero() {
			t.Errorf("health %+v, %d rows", got, len(d.rows))
		}
		h.run = func(context.Context, func(signals.Batch) error) error { panic("horn") }
		d.run(d.options(feeds.Feed{Name: "horn", Source: h}), time.Hour)
		if got := d.health("horn", ""); got.State != feeds.Disabled {
			t.Errorf("health %+v", got)
		}
	})
}

// What cannot be stored is not acknowledged.
func TestPusherOfWhatCannotBeStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		full := errors.New("disk full")
		h := &horn{d, func(_ context.Context, emit func(signals.Batch) error) error {
			if err := emit(signals.Batch{Signals: []market.Signal{{Kind: "alert"}}}); !errors.Is(err, full) {
				t.Errorf("error %v", err)
			}
			return full
		}}
		o := d.options(feeds.Feed{Name: "horn", Source: h})
		o.Arrive = func(string, signals.Batch) ([]market.Signal, error) { return nil, full }
		d.run(o, time.Minute)
		if got := d.health("horn", ""); got.State == feeds.OK || len(d.asked) > 6 {
			t.Errorf("health %+v, asked %v", got, d.asked)
		}
	})
}
