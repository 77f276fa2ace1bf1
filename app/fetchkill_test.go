package app_test

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/exchange/binancetest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// TestKilledFetch kills a fetch at some answers, with SIGKILL and once with Ctrl-C, and
// lets it end then: each time it goes on behind what was stored, and the bars are those of
// a fetch that nobody disturbed.
func TestKilledFetch(t *testing.T) {
	t.Setenv("GORACE", hasty)
	const rows = 200_000
	want := binancetest.Walk(9, market.Minute, venueStart, rows)
	server := binancetest.New(venueStart + rows*market.Time(market.Minute))
	defer server.Close()
	server.Limit = 1e9
	server.Put("BTCUSDT", want)
	dir := t.TempDir()
	fetch := []string{"data", "fetch", "BTCUSDT", "--from", "2024-03-01", "--no-instruments", "--base-url", server.URL(), "--data", dir}
	before := 0
	for _, kill := range []struct {
		signal   syscall.Signal
		requests int // that are answered before
		stored   int // bars that are there then, at least
	}{{syscall.SIGKILL, 20, 0}, {syscall.SIGKILL, 90, 65_536}, {syscall.SIGINT, 30, 85_000}, {syscall.SIGKILL, 80, 131_072}} {
		errors := signalledAt(t, server, kill.requests, kill.signal, fetch)
		n := storedBars(t, dir).Len()
		if n < max(kill.stored, before) || n >= rows {
			t.Errorf("after %s at request %d: %d bars are stored, %d before, want at least %d\n%s", kill.signal, kill.requests, n, before, kill.stored, errors)
		}
		before = n
	}
	last, err := exec.Command("signalman", fetch...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, last)
	}
	got := storedBars(t, dir)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%d bars where %d were fetched\n%.1000s", got.Len(), want.Len(), diff)
	}
	if n := len(server.Requests()); strings.Contains(string(last), " 200000 new") {
		t.Errorf("the last fetch began anew; %d requests\n%s", n, last)
	}
}

// signalledAt runs signalman, and signals it when the server has answered n requests. It
// returns what the process said.
func signalledAt(t *testing.T, server *binancetest.Server, n int, s syscall.Signal, args []string) string {
	t.Helper()
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var mu sync.Mutex
	count := 0
	server.Lock()
	server.Gate = func(*http.Request) {
		mu.Lock()
		count++
		late := count > n
		mu.Unlock()
		if late {
			once.Do(func() { close(reached) })
			<-release
		}
	}
	server.Unlock()
	defer func() {
		close(release)
		server.Lock()
		server.Gate = nil
		server.Unlock()
	}()
	var errors bytes.Buffer
	cmd := exec.Command("signalman", args...)
	cmd.Stderr = &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return errors.String()
}

// storedBars returns the bars of BTCUSDT that are stored, none where there is no store.
func storedBars(t *testing.T, dir string) *market.Columns {
	t.Helper()
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{ReadOnly: true})
	if err != nil {
		return market.MakeColumns(market.Minute, 0)
	}
	defer db.Close()
	c, err := db.Bars(store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Minute}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
