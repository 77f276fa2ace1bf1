package file_test

import (
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/all"
	"github.com/signalman-trading/signalman/signals/file"
)

const grades = `effective,value,kind,subject
2021-01-03,80.5,trader_grade,BTC
2021-01-01,60,trader_grade,ETH
2021-01-02,,trader_grade,BTC
2021-01-02,0.25,sentiment,*
`

// written returns a source of a file with the text.
func written(t *testing.T, name, text string) *file.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &file.Config{Path: path, Source: "mine", Lag: market.Duration(24 * time.Hour)}
}

// fetch returns what a source says to a question, and checks the shape of the answer:
// one batch, or one error.
func fetch(t *testing.T, c *file.Config, q signals.Query) ([]market.Signal, error) {
	t.Helper()
	var rows []market.Signal
	var failed error
	answers := 0
	for batch, err := range c.Fetch(t.Context(), q) {
		if answers++; answers > 1 {
			t.Fatal("a second answer")
		}
		rows, failed = batch.Signals, err
	}
	if failed != nil && rows != nil {
		t.Errorf("rows %v beside the error %v", rows, failed)
	}
	return rows, failed
}

func day(n int) market.Time {
	return market.Time(1_609_459_200_000_000_000) + market.Time(n-1)*market.Day
}

func row(d int, kind, subject string, value float64) market.Signal {
	return market.Signal{
		Source: "mine", Kind: market.SignalKind(kind), Subject: market.Subject(subject), Instrument: market.NoInstrument,
		Effective: day(d), Known: day(d + 1), Value: value, Assumed: true,
	}
}

func null(s market.Signal) market.Signal {
	s.Null = true
	return s
}

func TestFetch(t *testing.T) {
	btc3, eth1 := row(3, "trader_grade", "BTC", 80.5), row(1, "trader_grade", "ETH", 60)
	btc2, mood := null(row(2, "trader_grade", "BTC", 0)), row(2, "sentiment", "*", 0.25)
	for name, c := range map[string]struct {
		query signals.Query
		want  []market.Signal
	}{
		"everything":  {signals.Query{}, []market.Signal{btc3, eth1, btc2, mood}},
		"a kind":      {signals.Query{Kinds: []market.SignalKind{"sentiment"}}, []market.Signal{mood}},
		"a subject":   {signals.Query{Subjects: []market.Subject{"BTC", "*"}}, []market.Signal{btc3, btc2, mood}},
		"both":        {signals.Query{Kinds: []market.SignalKind{"trader_grade"}, Subjects: []market.Subject{"ETH"}}, []market.Signal{eth1}},
		"from":        {signals.Query{From: day(2)}, []market.Signal{btc3, btc2, mood}},
		"to":          {signals.Query{To: day(2)}, []market.Signal{eth1}},
		"from and to": {signals.Query{From: day(2), To: day(3)}, []market.Signal{btc2, mood}},
		"nothing":     {signals.Query{Kinds: []market.SignalKind{"other"}}, []market.Signal{}},
	} {
		got, err := fetch(t, written(t, "grades.csv", grades), c.query)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, want (-), got (+):\n%s", name, err, diff)
		}
	}
}

// TestFetchAgain reads the file anew: what was appended is there, and the answers are
// the caller's.
func TestFetchAgain(t *testing.T) {
	c := written(t, "grades.csv", grades)
	first, err := fetch(t, c, signals.Query{})
	if err != nil {
		t.Fatal(err)
	}
	first[0].Value = -1
	if err := os.WriteFile(c.Path, []byte(grades+"2021-01-04,1,sentiment,*\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := fetch(t, c, signals.Query{})
	if err != nil || len(second) != 5 || second[0].Value != 80.5 {
		t.Errorf("%v, %v", second, err)
	}
}

// TestFileSaysMore prefers what a row says to what the configuration says.
func TestFileSaysMore(t *testing.T) {
	c := written(t, "x.jsonl", `{"source":"theirs","kind":"fear_greed","subject":"ETH","effective":"2021-01-01","known":"2021-01-01T06:00:00Z","value":31,"revision":2}`)
	c.Kind, c.About = "sentiment", "BTC"
	got, err := fetch(t, c, signals.Query{})
	want := []market.Signal{{
		Source: "theirs", Kind: "fear_greed", Subject: "ETH", Instrument: market.NoInstrument,
		Effective: day(1), Known: day(1) + market.Day/4, Value: 31, Revision: 2,
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestCompressed(t *testing.T) {
	c := written(t, "grades.csv.gz", "")
	f, err := os.Create(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(grades)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := fetch(t, c, signals.Query{}); err != nil || len(got) != 4 {
		t.Error(got, err)
	}
}

// TestErrors wants a class, a place and a way out of each.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*file.Config)
		text   string
		class  market.Class
		where  string
		says   string
	}{
		"no path":   {func(c *file.Config) { c.Path = "" }, grades, market.Usage, "", "no path"},
		"no file":   {func(c *file.Config) { c.Path += ".none" }, grades, market.Data, "grades.csv.none", "no such file"},
		"no lag":    {func(c *file.Config) { c.Lag = 0 }, grades, market.Data, "grades.csv:2", "no lag"},
		"no source": {func(c *file.Config) { c.Source = "" }, grades, market.Data, "grades.csv:2", "source is empty"},
		"value":     {nil, grades + "2021-01-05,high,sentiment,*\n", market.Data, "grades.csv:6", `"high" is not a number`},
		"column":    {nil, "effective,valu\n", market.Data, "grades.csv:1", `"valu" is unknown`},
		"empty":     {nil, "", market.Data, "grades.csv", "no signals"},
	} {
		source := written(t, "grades.csv", c.text)
		if c.change != nil {
			c.change(source)
		}
		_, err := fetch(t, source, signals.Query{})
		var e *market.Error
		if !errors.As(err, &e) || e.Class != c.class || !strings.HasSuffix(e.Where, c.where) || !strings.Contains(err.Error(), c.says) || e.Hint == "" {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// TestCancelled gives nothing to who no longer asks.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for batch, err := range written(t, "grades.csv", grades).Fetch(ctx, signals.Query{}) {
		if !errors.Is(err, context.Canceled) || batch.Signals != nil {
			t.Error(batch, err)
		}
	}
}

func TestKinds(t *testing.T) {
	if got := (&file.Config{}).Kinds(); len(got) != 0 {
		t.Error(got)
	}
	if got := (&file.Config{Kind: "sentiment"}).Kinds(); len(got) != 1 || got[0] != "sentiment" {
		t.Error(got)
	}
}

// TestPlugin checks that the sample is what the source reads, and that it is listed.
func TestPlugin(t *testing.T) {
	list := slices.DeleteFunc(all.Sources(), func(p signals.Plugin) bool { return p.Name != "file" })
	if len(list) != 1 || list[0].Doc == "" {
		t.Fatalf("%+v", list)
	}
	config, ok := list[0].New(signals.Env{}).(*file.Config)
	if _, asked := any(config).(signals.Source); !ok || !asked {
		t.Fatalf("%T is not a source", config)
	}
	var sample struct {
		Signals map[string]struct {
			Type string
			file.Config
		}
	}
	meta, err := toml.Decode(list[0].Sample, &sample)
	if err != nil || len(meta.Undecoded()) > 0 {
		t.Fatal(err, meta.Undecoded())
	}
	got := sample.Signals["news"]
	if got.Type != "file" || got.Path == "" || got.Kind == "" || got.About != market.MarketWide || got.Lag != market.Duration(24*time.Hour) {
		t.Errorf("%+v", got)
	}
}
