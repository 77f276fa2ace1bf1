package app_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A session that goes by the clock hears what is pushed while it runs, once it is stored, and
// no second one receives beside it.
func TestSessionHearsSignals(t *testing.T) {
	v := serveVenue(t, "--symbols", "BTCUSDT")
	w := newWatching(t, "[account.main]\nexchange = \"binance\"\n[exchange.binance]\nenv = \"local\"\naddress = \""+v.URL+"\"\n"+crossing+"[signals.olympia]\ntype = \"herald\"\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- app.Run(ctx, w.plugins, []string{"run", "--data", w.dir, "--config", filepath.Join(w.dir, "strategies.toml")}, &out, &errs)
	}()
	heard := false
	for tick := time.NewTicker(20 * time.Millisecond); !heard; heard = heardOf(t, w.dir, "olympia") {
		select {
		case <-tick.C:
		case code := <-done:
			t.Fatalf("it ended with %d: %s%s", code, &out, &errs)
		}
	}
	list, _ := w.run(0, "signals", "list")
	w.contains(list, "olympia")
	health, _ := w.run(0, "signals", "health")
	w.contains(health, "a watch runs since ", "olympia")
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("it ended with %d: %s%s", code, &out, &errs)
	}
	w.contains(errs.String(), "paper: the market of Binance spot, local venue", "the same command goes on from here")
}

// heardOf reports whether a journal of a directory holds a row of a source.
func heardOf(t *testing.T, dir, source string) bool {
	list, err := store.Sessions(filepath.Join(dir, "sessions"))
	if err != nil || len(list) == 0 {
		return false
	}
	r, err := store.OpenJournal(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for records, err := range r.Instants() {
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			if records[i].Kind == market.RecordEvent && records[i].Event.Signal != nil && records[i].Event.Signal.Source == source {
				return true
			}
		}
	}
	return false
}
