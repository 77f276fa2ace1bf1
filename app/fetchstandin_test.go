package app

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// TestFetchFromStandIn fills in a quarter from the stand-in for Token Metrics, for what the
// dry run says, and says again what is stored already.
func TestFetchFromStandIn(t *testing.T) {
	server, err := tokenmetricstest.New(tokenmetricstest.Options{Key: market.NewSecret(tokenmetricstest.DefaultKey)})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	defer listener.Close()
	b := newBench(t, "")
	t.Setenv("TOKENMETRICS_API_KEY", tokenmetricstest.DefaultKey)
	settings := "[quota.tokenmetrics]\nmonth = 500\n[signals.tm]\ntype = \"tokenmetrics\"\nbase_url = \"" + listener.URL + "/v2\"\n" +
		"key = { env = \"TOKENMETRICS_API_KEY\" }\nkinds = [\"trading_trend\", \"trader_grade\", \"tm_grade\", \"quant_sharpe\", \"market_cap\"]\n" +
		"  [signals.tm.tokens]\n  BTC = 3375\n  ETH = 3306\n  SOL = 3988\n  DOGE = 3393\n"
	if err := os.WriteFile(filepath.Join(b.dir, "strategies.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	fetch := func(args ...string) *fetchedSource {
		t.Helper()
		out, _ := b.fetch(0, append(args, "--format", "json")...)
		var got fetchedSignals
		if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Sources) != 1 {
			t.Fatal(err, out)
		}
		return got.Sources[0]
	}
	fetch()
	past := []string{"--from", "2025-06-01", "--to", "2025-09-01"}
	plan, done, again := fetch(append(past, "--dry-run")...), fetch(past...), fetch(append(past, "--again")...)
	if plan.Calls != done.Calls {
		t.Errorf("%d calls were planned, and %d made", plan.Calls, done.Calls)
	}
	if len(done.NoPast) != 1 || done.NoPast[0] != "quant_sharpe" || done.Asked != 12 || done.Answers != done.Calls {
		t.Errorf("%+v", done)
	}
	if len(done.Synthetic) != 1 || done.Synthetic[0] != "tokenmetrics-synthetic" {
		t.Errorf("made up are %q", done.Synthetic)
	}
	_, errs := b.fetch(0)
	b.has(errs, "the signals of tokenmetrics-synthetic are made up")
	for i, k := range done.Kinds {
		if k.New == 0 || k.Revised > 0 || again.Kinds[i].New > 0 {
			t.Errorf("%+v, and again %+v", k, again.Kinds[i])
		}
	}
}
