package app

import (
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/store"
)

// TestIntakeOnDisk takes batches of two programs into files that are read and folded
// meanwhile: what was said before is known from either file, and each row names its answer.
func TestIntakeOnDisk(t *testing.T) {
	c := &command{data: filepath.Join(t.TempDir(), "data"), out: io.Discard, err: io.Discard, format: "text"}
	row := market.Signal{Source: "desk", Kind: "call", Subject: "BTC", Effective: market.Millis(1_700_000_000_000), Value: 1}
	arrive := func(answer string, want int) {
		t.Helper()
		news, err := c.intake(nil).Arrive("x", signals.Batch{Raw: []byte(answer), Signals: []market.Signal{row}})
		if err != nil || len(news) != want {
			t.Fatalf("%s: %d rows are news, %v", answer, len(news), err)
		}
	}
	arrive("one", 1) // beside no history.db
	if err := errors.Join(openAndClose(c), c.fold()); err != nil {
		t.Fatal(err)
	}
	arrive("two", 0)
	row.Value = 2
	arrive("three", 1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, _ = c.intake(nil).Arrive("x", signals.Batch{Raw: []byte("four"), Signals: []market.Signal{row}})
		})
		wg.Go(func() { _ = c.fold() })
	}
	wg.Wait()
	r, done, err := c.reader("store", "")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.Signals(store.SignalFilter{})
	if err := errors.Join(err, done(), c.fold()); err != nil {
		t.Fatal(err)
	}
	db, err := c.openStore(false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got []string
	for _, s := range rows {
		answer, err := db.Raw(s.Raw)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.ValueText()+" of "+string(answer))
	}
	if diff := cmp.Diff([]string{"1 of one", "2 of three"}, got); diff != "" {
		t.Error(diff)
	}
	if rows[1].Revision != 1 || rows[1].Known <= rows[0].Known || rows[1].Assumed {
		t.Errorf("the revision is %+v", rows[1])
	}
}

// openAndClose makes history.db.
func openAndClose(c *command) error {
	db, err := c.openStore(true)
	if err != nil {
		return err
	}
	return db.Close()
}
