package barfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

const (
	grades    = "DATE,Open,High,Low,Close,Volume,TA_GRADE,QUANT_GRADE,TM_TRADER_GRADE\n"
	fear      = "signal_ts_s,observed_at_s,score,label,btc_price,btc_volume_24h,backfill\n"
	headlines = "date,open,high,low,close,volume,positive,negative,neutral\n"
	decisions = "ts,model,run,coin,signal,confidence,quantity,leverage,stop_loss,profit_target,risk_usd\n"
)

func said(source string, kind market.SignalKind, subject market.Subject, effective, known market.Time, value float64) market.Signal {
	return market.Signal{Source: source, Kind: kind, Subject: subject, Instrument: market.NoInstrument, Effective: effective, Known: known, Value: value, Assumed: true}
}

// TestSignalLayouts reads a few rows of each layout that its header tells.
func TestSignalLayouts(t *testing.T) {
	observed := said("coinmarketcap", "fear_greed", "*", day(1), day(1)+600e9, 62)
	observed.Assumed = false
	quiet := said("cryptopulse", "sentiment", "*", day(1), day(2), 0)
	quiet.Null = true
	h := market.Time(market.Hour)
	for name, c := range map[string]struct {
		text string
		o    barfile.SignalOptions
		want []market.Signal
	}{
		"grades": {grades + "2021-01-01,1,1,1,1,1,95.9,52.1,87.2\n", barfile.SignalOptions{Subject: "BTC"}, []market.Signal{
			said("tokenmetrics", "ta_grade", "BTC", day(0), day(1), 95.9), said("tokenmetrics", "quant_grade", "BTC", day(0), day(1), 52.1),
			said("tokenmetrics", "trader_grade", "BTC", day(0), day(1), 87.2),
		}},
		"fear and greed": {fear + "1609459200,,59,Neutral,1,1,1\n1609459201,1640995200,60,Greed,1,1,1\n1609545600,1609546200,62,Greed,1,1,0\n", barfile.SignalOptions{}, []market.Signal{
			said("coinmarketcap", "fear_greed", "*", day(0), day(1), 59), said("coinmarketcap", "fear_greed", "*", day(0)+1e9, day(1)+1e9, 60), observed,
		}},
		"headlines": {headlines + "2021-01-01,1,1,1,1,1,3,1,4\n2021-01-02,1,1,1,1,1,0,0,0\n", barfile.SignalOptions{}, []market.Signal{
			said("cryptopulse", "sentiment", "*", day(0), day(1), 0.25), quiet,
		}},
		"decisions": {decisions + "2021-01-01T04:00:00,m,run1,BTC,close_position,0.72,,,,,\n", barfile.SignalOptions{}, []market.Signal{
			said("run1", "decision", "BTC", day(0)+4*h, day(0)+8*h, -1), said("run1", "confidence", "BTC", day(0)+4*h, day(0)+8*h, 0.72),
		}},
		"a score a day": {"date,score\n2021-01-01,30\n", barfile.SignalOptions{Source: "x", Kind: "fear_greed", Subject: "*", Lag: lag(25 * time.Hour)}, []market.Signal{
			said("x", "fear_greed", "*", day(0), day(1)+h, 30),
		}},
		"columns behind": {strings.TrimSuffix(grades, "\n") + ",MOOD,note\n2021-01-01,1,1,1,1,1,95.9,52.1,87.2,up,x\n", barfile.SignalOptions{Subject: "BTC"}, []market.Signal{
			said("tokenmetrics", "ta_grade", "BTC", day(0), day(1), 95.9), said("tokenmetrics", "quant_grade", "BTC", day(0), day(1), 52.1),
			said("tokenmetrics", "trader_grade", "BTC", day(0), day(1), 87.2),
		}},
		"decisions alone": {"ts,model,run,coin,signal,confidence\n2021-01-01T04:00:00,m,run1,BTC,hold,0.5\n", barfile.SignalOptions{}, []market.Signal{
			said("run1", "decision", "BTC", day(0)+4*h, day(0)+8*h, 0), said("run1", "confidence", "BTC", day(0)+4*h, day(0)+8*h, 0.5),
		}},
		"other names": {headlines + "2021-01-01,1,1,1,1,1,3,1,4\n", barfile.SignalOptions{Source: "mine", Subject: "BTC", Lag: lag(48 * time.Hour)}, []market.Signal{
			said("mine", "sentiment", "BTC", day(0), day(2), 0.25),
		}},
	} {
		got, err := readSignals(c.text, c.o)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
}

// TestSignalColumns reads foreign files by what their columns are said to be.
func TestSignalColumns(t *testing.T) {
	o := barfile.SignalOptions{Name: "s", Source: "s", Kind: "k", Subject: "BTC", Lag: lag(0)}
	one := barfile.SignalColumns{Of: map[string]string{"effective": "When", "value": "call", "revision": "n"}, Words: map[string]string{"buy": "1", "none": "null"}}
	two := barfile.SignalColumns{Of: map[string]string{"effective": "When", "subject": "coin"}, Values: []barfile.SignalValue{{Kind: "a", Column: "x"}, {Kind: "b", Column: "y"}}}
	null := said("s", "k", "BTC", day(1), day(1), 0)
	null.Null, null.Revision = true, 2
	for name, c := range map[string]struct {
		columns barfile.SignalColumns
		kind    market.SignalKind
		text    string
		want    []market.Signal
	}{
		"words": {one, "k", "id,When,call,n\n1,1609459200,buy,\n2,1609545600000,none,2\n", []market.Signal{said("s", "k", "BTC", day(0), day(0), 1), null}},
		"kinds": {two, "", "y,When,coin,x\n7,2021-01-01T00:00:00,ETH,-1\n", []market.Signal{said("s", "a", "ETH", day(0), day(0), -1), said("s", "b", "ETH", day(0), day(0), 7)}},
		"keys":  {two, "", `{"x":-1,"y":7,"deep":{"x":[1]},"When":"2021-01-01 00:00:00","coin":"ETH"}`, []market.Signal{said("s", "a", "ETH", day(0), day(0), -1), said("s", "b", "ETH", day(0), day(0), 7)}},
	} {
		o := o
		o.Columns, o.Kind = &c.columns, c.kind
		got, err := readSignals(c.text, o)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
}

func TestSignalLayoutErrors(t *testing.T) {
	of := func(pairs ...string) *barfile.SignalColumns {
		c := &barfile.SignalColumns{Of: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			c.Of[pairs[i]] = pairs[i+1]
		}
		return c
	}
	several := of("effective", "a")
	several.Values = []barfile.SignalValue{{Kind: "x", Column: "b"}}
	words := of("effective", "a", "value", "b")
	words.Words = map[string]string{"buy": "1"}
	o := barfile.SignalOptions{Name: "s", Source: "s", Kind: "k", Subject: "BTC", Lag: lag(0)}
	for name, c := range map[string]struct {
		text    string
		columns *barfile.SignalColumns
		want    string
	}{
		"no subject":     {grades + "2021-01-01,1,1,1,1,1,95.9,52.1,87.2\n", nil, "s:2: subject is empty; add the column, or name the subject for the whole file"},
		"look-ahead":     {headlines, nil, "s:1: a lag of 0s is look-ahead in this layout (CryptoPulse counts of headlines); the least is 24h: a day's headlines are counted at its end"},
		"who is known":   {decisions + "2021-01-01T04:00:00,m,run1,BTC,buy,0.72,,,,,\n", nil, `s:1: the source is said twice: in this layout (LLM arena decisions) each row has its own, in column "run"; leave it out`},
		"what is known":  {decisions + "2021-01-01T04:00:00,m,run1,BTC,buy,0.72,,,,,\n", nil, `s:1: the subject is said twice: in this layout (LLM arena decisions) each row has its own, in column "coin"; leave it out`},
		"known behind":   {"date,score,known\n2021-01-01,1,2021-01-05\n", nil, `s:1: column "date" is unknown; the columns are source, kind, subject, effective, known, value, revision, assumed, raw, backfill`},
		"counts":         {headlines + "2021-01-01,1,1,1,1,1,3,-1,4\n", nil, `s:2: negative "-1" is not a count of headlines; a count is a whole number`},
		"word":           {decisions + "2021-01-01T04:00:00,m,run1,BTC,maybe,0.72,,,,,\n", nil, `s:2: signal "maybe" is not a number; say what the word means as a number`},
		"no column":      {"a,b\n", of("effective", "A", "value", "b"), `s:1: the file has no column "A"; the columns are a, b`},
		"no effective":   {"a,b\n", of("value", "b"), "s:1: no column is named effective; say which column holds the time that a value is about"},
		"no value":       {"a,b\n", of("effective", "a"), "s:1: the columns of values are not clear; name one column of values, or a column for each kind"},
		"kind is double": {"a,b\n", several, "s:1: each column of values has its own kind already; leave the kind out"},
		"twice":          {"a,b,b\n", of("effective", "a", "value", "b"), `s:1: column "b" stands twice; give each column its own name`},
		"unknown word":   {"a,b\n2021-01-01,sell\n", words, `s:2: b "sell" is not a number; say what the word means as a number`},
		"backfill":       {"a,b\n2021-01-01,1\n", of("effective", "a", "value", "b", "backfill", "a"), `s:2: backfill "2021-01-01" is neither; write true or false`},
		"no zone":        {"a,b\n2021-01-01T25:00:00,1\n", of("effective", "a", "value", "b"), `s:2: effective "2021-01-01T25:00:00" is not a time; write RFC 3339 (2021-01-31T00:00:00Z), a date, or seconds, milliseconds or microseconds since 1970`},
	} {
		o := o
		o.Columns = c.columns
		switch name {
		case "no subject", "counts", "word":
			o = barfile.SignalOptions{Name: "s"}
		case "what is known":
			o.Source = ""
		}
		_, err := readSignals(c.text, o)
		t.Run(name, func(t *testing.T) { checkError(t, err, c.want) })
	}
}

// recordedSignals are the real sets, with the counts that their README names or that
// follow from it.
var recordedSignals = []struct {
	path                          string
	o                             barfile.SignalOptions
	rows, observed, assumed, null int
	first, last                   string
	sources                       int
}{
	{"signals-tokenmetrics/BTC-trader-grades-daily.csv", barfile.SignalOptions{Subject: "BTC"}, 3 * 543, 0, 3 * 543, 0, "2021-01-01T00:00:00Z", "2022-06-30T00:00:00Z", 1},
	{"signals-fng-cmc-hourly/cmc-fear-greed-hourly.csv.gz", barfile.SignalOptions{}, 5466, 4942, 524, 0, "2023-06-29T00:00:00Z", "2025-06-30T23:08:10Z", 1},
	{"signals-fng-daily/fear-greed-daily.csv.gz", barfile.SignalOptions{Source: "alternative.me", Kind: "fear_greed", Subject: "*", Lag: lag(24 * time.Hour)}, 2583, 0, 2583, 0, "2018-02-01T00:00:00Z", "2025-03-02T00:00:00Z", 1},
	{"signals-cryptopulse/BTCUSD-1d-sentiment.csv.gz", barfile.SignalOptions{}, 1193, 0, 1193, 145, "2021-01-03T00:00:00Z", "2024-04-09T00:00:00Z", 1},
	{"signals-llm-arena/llm-decisions-4h.csv.gz", barfile.SignalOptions{}, 2 * 5406, 0, 2 * 5406, 0, "2025-10-17T00:00:00Z", "2025-10-31T00:00:00Z", 40},
}

// recordedDir finds the recorded data, or skips the test.
func recordedDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SIGNALMAN_DATA")
	if dir == "" {
		dir = recorded
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the recorded market data is neither beside this checkout nor in SIGNALMAN_DATA: ", err)
	}
	return dir
}

func TestRecordedLayouts(t *testing.T) {
	dir := recordedDir(t)
	for _, c := range recordedSignals {
		r, err := barfile.ReadSignalsFile(filepath.Join(dir, c.path), c.o)
		if err != nil {
			t.Error(err)
			continue
		}
		got := []any{r.Rows, r.Observed, r.Assumed, r.Null, r.First.String(), r.Last.String(), r.Repeated, r.BadCount, len(r.Signals)}
		want := []any{c.rows, c.observed, c.assumed, c.null, c.first, c.last, 0, 0, c.rows}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.path, diff)
		}
		sources := map[string]bool{}
		for i := range r.Signals {
			s := &r.Signals[i]
			if sources[s.Source] = true; s.Known < s.Effective {
				t.Errorf("%s: %+v is known before it", c.path, s)
			}
		}
		if len(sources) != c.sources {
			t.Errorf("%s: %d sources", c.path, len(sources))
		}
	}
}

// TestRecordedHeadlines reads the files of all coins: they hold one series.
func TestRecordedHeadlines(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(recordedDir(t), "signals-cryptopulse", "*.csv.gz"))
	if err != nil || len(paths) != 14 {
		t.Fatal(paths, err)
	}
	said := map[market.Time]market.Signal{}
	for _, path := range paths {
		r, err := barfile.ReadSignalsFile(path, barfile.SignalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Signals {
			if old, found := said[s.Effective]; found && old != s {
				t.Fatalf("%s: %+v, another says %+v", path, s, old)
			}
			said[s.Effective] = s
		}
	}
	if len(said) != 1193 {
		t.Errorf("%d days", len(said))
	}
}

// TestSignalsBadLineIsWhole: what a bad line said besides is not remembered either.
func TestSignalsBadLineIsWhole(t *testing.T) {
	o := barfile.SignalOptions{Name: "s", Subject: "BTC", SkipBad: true}
	r, err := barfile.ReadSignals(strings.NewReader(grades+"2021-01-01,1,1,1,1,1,10,20,x\n2021-01-01,1,1,1,1,1,11,20,30\n2021-01-01,1,1,1,1,1,11,21,30\n2021-01-02,1,1,1,1,1,1,2,3\n2021-01-02,1,1,1,1,1,1,2,3\n"), o)
	if err != nil || r.Rows != 6 || r.BadCount != 2 || r.Repeated != 3 || r.Bad[1].Where != "s:4" || r.Signals[0].Value != 11 {
		t.Errorf("%+v, %v", r, err)
	}
}
