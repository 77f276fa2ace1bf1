package sample_test

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/sample"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// sources is where the files that the sample was made of lie next to the checkout.
const sources = "../../../shared/data"

func openSample(t *testing.T) *store.Archive {
	t.Helper()
	a, err := sample.Open()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// source returns the path of a file that the sample was made of.
func source(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(sources, name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the files that the sample was made of are not beside this checkout: ", err)
	}
	return path
}

func moment(t *testing.T, text string) market.Time {
	t.Helper()
	at, err := market.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSeries(t *testing.T) {
	a := openSample(t)
	list, err := a.SeriesList()
	if err != nil {
		t.Fatal(err)
	}
	var want []store.Series
	for _, symbol := range []string{"BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"} {
		want = append(want, store.Series{Venue: "binance", Symbol: symbol, Interval: market.Hour})
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Fatal(diff)
	}
	for _, s := range list {
		c, err := a.Bars(s, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		last := c.Len() - 1
		if c.Len() != 43_803 || c.OpenTime[0] != moment(t, "2020-09-20") || c.OpenTime[last] != moment(t, "2025-09-19T22:00:00Z") {
			t.Errorf("%s: %d bars from %s to %s", s, c.Len(), c.OpenTime[0], c.OpenTime[last])
		}
		gaps, missing := 0, market.Time(0)
		for row := range last {
			if err := c.Bar(row).Check(); err != nil {
				t.Fatalf("%s, bar of %s: %v", s, c.OpenTime[row], err)
			}
			if step := c.OpenTime[row+1] - c.OpenTime[row]; step != market.Time(market.Hour) {
				gaps++
				missing += step/market.Time(market.Hour) - 1
			}
		}
		if gaps != 10 || missing != 20 {
			t.Errorf("%s: %d gaps of %d bars", s, gaps, missing)
		}
	}
}

// TestKnownExtremes looks for prices that anybody can look up.
func TestKnownExtremes(t *testing.T) {
	c, err := openSample(t).Bars(store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Hour}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []struct {
		day       string
		high, low float64 // 0 is not asked for
	}{{"2021-05-19", 0, 30_000}, {"2021-11-10", 69_000, 0}, {"2024-03-14", 73_777, 0}, {"2024-08-05", 0, 49_000}} {
		from := c.Search(moment(t, known.day))
		high, low := c.High[from], c.Low[from]
		for row := from; row < c.Search(moment(t, known.day)+market.Day); row++ {
			high, low = max(high, c.High[row]), min(low, c.Low[row])
		}
		if known.high > 0 && high != known.high || known.low > 0 && low != known.low {
			t.Errorf("%s: high %v, low %v; want %+v", known.day, high, low, known)
		}
	}
}

// TestBarsAreTheSource compares every value of every bar with the files.
func TestBarsAreTheSource(t *testing.T) {
	a := openSample(t)
	for _, symbol := range []string{"BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"} {
		r, err := barfile.ReadFile(source(t, "binance-spot-bernini10/"+symbol+"-1h.csv.gz"), barfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := a.Bars(store.Series{Venue: "binance", Symbol: symbol, Interval: market.Hour}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Columns, c); diff != "" {
			t.Errorf("%s: file (-), sample (+):\n%.1000s", symbol, diff)
		}
	}
}

func TestInstruments(t *testing.T) {
	list, err := openSample(t).Instruments(moment(t, "2025-09-20"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, in := range list {
		got[in.Symbol] = []string{in.Venue, in.Base, in.Quote, in.Tick.String(), in.Step.String(), in.MinNotional.String(), strconv.FormatBool(in.Assumed)}
	}
	want := map[string][]string{
		"BNBUSDT": {"binance", "BNB", "USDT", "0.01", "0.001", "5", "false"},
		"BTCUSDT": {"binance", "BTC", "USDT", "0.01", "0.00001", "5", "false"},
		"ETHUSDT": {"binance", "ETH", "USDT", "0.01", "0.0001", "5", "false"},
		"SOLUSDT": {"binance", "SOL", "USDT", "0.01", "0.001", "5", "false"},
		"XRPUSDT": {"binance", "XRP", "USDT", "0.0001", "0.1", "5", "false"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if list, err = openSample(t).Instruments(moment(t, "2021-01-01")); err != nil || len(list) != 5 {
		t.Fatal(list, err)
	}
	for _, in := range list {
		if !in.Assumed || in.Tick.String() != want[in.Symbol][3] {
			t.Errorf("before its snapshot %s has tick %s, assumed %t", in.Symbol, in.Tick, in.Assumed)
		}
	}
}

// TestSentiment checks what each row says, and when it could have been known.
func TestSentiment(t *testing.T) {
	rows, err := openSample(t).Signals(store.SignalFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rows); n != 1_193 || rows[0].Effective != moment(t, "2021-01-03") || rows[n-1].Effective != moment(t, "2024-04-09") {
		t.Fatalf("%d rows", len(rows))
	}
	null := 0
	for i, s := range rows {
		if s.Source != "cryptopulse" || s.Kind != "sentiment" || s.Subject != market.MarketWide || s.Validate() != nil {
			t.Errorf("row %+v", s)
		}
		if s.Known != s.Effective+market.Day || !s.Assumed || s.Effective%market.Day != 0 {
			t.Errorf("%s is known at %s, assumed %t", s.Effective, s.Known, s.Assumed)
		}
		if i > 0 && s.Effective != rows[i-1].Effective+market.Day {
			t.Errorf("%s follows %s", s.Effective, rows[i-1].Effective)
		}
		if s.Value < -1 || s.Value > 1 || s.Null && s.Value != 0 {
			t.Errorf("%s: value %v, null %t", s.Effective, s.Value, s.Null)
		}
		if s.Null {
			null++
		}
	}
	if null == 0 {
		t.Error("no day is without news")
	}
}

// TestSentimentIsTheSource makes each day's value of the counts once more.
func TestSentimentIsTheSource(t *testing.T) {
	f, err := os.Open(source(t, "signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := openSample(t).Signals(store.SignalFilter{})
	if err != nil || len(rows) != len(lines)-1 {
		t.Fatalf("%d rows of %d, %v", len(rows), len(lines)-1, err)
	}
	for i, line := range lines[1:] {
		var counts [3]float64
		for k := range counts {
			if counts[k], err = strconv.ParseFloat(line[6+k], 64); err != nil {
				t.Fatal(err)
			}
		}
		total := counts[0] + counts[1] + counts[2]
		s, day := rows[i], time.Unix(0, int64(rows[i].Effective)).UTC().Format(time.DateOnly)
		if day != line[0] || s.Null != (total == 0) || !s.Null && s.Value != (counts[0]-counts[1])/total {
			t.Errorf("%v became %+v", line, s)
		}
	}
}

// TestRepositoryIsSmall keeps the sample, and whatever else is added, small enough to
// clone.
func TestRepositoryIsSmall(t *testing.T) {
	root := filepath.Join("..", "..")
	out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		t.Skip("this is no checkout, or git is not installed: ", err)
	}
	total := int64(0)
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		if info, err := os.Lstat(filepath.Join(root, name)); err == nil {
			total += info.Size()
		}
	}
	if total > 15<<20 {
		t.Errorf("the files of the repository have %d bytes", total)
	}
}
