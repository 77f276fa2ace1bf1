package app

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/store"
)

// TestFoldDaily: what arrived is in history.db at the start of a watch, and a day later.
func TestFoldDaily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &command{data: t.TempDir(), err: io.Discard}
		arrive := func() {
			row := market.Signal{Source: "s", Kind: "grade", Subject: "BTC", Effective: market.TimeOf(time.Now()), Value: 1}
			if _, err := c.intake(nil).Arrive("s", signals.Batch{Raw: []byte(row.Effective.String()), Signals: []market.Signal{row}}); err != nil {
				t.Fatal(err)
			}
		}
		folded := func() int {
			db, err := c.openStore(false)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := db.Signals(store.SignalFilter{})
			if err != nil || db.Close() != nil {
				t.Fatal(err)
			}
			return len(rows)
		}
		arrive()
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Hour)
		defer cancel()
		go c.foldDaily(ctx, c.data)
		time.Sleep(time.Hour)
		if n := folded(); n != 1 {
			t.Errorf("%d rows at the start", n)
		}
		arrive()
		time.Sleep(22 * time.Hour)
		if n := folded(); n != 1 {
			t.Errorf("%d rows before a day is over", n)
		}
		time.Sleep(time.Hour + time.Minute)
		if n := folded(); n != 2 {
			t.Errorf("%d rows after a day", n)
		}
	})
}
