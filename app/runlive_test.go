package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/app"
)

// execution is a fill, as both commands print it.
type execution struct {
	Price    string `json:"price"`
	Quantity string `json:"quantity"`
	Fee      string `json:"fee"`
	FeeAsset string `json:"fee_asset"`
}

const crossing = `
[strategy.cross]
type     = "sma_cross"
account  = "main"
symbols  = ["BTCUSDT"]
interval = "1h"
  [strategy.cross.params]
  fast = 5
  slow = 20
`

// TestRunAtALocalVenueIsTheBacktest trades half a month through the adapter of Binance, over
// HTTP and websockets, at a venue whose clock the run moves. Each price, quantity and fee
// is that of the backtest, which begins 20 bars earlier because it warms up inside.
func TestRunAtALocalVenueIsTheBacktest(t *testing.T) {
	got := halfAMonth(t)
	if diff := cmp.Diff(backtested(t), got); diff != "" || len(got) < 10 {
		t.Errorf("%d fills; the backtest (-) and the run (+):\n%s", len(got), diff)
	}
}

// backtested returns the fills of the half month.
func backtested(t *testing.T) (want []execution) {
	past := write(t, "[account.main]\nfrom = \"2024-01-31T03:00:00Z\"\nto = \"2024-02-15\"\n[account.main.sim]\nparticipation = 1\n"+crossing)
	code, out := command(t, "--format", "json", "backtest", "--config", past)
	if code != 0 {
		t.Fatalf("the backtest ends with %d: %s", code, out)
	}
	var report struct{ Orders []struct{ Fills []execution } }
	if err := json.Unmarshal([]byte(out[strings.IndexByte(out, '{'):]), &report); err != nil {
		t.Fatal(err)
	}
	for _, o := range report.Orders {
		want = append(want, o.Fills...)
	}
	return want
}

// TestPaperOverAVenueIsTheBacktest trades the same half month on paper over the market of the
// venue, without a key.
func TestPaperOverAVenueIsTheBacktest(t *testing.T) {
	v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--from", "2024-02-01", "--to", "2024-02-15")
	paper := write(t, "[account.main]\nexchange = \"binance\"\n[account.main.sim]\nparticipation = 1\n[exchange.binance]\nenv = \"local\"\naddress = \""+v.URL+"\"\n"+
		"key = { env = \"NO_SUCH_KEY\" }\nsecret = { env = \"NO_SUCH_SECRET\" }\n"+crossing)
	if code, out := command(t, "run", "--config", paper, "--live"); code != 2 || !strings.Contains(out, "trades on paper: it sends no order to binance") {
		t.Errorf("with --live it ends with %d: %s", code, out)
	}
	code, out := command(t, "--format", "json", "run", "--config", paper, "--step", v.Admin)
	if code != 0 {
		t.Fatalf("it ends with %d: %s", code, out)
	}
	if diff := cmp.Diff(backtested(t), filled(out)); diff != "" {
		t.Errorf("the backtest (-) and the run (+):\n%s", diff)
	}
}

// TestRunWaitsForWhoWasCutOff: the clock stands still until the session is connected again.
func TestRunWaitsForWhoWasCutOff(t *testing.T) {
	if got := halfAMonth(t, "--fault", "cut@btcusdt@kline_1h*2+24h", "--fault", "cut@executionReport*1+48h"); len(got) < 10 {
		t.Errorf("%d fills: most bars passed before it was back", len(got))
	}
}

// halfAMonth trades at a local venue, and returns the fills that it prints.
func halfAMonth(t *testing.T, venue ...string) (fills []execution) {
	v := serveVenue(t, append([]string{"--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--from", "2024-02-01", "--to", "2024-02-15"}, venue...)...)
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	live := write(t, `[account.main]
exchange = "binance"
mode     = "live"
[exchange.binance]
env     = "local"
address = "`+v.URL+`"
key     = { env = "VENUE_KEY" }
secret  = { env = "VENUE_SECRET" }
`+crossing)
	if code, out := command(t, "run", "--config", live); code != 2 || !strings.Contains(out, "say so with --live") {
		t.Errorf("without --live it ends with %d: %s", code, out)
	}
	code, out := command(t, "--format", "json", "run", "--config", live, "--live", "--step", v.Admin)
	if code != 0 {
		t.Fatalf("it ends with %d: %s", code, out)
	}
	return filled(out)
}

// filled returns the fills that a run prints.
func filled(out string) (fills []execution) {
	for line := range strings.Lines(out) {
		var event struct{ Update struct{ Fill *execution } }
		if json.Unmarshal([]byte(line), &event) == nil && event.Update.Fill != nil {
			fills = append(fills, *event.Update.Fill)
		}
	}
	return fills
}

func write(t *testing.T, config string) string {
	path := filepath.Join(t.TempDir(), "strategies.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// command runs one and returns its exit code and standard output, or both outputs where
// it fails.
func command(t *testing.T, args ...string) (int, string) {
	var out, notes bytes.Buffer
	code := app.Run(t.Context(), app.Default(), append([]string{"--data", t.TempDir()}, args...), &out, &notes)
	if code != 0 {
		out.Write(notes.Bytes())
	}
	return code, out.String()
}
