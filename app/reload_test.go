package app_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// until is an output that calls stop once it has seen a text.
type until struct {
	mu   sync.Mutex
	text string
	all  bytes.Buffer
	stop func()
}

func (u *until) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n, err := u.all.Write(p)
	if u.text != "" && strings.Contains(u.all.String(), u.text) {
		u.stop()
	}
	return n, err
}

// runUntil runs a session until its output has a text, and tells it to end then; "" lets it
// run to its own end.
func runUntil(t *testing.T, text string, args ...string) (int, string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &until{text: text, stop: stop}
	code := app.Run(ctx, app.Default(), args, out, out)
	return code, out.all.String()
}

// TestReloadAtAStart: a session at a venue goes on with what its configuration says now, where
// it can, and with what it holds; what it cannot be given ends it before it trades.
func TestReloadAtAStart(t *testing.T) {
	v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01", "--to", "2024-02-15")
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	text := atVenue("binance", v.URL) + crossing
	config := write(t, text)
	run := []string{"--data", t.TempDir(), "run", "--config", config, "--live", "--step", v.Admin}
	if code, out := runUntil(t, "cross/3 fill", run...); code != 0 || !strings.Contains(out, "the same command goes on from here") {
		t.Fatalf("it ends with %d: %s", code, out)
	}

	change := func(was, is string) {
		if err := os.WriteFile(config, []byte(strings.Replace(text, was, is, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(`exchange = "there"`, "cash = \"500\"\nexchange = \"there\"")
	code, out := runUntil(t, "", run...)
	if code != 2 || !strings.Contains(out, `[account.main] cash = "10000" -> "500": a session cannot be given another one`) {
		t.Fatalf("other cash: it ends with %d: %s", code, out)
	}

	change("fast = 5", "fast = 3")
	code, out = runUntil(t, "cross/8 fill", run...)
	for _, line := range []string{"resumed", `change="[strategy.cross.params] fast = 5 -> 3"`, "cross: its code or parameters are new; it goes on with what it holds"} {
		if !strings.Contains(out, line) {
			t.Errorf("it does not say %s", line)
		}
	}
	if code != 0 {
		t.Fatalf("other parameters: it ends with %d: %s", code, out)
	}

	code, out = runUntil(t, "", run...)           // the journal is fed again, with the reload in it
	const told = "its code or parameters are new" // by the report alone, and not again by the session
	if code != 0 || strings.Count(out, told) != 1 || !strings.Contains(out, "notice") || !strings.Contains(out, "result hash") {
		t.Errorf("to the end: it ends with %d: %s", code, out)
	}
}
