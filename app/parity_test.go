package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/app"
)

// again runs a command over a data directory, and returns its exit code and what it printed.
func again(t *testing.T, data string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := app.Run(t.Context(), app.Default(), append([]string{"--data", data}, args...), &out, &out)
	return code, out.String()
}

// atStandstill trades at a local venue whose clock the run moves, and returns the data
// directory with its journal.
func atStandstill(t *testing.T, more string, venue ...string) string {
	t.Helper()
	v := serveVenue(t, append([]string{"--speed", "step", "--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01", "--to", "2024-02-15"}, venue...)...)
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	data := t.TempDir()
	config := write(t, atVenue("binance", v.URL)+"[account.main.sim]\nparticipation = 1\n"+more+crossing)
	if code, out := again(t, data, "run", "--config", config, "--live", "--step", v.Admin); code != 0 {
		t.Fatalf("it ends with %d: %s", code, out)
	}
	return data
}

// TestParityAtALocalVenue: a venue that fills by bars is the backtest, decision for decision
// and fill for fill.
func TestParityAtALocalVenue(t *testing.T) {
	data := atStandstill(t, "", "--fills", "bar")
	if code, out := again(t, data, "replay", "last"); code != 0 || !strings.Contains(out, "each decision and halt is the journal's") {
		t.Errorf("replay ends with %d: %s", code, out)
	}
	code, out := again(t, data, "parity", "last", "--strict")
	if code != 0 || !strings.Contains(out, "equal: each decision, order, fill and halt") {
		t.Errorf("parity ends with %d: %s", code, out)
	}
}

// TestParityClassifies: a venue that charges twice the fee, is dearer than the configuration
// says, and refuses an order, is told by class, with the money, which adds up to the equity.
func TestParityClassifies(t *testing.T) {
	data := atStandstill(t, "slippage_bps = \"5\"\n", "--fills", "bar", "--fee", "0.002,0.002", "--fault", "error=-1013@order.place*1+72h")
	code, out := again(t, data, "parity", "last", "--limit", "0", "--format", "json")
	var r struct {
		Verdict       string
		Was, Backtest struct{ Equity decimal.Decimal }
		Totals        []struct {
			Class string
			N     int
			Money decimal.Decimal
		}
		Money decimal.Decimal
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Verdict != "classified" {
		t.Fatalf("it ends with %d, %v: %s", code, err, out)
	}
	n := map[string]int{}
	for _, x := range r.Totals {
		n[x.Class] = x.N
	}
	if n["reject"] != 1 || n["slippage"] < 5 || n["fee"] < 15 || n["missing"] < 1 || n["unexplained"] > 0 {
		t.Errorf("%v of %s", n, out)
	}
	if less := r.Backtest.Equity.Sub(r.Was.Equity); !less.Equal(r.Money) || less.IsZero() {
		t.Errorf("the equity is %s less, the differences come to %s", less, r.Money)
	}
	if code, _ := again(t, data, "parity", "last", "--strict"); code != 5 {
		t.Errorf("--strict ends with %d", code)
	}
}

// stopping is an output that ends a context once something was printed.
type stopping struct {
	bytes.Buffer
	at   string
	stop context.CancelFunc
}

func (s *stopping) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if strings.Contains(s.String(), s.at) {
		s.stop()
	}
	return n, err
}

// TestParityOfASessionThatWentOn: a session at a venue that was stopped twice is run again,
// and is its backtest where the clock of the venue stood still meanwhile.
func TestParityOfASessionThatWentOn(t *testing.T) {
	v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01", "--to", "2024-02-15")
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	data := t.TempDir()
	config := write(t, atVenue("binance", v.URL)+"[account.main.sim]\nparticipation = 1\n"+crossing)
	args := []string{"--data", data, "run", "--config", config, "--live", "--step", v.Admin}
	for _, at := range []string{"cross/4 fill", "cross/9 buy", "result hash"} {
		ctx, stop := context.WithCancel(t.Context())
		out := &stopping{at: at, stop: stop}
		code := app.Run(ctx, app.Default(), args, out, out)
		stop()
		if code != 0 {
			t.Fatalf("up to %q it ends with %d: %s", at, code, out)
		}
	}
	if code, out := again(t, data, "replay", newest(t, data)); code != 0 {
		t.Errorf("replay ends with %d: %s", code, out)
	}
	if code, out := again(t, data, "parity", "last", "--strict"); code != 0 || !strings.Contains(out, "equal: each decision, order, fill and halt") {
		t.Errorf("parity ends with %d: %s", code, out)
	}
}
