package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// fill puts random things of every kind; later is added to the time of instruments.
func fill(t *rapid.T, db *DB, later market.Time) {
	for range rapid.IntRange(0, 3).Draw(t, "bars") {
		s := btc
		s.Symbol = rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "symbol")
		if _, err := db.PutBars(s, drawPiece(t)); err != nil {
			t.Fatal(err)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "fundings") {
		from := rapid.IntRange(0, 20).Draw(t, "funding")
		mark := rapid.SampledFrom([]string{"0", "100"}).Draw(t, "mark")
		if _, err := db.PutFundings("v", rapid.SampledFrom([]string{"A", "B"}).Draw(t, "symbol"), fundings(from, from+9, "0.0001", mark)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "instruments") {
		list := []market.Instrument{instrument("A", rapid.Int64Range(1, 2).Draw(t, "step")), listed("B", 1)}
		if _, err := db.PutInstruments(later+market.Time(i)*10, list); err != nil {
			t.Fatal(err)
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "signals") {
		s := drawSignal(t)
		s.Value, s.Null = 1, false // of what a conflict does there is another test
		if _, err := db.PutSignals([]market.Signal{s}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutRaw([]byte{byte(s.Known)}); err != nil {
			t.Fatal(err)
		}
	}
}

// seen is what a Reader tells.
func seen(t *rapid.T, r Reader) (all []any) {
	tell := func(v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	list, err := r.SeriesList()
	tell(list, err)
	for _, s := range list {
		for _, span := range [][2]market.Time{{0, 0}, {minute(500, 0).OpenTime, minute(9000, 0).OpenTime}} {
			c, err := r.Bars(s, span[0], span[1])
			if err == nil && cap(c.OpenTime) != c.Len() {
				t.Fatalf("%d rows with room for %d", c.Len(), cap(c.OpenTime))
			}
			blocks, encoded := encode(c)
			tell(string(bytes.Join(blocks, nil)), errors.Join(err, encoded))
		}
		st, err := r.Stats(s)
		tell([]any{st.Rows, st.First, st.Last}, err)
	}
	for _, at := range []market.Time{1, 15, 115, 1000} {
		i, err := r.Instruments(at)
		tell(inJSON(i), err)
		l, err := r.Listings(at, at+100)
		tell(inJSON(l), err)
	}
	signals, err := r.Signals(SignalFilter{})
	for i := range signals {
		signals[i].Raw = market.Hash{} // of the first answer that told it
	}
	tell(inJSON(signals), err)
	for _, symbol := range []string{"A", "B"} {
		rows, err := r.Fundings("v", symbol, 0, 0)
		tell(inJSON(rows), err)
	}
	return all
}

func inJSON[T any](rows []T) string {
	b, err := json.Marshal(append([]T{}, rows...))
	return fmt.Sprintf("%s %v", b, err)
}

// TestFoldIsJoin reads two files as one, folds them, here and there stopped before it is
// done, and reads the same from the one.
func TestFoldIsJoin(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		var dbs [2]*DB
		for i, name := range []string{"history.db", "live.db"} {
			db, err := Open(filepath.Join(dir, fmt.Sprint(run, name)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.bolt.NoSync = true
			db.maxPut = rapid.SampledFrom([]int64{0, 100_000, maxPut}).Draw(t, "transaction")
			dbs[i] = db
			fill(t, db, market.Time(i)*100+1)
		}
		history, live := dbs[0], dbs[1]
		want := seen(t, Join(history, live))
		stopped := fold{history: history, live: live}
		steps := []func() error{stopped.bars, stopped.fundings, stopped.instruments, stopped.raw, stopped.signals}
		for _, step := range steps[:rapid.IntRange(0, len(steps)).Draw(t, "stopped after")] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, seen(t, Join(history, live))); diff != "" {
				t.Fatalf("joined in the middle of a fold (-want +got):\n%.500q", diff)
			}
		}
		if _, err := Fold(history, live); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, seen(t, history)); diff != "" {
			t.Fatalf("folded (-joined +got):\n%.500q", diff)
		}
		if u, err := live.Usage(); err != nil || len(u.Series)+len(u.Fundings)+len(u.Signals)+u.Instruments.Count+u.Raw.Count > 0 {
			t.Fatalf("left in live: %+v, %v", u, err)
		}
		if st, err := Fold(history, live); err != nil || len(st.Series)+st.Signals+st.Raw+st.Instruments > 0 {
			t.Fatalf("folding nothing: %+v, %v", st, err)
		}
	})
}

func TestFoldReports(t *testing.T) {
	dir := t.TempDir()
	history, live := open(t, filepath.Join(dir, "history.db")), open(t, filepath.Join(dir, "live.db"))
	mustPut(t, history, btc, minutes(0, 100, 0))
	mustPut(t, live, btc, minutes(90, 110, 1))
	signal := func(known market.Time, v float64) market.Signal {
		return market.Signal{Source: "s", Kind: "grade", Subject: "BTC", Instrument: market.NoInstrument, Effective: 1, Known: known, Value: v}
	}
	for db, rows := range map[*DB][]market.Signal{history: {signal(10, 1), signal(11, 1)}, live: {signal(10, 1), signal(11, 2), signal(12, 3)}} {
		if _, err := db.PutSignals(rows); err != nil {
			t.Fatal(err)
		}
	}
	st, err := Fold(history, live)
	var named *market.Error
	if !errors.Is(err, ErrConflict) || !errors.As(err, &named) || named.Where != "s" {
		t.Errorf("the conflict gave %v", err)
	}
	if len(st.Series) != 1 || st.Series[0].Restated != 10 || st.Series[0].Added != 10 || st.Series[0].Changes[0] != (Restated{minute(90, 0).OpenTime, minute(90, 0), minute(90, 1)}) || st.Signals != 2 {
		t.Errorf("folded %+v", st)
	}
	for _, test := range []struct {
		db   *DB
		want []market.Signal
	}{{history, []market.Signal{signal(10, 1), signal(11, 1), signal(12, 3)}}, {live, []market.Signal{signal(11, 2)}}} {
		if got, err := test.db.Signals(SignalFilter{}); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("signals of %s: %v, %v", filepath.Base(test.db.path), got, err)
		}
	}
	if list, err := live.SeriesList(); len(list) > 0 || err != nil {
		t.Errorf("series left in live: %v, %v", list, err)
	}
}
