package store

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

func drawSignal(t *rapid.T) market.Signal {
	return market.Signal{
		Source: rapid.SampledFrom([]string{"a", "ab", "b"}).Draw(t, "source"), Kind: rapid.SampledFrom([]market.SignalKind{"grade", "sentiment"}).Draw(t, "kind"),
		Subject: rapid.SampledFrom([]market.Subject{"BTC", "*"}).Draw(t, "subject"), Instrument: market.NoInstrument,
		Effective: market.Time(rapid.IntRange(1, 5).Draw(t, "effective")), Known: market.Time(rapid.IntRange(5, 12).Draw(t, "known")),
		Value: float64(rapid.IntRange(0, 1).Draw(t, "value")), Null: rapid.Bool().Draw(t, "null"), Revision: rapid.IntRange(0, 1).Draw(t, "revision"),
		Raw: market.Hash{byte(rapid.IntRange(0, 3).Draw(t, "raw"))},
	}
}

// TestSignalsAgainstSlice puts random rows and compares every read with a slice.
func TestSignalsAgainstSlice(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		db, err := Open(filepath.Join(dir, decimal.NewFromInt(int64(run)).String()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.bolt.NoSync = true
		var oracle []market.Signal
		for range rapid.IntRange(1, 5).Draw(t, "puts") {
			rows := rapid.SliceOfN(rapid.Custom(drawSignal), 1, 6).Draw(t, "rows")
			want, conflict := tellSignals(oracle, rows)
			added, err := db.PutSignals(rows)
			if conflict != errors.Is(err, ErrConflict) || !conflict && (err != nil || added != len(want)-len(oracle)) {
				t.Fatalf("put adds %d, %v; conflict %v", added, err, conflict)
			}
			if !conflict {
				oracle = want
			}
			compareFiltered(t, db, oracle)
		}
	})
}

// tellSignals adds rows to those known, and reports whether one changes another.
func tellSignals(known, rows []market.Signal) (all []market.Signal, conflict bool) {
	all = slices.Clone(known)
	for _, s := range rows {
		i := slices.IndexFunc(all, func(o market.Signal) bool { return compareSignals(o, s) == 0 })
		if i < 0 {
			all = append(all, s)
		} else if all[i].Value != s.Value || all[i].Null != s.Null {
			return known, true
		}
	}
	return all, false
}

func compareFiltered(t *rapid.T, r Reader, oracle []market.Signal) {
	f := SignalFilter{Source: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "f.source"), Kind: rapid.SampledFrom([]market.SignalKind{"", "grade"}).Draw(t, "f.kind"),
		From: market.Time(rapid.IntRange(0, 12).Draw(t, "f.from")), To: market.Time(rapid.IntRange(0, 14).Draw(t, "f.to"))}
	var want []market.Signal
	for _, s := range oracle {
		if f.names(s.Source, s.Kind, s.Subject) && s.Known >= f.From && (f.To == 0 || s.Known < f.To) {
			want = append(want, s)
		}
	}
	slices.SortFunc(want, compareSignals)
	got, err := r.Signals(f)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("signals of %+v, %v (-want +got):\n%s", f, err, diff)
	}
}

func TestPutSignalsRefuses(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	good := market.Signal{Source: "s", Kind: "k", Subject: "BTC", Effective: 5, Known: 6}
	for name, change := range map[string]func(*market.Signal){
		"no source":  func(s *market.Signal) { s.Source = "" },
		"no known":   func(s *market.Signal) { s.Known = 0 },
		"NUL":        func(s *market.Signal) { s.Subject = "B\x00C" },
		"infinite":   func(s *market.Signal) { s.Value = 1e301 },
		"known past": func(s *market.Signal) { s.Known, s.Assumed = 4, true },
	} {
		bad := good
		change(&bad)
		if n, err := db.PutSignals([]market.Signal{good, bad}); market.ClassOf(err) != market.Data || n != 0 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if rows, err := db.Signals(SignalFilter{}); len(rows) > 0 || err != nil {
		t.Errorf("rows after refusals: %v, %v", rows, err)
	}
}

func TestRaw(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	for range 2 {
		h, err := db.PutRaw([]byte("answer"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := db.Raw(h); err != nil || string(got) != "answer" {
			t.Fatalf("raw answer is %q, %v", got, err)
		}
	}
	if got, err := db.Raw(market.Hash{1}); got != nil || err != nil {
		t.Errorf("unknown answer is %q, %v", got, err)
	}
}

// instrument makes one whose step tells it from others.
func instrument(symbol string, step int64) market.Instrument {
	i := market.Bare(symbol, "BTC", "USDT")
	i.ID, i.Venue, i.Step = market.NoInstrument, "binance", decimal.New(step, -8)
	i.MinNotional, i.Fees.Taker, i.Fees.InQuote = decimal.New(5, 0), decimal.New(1, -3), true
	return i
}

var exact = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) && a.Exponent() == b.Exponent() })

func TestInstruments(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	for _, s := range []snapshot{{100, instrument("A", 1)}, {200, instrument("A", 2)}, {300, instrument("A", 2)}, {150, instrument("AB", 3)}, {200, instrument("B", 4)}} {
		s.i.ID = 7
		if _, err := db.PutInstruments(s.from, []market.Instrument{s.i}); err != nil {
			t.Fatal(err)
		}
	}
	assumed := func(i market.Instrument) market.Instrument { i.Assumed = true; return i }
	for _, test := range []struct {
		at   market.Time
		want []market.Instrument
	}{
		{1, []market.Instrument{assumed(instrument("A", 1)), assumed(instrument("AB", 3)), assumed(instrument("B", 4))}},
		{199, []market.Instrument{instrument("A", 1), instrument("AB", 3), assumed(instrument("B", 4))}},
		{200, []market.Instrument{instrument("A", 2), instrument("AB", 3), instrument("B", 4)}},
		{market.MaxTime, []market.Instrument{instrument("A", 2), instrument("AB", 3), instrument("B", 4)}},
	} {
		got, err := db.Instruments(test.at)
		if diff := cmp.Diff(test.want, got, exact); diff != "" || err != nil {
			t.Errorf("at %d, %v (-want +got):\n%s", test.at, err, diff)
		}
	}
	if _, err := db.PutInstruments(1, []market.Instrument{{}}); market.ClassOf(err) != market.Data {
		t.Errorf("no instrument: %v", err)
	}
}

// TestPutSignalsOf puts rows in any order and in any number of calls, and finds the same;
// what fill does not end well leaves nothing.
func TestPutSignalsOf(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.Custom(drawSignal), 1, 30, func(s market.Signal) market.Signal {
			s.Value, s.Null, s.Raw = 0, false, market.Hash{}
			return s
		}).Draw(t, "rows")
		want := slices.Clone(rows)
		slices.SortFunc(want, compareSignals)
		for range 2 {
			run++
			db, err := Open(filepath.Join(dir, decimal.NewFromInt(int64(run)).String()), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.bolt.NoSync = true
			mixed := rapid.Permutation(rows).Draw(t, "order")
			broken := errors.New("broken")
			if err := db.PutSignalsOf(func(w *SignalWriter) error {
				if n, err := w.Put(mixed); n != len(rows) || err != nil {
					t.Fatal(n, err)
				}
				return broken
			}); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			if got, err := db.Signals(SignalFilter{}); len(got) > 0 || err != nil {
				t.Fatalf("%d rows after a failure, %v", len(got), err)
			}
			if err := db.PutSignalsOf(func(w *SignalWriter) error {
				for len(mixed) > 0 {
					n := rapid.IntRange(1, len(mixed)).Draw(t, "call")
					if added, err := w.Put(mixed[:n]); added != n || err != nil {
						t.Fatal(added, err)
					}
					mixed = mixed[n:]
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			got, err := db.Signals(SignalFilter{})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Fatal(err, diff)
			}
		}
	})
}

// TestSignalContradictions: a stored row stays as it is, and an error says what each says.
func TestSignalContradictions(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	row := market.Signal{Source: "s", Kind: "k", Subject: "BTC", Instrument: market.NoInstrument, Effective: market.Time(market.Day), Known: 2 * market.Time(market.Day), Value: 1, Assumed: true}
	other, observed := row, row
	other.Subject, observed.Assumed = "btc", false
	if _, err := db.PutSignals([]market.Signal{row, other}); err != nil {
		t.Fatal(err)
	}
	again := row
	again.Raw = market.Hash{1} // another answer says the same
	if n, err := db.PutSignals([]market.Signal{again}); n != 0 || err != nil {
		t.Error(n, err)
	}
	null := row
	null.Null, null.Value = true, 0
	for want, s := range map[string]market.Signal{
		"known 1970-01-03T00:00:00Z, revision 0, is null here and 1 in the store: a signal row never changes":                           null,
		"known 1970-01-03T00:00:00Z, revision 0, is 1 (observed) here and 1 (known by assumption) in the store: a signal row never cha": observed,
	} {
		if _, err := db.PutSignals([]market.Signal{s}); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
	later := row
	later.Known++
	broken := errors.New("broken")
	if err := db.PutSignalsOf(func(w *SignalWriter) error {
		if got, found := w.Stored(&null); !found || got != row {
			t.Error(got, found)
		}
		if _, found := w.Stored(&later); found {
			t.Error("found a row that is not stored")
		}
		if diff := cmp.Diff([]market.Subject{"BTC", "btc"}, w.Subjects()); diff != "" {
			t.Error(diff)
		}
		if _, err := w.Put([]market.Signal{later}); err != nil {
			t.Error(err)
		}
		if got, found := w.Stored(&later); !found || got != later {
			t.Error(got, found)
		}
		return broken
	}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestDamagedSignal: an error says which row is damaged, wherever it is met.
func TestDamagedSignal(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	row := market.Signal{Source: "s", Kind: "k", Subject: "BTC", Effective: market.Time(market.Day), Known: 2 * market.Time(market.Day), Value: 1}
	if _, err := db.PutSignals([]market.Signal{row}); err != nil {
		t.Fatal(err)
	}
	if err := db.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSignals).Bucket(signalBucket(&row))
		k, v := b.Cursor().First()
		v = bytes.Clone(v)
		v[5] ^= 1
		return b.Put(bytes.Clone(k), v)
	}); err != nil {
		t.Fatal(err)
	}
	const want = "signal row k of BTC by s for 1970-01-02T00:00:00Z, known 1970-01-03T00:00:00Z, revision 0"
	if _, err := db.Signals(SignalFilter{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	if _, err := db.PutSignals([]market.Signal{row}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}
