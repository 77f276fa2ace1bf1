package app_test

import (
	"bytes"
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
