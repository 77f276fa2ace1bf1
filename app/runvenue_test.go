package app_test

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// TestReportAtALocalVenue hashes as that of the backtest does.
func TestReportAtALocalVenue(t *testing.T) {
	v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01", "--to", "2024-02-08")
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	config := write(t, atVenue("binance", v.URL)+"[account.main.sim]\nparticipation = 1\n"+crossing)
	hash := regexp.MustCompile("result hash +[0-9a-f]{64}")
	code, ran := command(t, "run", "--config", config, "--live", "--step", v.Admin)
	again, tested := command(t, "backtest", "--config", config, "--from", "2024-01-31T03:00:00Z", "--to", "2024-02-08")
	if got, want := hash.FindString(ran), hash.FindString(tested); code != 0 || again != 0 || want == "" || got != want {
		t.Errorf("the run ends with %d and %s: %s\nthe backtest with %d: %s", code, got, ran, again, tested)
	}
}

// TestStrategiesThatWarmUpApart: the past that one needs is more than the other does, which
// decides nothing on it and trades from when the session begins.
func TestStrategiesThatWarmUpApart(t *testing.T) {
	v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01", "--to", "2024-02-08")
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	other := strings.NewReplacer("strategy.cross", "strategy.other", "fast = 5", "fast = 3", "slow = 20", "slow = 8").Replace(crossing)
	both := strings.ReplaceAll(crossing+other, "interval =", "weight = \"0.4\"\ninterval =")
	code, out := command(t, "run", "--config", write(t, atVenue("binance", v.URL)+both), "--live", "--step", v.Admin)
	if code != 0 || !strings.Contains(out, "cross/2 fill") || !strings.Contains(out, "other/2 fill") || strings.Contains(out, "2024-01-31T2") {
		t.Errorf("it ends with %d: %s", code, out)
	}
}

// atVenue is a configuration of an account at a local venue, up to its strategies.
func atVenue(kind, address string) string {
	return `[account.main]
exchange = "there"
mode     = "live"
[exchange.there]
type    = "` + kind + `"
env     = "local"
address = "` + address + `"
key     = { env = "VENUE_KEY" }
secret  = { env = "VENUE_SECRET" }
`
}

// TestRunThatCannotBegin says what to do, and leaves no journal.
func TestRunThatCannotBegin(t *testing.T) {
	v := serveVenue(t, "--speed", "step", "--fills", "bar", "--symbols", "BTCUSDT", "--market", "spot", "--from", "2024-02-01", "--to", "2024-02-15")
	t.Setenv("VENUE_KEY", v.Key)
	t.Setenv("VENUE_SECRET", v.Secret)
	for _, x := range []struct{ name, config, want string }{
		{"too little money", atVenue("binance", v.URL) + crossing, "less than the cash of 1000000000; lower cash in [account.X]"},
		{"another market", atVenue("binance-usdm", v.URL) + crossing, "the venue may serve the other market alone: check type"},
		{"nobody there", atVenue("binance", "http://127.0.0.1:1") + crossing, "a local venue must have been started: 'signalman venue'"},
	} {
		t.Run(x.name, func(t *testing.T) {
			data := t.TempDir()
			config := write(t, strings.Replace(x.config, "mode ", "cash = \"1000000000\"\nmode ", 1))
			var out bytes.Buffer
			code := app.Run(t.Context(), app.Default(), []string{"--data", data, "run", "--config", config, "--live", "--step", v.Admin}, &out, &out)
			if code != 2 && code != 4 || !strings.Contains(out.String(), x.want) {
				t.Errorf("it ends with %d: %s", code, &out)
			}
			if left, _ := filepath.Glob(filepath.Join(data, "sessions", "*")); len(left) > 0 {
				t.Errorf("it leaves %s", left)
			}
		})
	}
}

// TestCheckOfAnAccountAtAVenue says what of it a backtest alone goes by, and what is refused.
func TestCheckOfAnAccountAtAVenue(t *testing.T) {
	t.Setenv("VENUE_KEY", "made-up")
	t.Setenv("VENUE_SECRET", "made-up")
	local := atVenue("binance", "http://127.0.0.1:8645")
	live := strings.Replace(strings.Replace(local, "address", "# address", 1), `"local"`, `"live"`, 1)
	const own, real = "fee_* and [account.main.sim] are those of a backtest", "there is real money: 'signalman run --live' asks for the name of the account, or takes --yes"
	for _, x := range []struct {
		config    string
		own, real bool
	}{{local, true, false}, {live, true, true}, {"[account.main]\n", false, false}} {
		var out, notes bytes.Buffer
		code := app.Run(t.Context(), app.Default(), []string{"--data", t.TempDir(), "check", "--config", write(t, x.config+crossing)}, &out, &notes)
		if says := notes.String(); code != 0 || strings.Contains(says, own) != x.own || strings.Contains(says, real) != x.real {
			t.Errorf("%s\nends with %d: %s", x.config, code, says)
		}
	}
}
