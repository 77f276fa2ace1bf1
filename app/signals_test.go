package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecordedSignals imports every real set of signals, twice, and takes all of it out and
// in again.
func TestRecordedSignals(t *testing.T) {
	data := os.Getenv("SIGNALMAN_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(data); err != nil {
		t.Skip("the recorded market data is neither beside this checkout nor in SIGNALMAN_DATA: ", err)
	}
	dir := t.TempDir()
	do := func(store string, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := Run(context.Background(), Default(), append([]string{"--data", filepath.Join(dir, store), "signals"}, args...), &out, &errs); code != 0 {
			t.Fatalf("%v: exit %d\n%s", args, code, errs.String())
		}
		return out.String()
	}
	for _, c := range []struct{ file, flags, first, again string }{
		{"signals-tokenmetrics/BTC-trader-grades-daily.csv", "--subject BTC", "1629 rows, 1629 new", "1629 rows, 0 new"},
		{"signals-fng-cmc-hourly/cmc-fear-greed-hourly.csv.gz", "", "5466 rows, 5466 new", "5466 rows, 0 new"},
		{"signals-fng-daily/fear-greed-daily.csv.gz", "--source alternative.me --kind fear_greed --subject * --lag 24h", "2583 rows, 2583 new", "2583 rows, 0 new"},
		{"signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz", "", "1193 rows, 1193 new", "1193 rows, 0 new"},
		{"signals-cryptopulse/SHIBUSD-1d-sentiment.csv.gz", "", "1078 rows, 0 new", "1078 rows, 0 new"},
		{"signals-llm-arena/llm-decisions-4h.csv.gz", "", "10812 rows, 10812 new", "10812 rows, 0 new"},
	} {
		args := append([]string{"import", filepath.Join(data, c.file)}, strings.Fields(c.flags)...)
		for _, want := range []string{c.first, c.again} {
			if got := do("a", args...); !strings.Contains(got, want+", 0 bad rows left out\n") {
				t.Errorf("%s: %s, want %s", c.file, got, want)
			}
		}
	}
	file := filepath.Join(dir, "all.jsonl.zst")
	if got := do("a", "export", file); !strings.HasSuffix(got, "all.jsonl.zst: 21683 rows\n") {
		t.Error(got)
	}
	do("b", "import", file)
	ages := regexp.MustCompile(` +[0-9]+d\n`) // go on while the test runs
	if diff := cmp.Diff(ages.Split(do("a", "list"), -1), ages.Split(do("b", "list"), -1)); diff != "" {
		t.Error(diff)
	}
}
