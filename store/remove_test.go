package store

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// contents lists what a file has, a line each, such as "binance BTCUSDT 1m".
func contents(t *testing.T, db *DB) (lines []string) {
	t.Helper()
	u, err := db.Usage()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range u.Series {
		lines = append(lines, s.Series.String())
	}
	for _, f := range u.Fundings {
		lines = append(lines, strings.TrimSpace(f.Venue+" "+f.Symbol+" funding"))
	}
	known, err := db.Listings(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range known {
		if !s.Instrument.Assumed {
			lines = append(lines, strings.TrimSpace(s.Instrument.Venue+" "+s.Instrument.Symbol+" filters"))
		}
	}
	return lines
}

// TestRemove removes things whose names begin alike, and compares what is left.
func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	db := open(t, path)
	names := []Series{{"", "BTCUSDT", market.Minute}, {"binance", "BTC", market.Minute}, {"binance", "BTCUSDT", market.Minute},
		{"binance", "BTCUSDT", market.Hour}, {"binance", "BTCUSDTX", market.Minute}, {"binance-usdm", "BTCUSDT", market.Minute}}
	for _, s := range names {
		c := minutes(60, 10_000, 1)
		if s.Interval == market.Hour {
			c = market.Resample(c, market.Hour, market.MaxTime)
		}
		if _, err := db.PutBars(s, c); err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutFundings(s.Venue, s.Symbol, fundings(0, 3, "0.0001", "1")); err != nil {
			t.Fatal(err)
		}
		for from := range market.Time(2) {
			i := instrument(s.Symbol, 1+int64(from))
			i.Venue = s.Venue
			if _, err := db.PutInstruments(100+from, []market.Instrument{i}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := contents(t, db)
	for _, step := range []struct {
		what Removal
		gone []string
	}{
		{Removal{Venue: "binance", Symbol: "BTCUSDT", Intervals: []market.Interval{market.Hour}}, []string{"binance BTCUSDT 1h"}},
		{Removal{Venue: "binance", Symbol: "BTCUSDT", Intervals: []market.Interval{market.Hour, 2 * market.Hour}}, nil},
		{Removal{Venue: "", Symbol: "BTCUSDT", Intervals: []market.Interval{market.Minute}, Fundings: true}, []string{"BTCUSDT 1m", "BTCUSDT funding"}},
		{Removal{Venue: "binance", Symbol: "BTCUSDT", Instruments: true}, []string{"binance BTCUSDT filters"}},
		{Removal{Venue: "binance", Symbol: "NONE", Intervals: []market.Interval{market.Minute}, Fundings: true, Instruments: true}, nil},
		{Removal{Venue: "binance-usdm", Symbol: "BTCUSDT", Intervals: []market.Interval{market.Minute}, Fundings: true, Instruments: true},
			[]string{"binance-usdm BTCUSDT 1m", "binance-usdm BTCUSDT funding", "binance-usdm BTCUSDT filters"}},
	} {
		if err := db.Remove(step.what); err != nil {
			t.Fatalf("%+v: %v", step.what, err)
		}
		want = slices.DeleteFunc(want, func(line string) bool { return slices.Contains(step.gone, line) })
		if diff := cmp.Diff(want, contents(t, db)); diff != "" {
			t.Errorf("%+v leaves (-want +got):\n%s", step.what, diff)
		}
	}
	if diff := cmp.Diff(minutes(60, 10_000, 1), mustBars(t, db, names[2], 0, 0)); diff != "" {
		t.Errorf("what stays has changed:\n%s", diff)
	}
	list, err := db.FundingList()
	if wantList := []Series{{"binance", "BTC", 0}, {"binance", "BTCUSDT", 0}, {"binance", "BTCUSDTX", 0}}; !slices.Equal(list, wantList) || err != nil {
		t.Errorf("fundings of %v, %v", list, err)
	}
	if st, err := db.PutBars(names[0], minutes(0, 5, 1)); st.Added != 5 || err != nil {
		t.Errorf("stored again: %+v, %v", st, err)
	}
}

// TestRemoveReadOnly finds the file as it was.
func TestRemoveReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	db := open(t, path)
	if _, err := db.PutBars(btc, minutes(0, 5, 1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.Remove(Removal{Venue: btc.Venue, Symbol: btc.Symbol, Intervals: []market.Interval{btc.Interval}}); err == nil {
		t.Error("a reader removes")
	}
	if c := mustBars(t, reader, btc, 0, 0); c.Len() != 5 {
		t.Errorf("%d bars are left", c.Len())
	}
}

// TestRemoveSignalsAgainstSlice removes by random filters and compares with a slice.
func TestRemoveSignalsAgainstSlice(t *testing.T) {
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		db, err := Open(filepath.Join(dir, decimal.NewFromInt(int64(run)).String()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.bolt.NoSync = true
		rows, _ := tellSignals(nil, rapid.SliceOfNDistinct(rapid.Custom(drawSignal), 1, 40, func(s market.Signal) market.Signal {
			s.Value, s.Null, s.Raw = 0, false, market.Hash{}
			return s
		}).Draw(t, "rows"))
		if _, err := db.PutSignals(rows); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			f := SignalFilter{
				Source: rapid.SampledFrom([]string{"", "a", "c"}).Draw(t, "source"), Subject: rapid.SampledFrom([]market.Subject{"", "*"}).Draw(t, "subject"),
				From: market.Time(rapid.IntRange(0, 12).Draw(t, "from")), To: market.Time(rapid.IntRange(0, 14).Draw(t, "to")),
			}
			before := len(rows)
			rows = slices.DeleteFunc(rows, func(s market.Signal) bool { return f.names(s.Source, s.Kind, s.Subject) && f.known(s.Known) })
			if n, _, err := db.RemoveSignals(f); n != before-len(rows) || err != nil {
				t.Fatalf("%+v removes %d, %v; not %d", f, n, err, before-len(rows))
			}
			got, err := db.Signals(SignalFilter{})
			slices.SortFunc(rows, compareSignals)
			if diff := cmp.Diff(rows, got); len(rows)+len(got) > 0 && diff != "" || err != nil {
				t.Fatalf("%+v leaves (-want +got), %v:\n%s", f, err, diff)
			}
			if u, err := db.Usage(); err != nil || slices.ContainsFunc(u.Signals, func(s SignalUsage) bool { return s.Count == 0 }) {
				t.Fatalf("an empty bucket stays, %v", err)
			}
		}
	})
}

// TestRemoveSignalsWithTheirAnswers removes answers that no row names any longer, and no
// others.
func TestRemoveSignalsWithTheirAnswers(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	rows := []market.Signal{{Source: "a", Kind: "k", Subject: "BTC", Effective: 1, Known: 1}, {Source: "a", Kind: "k", Subject: "BTC", Effective: 2, Known: 2},
		{Source: "b", Kind: "k", Subject: "BTC", Effective: 1, Known: 3}}
	var answers []market.Hash
	for i, text := range []string{"one", "shared", "shared", "of no row"} {
		h, err := db.PutRaw([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, h)
		if i < len(rows) {
			rows[i].Raw = h
		}
	}
	if _, err := db.PutSignals(rows); err != nil {
		t.Fatal(err)
	}
	if n, gone, err := db.RemoveSignals(SignalFilter{Source: "a"}); n != 2 || gone != 1 || err != nil {
		t.Errorf("%d rows and %d answers are removed, %v", n, gone, err)
	}
	var left []string
	for _, h := range answers {
		text, err := db.Raw(h)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, string(text))
	}
	if diff := cmp.Diff([]string{"", "shared", "shared", "of no row"}, left); diff != "" {
		t.Error(diff)
	}
}

// TestRawLike finds answers by how their hashes begin.
func TestRawLike(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	var all []market.Hash
	for _, text := range []string{"a", "b", "c"} {
		h, err := db.PutRaw([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	for _, h := range all {
		for _, n := range []int{1, 2, 7, 64} {
			if list, err := db.RawLike(h.String()[:n], 9); err != nil || !slices.Contains(list, h) || n > 6 && len(list) != 1 {
				t.Errorf("%s: %v, %v", h.String()[:n], list, err)
			}
		}
	}
	if list, err := db.RawLike("", 2); len(list) != 2 || err != nil {
		t.Error(list, err)
	}
	if list, err := db.RawLike("no hash", 2); len(list) != 0 || err != nil {
		t.Error(list, err)
	}
}
