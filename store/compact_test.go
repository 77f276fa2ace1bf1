package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// wasteful makes a file with much room in it, and returns what is in it.
func wasteful(t *testing.T, path string) *market.Columns {
	t.Helper()
	db := open(t, path)
	for version := range 4 {
		mustPut(t, db, btc, minutes(0, 50_000, version))
	}
	if _, err := db.PutFundings("v", "S", fundings(0, 50, "0.0001", "0")); err != nil {
		t.Fatal(err)
	}
	c := mustBars(t, db, btc, 0, 0)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	want := wasteful(t, path)
	st, err := Compact(path, Options{})
	info, _ := os.Stat(path)
	if err != nil || st.After != info.Size() || st.After > st.Before*2/3 {
		t.Fatalf("compacted %+v to %d, %v", st, info.Size(), err)
	}
	db := open(t, path)
	if diff := cmp.Diff(want, mustBars(t, db, btc, 0, 0)); diff != "" {
		t.Errorf("after it (-want +got):\n%.1000s", diff)
	}
	if u, err := db.Usage(); err != nil || u.Free > u.Size/4 {
		t.Errorf("after it %d bytes of %d are free, %v", u.Free, u.Size, err)
	}
	if rows, err := db.Fundings("v", "S", 0, 0); len(rows) != 50 || err != nil {
		t.Errorf("%d fundings after it, %v", len(rows), err)
	}
	if _, err := Compact(path, Options{Timeout: 1}); !errors.Is(err, ErrLocked) {
		t.Errorf("compacting what is in use gave %v", err)
	}
}

// TestCompactLink compacts by a link: the file that it leads to is replaced.
func TestCompactLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "kept.db"), filepath.Join(t.TempDir(), "history.db")
	want := wasteful(t, path)
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no links here: ", err)
	}
	st, err := Compact(link, Options{})
	info, _ := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Fatalf("the link is %v, %v", info.Mode(), err)
	}
	if info, _ := os.Stat(path); info.Size() != st.After {
		t.Errorf("the file has %d bytes, not %d", info.Size(), st.After)
	}
	if got := mustBars(t, open(t, link), btc, 0, 0); !cmp.Equal(want, got) {
		t.Error("other bars")
	}
}

// TestCompactFails lets the disk be full: the old file stays, and nothing else.
func TestCompactFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	want := wasteful(t, path)
	before, _ := os.ReadFile(path)
	if _, err := compact(path, Options{}, 200_000); err == nil {
		t.Fatal("compacted into too little room")
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file has changed")
	}
	if _, err := os.Stat(path + compactExt); err == nil {
		t.Error("the temporary file is left")
	}
	if got := mustBars(t, open(t, path), btc, 0, 0); !cmp.Equal(want, got) {
		t.Error("other bars")
	}
	if _, err := Compact(filepath.Join(t.TempDir(), "none.db"), Options{}); !errors.Is(err, ErrMissing) {
		t.Errorf("compacting no file gave %v", err)
	}
}

// TestOpenAfterCompact waits for a file that is replaced meanwhile: what is put then
// goes to the new one.
func TestOpenAfterCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	want := wasteful(t, path)
	holder, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan *DB)
	go func() {
		db, err := Open(path, Options{Timeout: 20 * time.Second})
		if err != nil {
			t.Error(err)
		}
		opened <- db
	}()
	copied := path + compactExt
	if err := rewrite(holder.bolt, copied, 0); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(copied, path), holder.Close()); err != nil {
		t.Fatal(err)
	}
	db := <-opened
	mustPut(t, db, btc, minutes(50_000, 50_010, 0))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := mustBars(t, open(t, path), btc, 0, 0); got.Len() != want.Len()+10 {
		t.Errorf("%d bars, want %d and 10", got.Len(), want.Len())
	}
}

// interrupted makes a file that a process left in the middle of a large put, and of a
// compaction, with bars before it.
func interrupted(t *testing.T, path string, before *market.Columns) {
	t.Helper()
	db := open(t, path)
	mustPut(t, db, btc, before)
	db.maxPut = 0
	sp := NewSpool("")
	if err := sp.Add(minutes(4000, 20_000, 0)); err != nil {
		t.Fatal(err)
	}
	m := staging(btc, sp)
	m.sink = m.packer.take
	for range 2 {
		if err := db.write(func(tx *bolt.Tx) error { _, err := db.stage(tx, btc, m); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(db.Close(), os.WriteFile(path+compactExt, []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestLeftovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	interrupted(t, path, minutes(0, 5000, 0))
	r, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := mustBars(t, r, btc, 0, 0); got.Len() != 5000 {
		t.Errorf("a reader sees %d bars of 5,000", got.Len())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	noStaging(t, db)
	if _, err := os.Stat(path + compactExt); err == nil {
		t.Error("the temporary file is left")
	}
	if st := mustPut(t, db, btc, minutes(4000, 20_000, 0)); !counts(st, PutStats{Added: 15_000, Unchanged: 1000}) {
		t.Errorf("the put again: %+v", st)
	}
}

func TestUsage(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	mustPut(t, db, btc, minutes(0, 5000, 0))
	if _, err := db.PutFundings("v", "S", fundings(0, 50, "0.0001", "0")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.PutRaw(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.PutInstruments(5, []market.Instrument{instrument("A", 1)}); err != nil {
		t.Fatal(err)
	}
	s := market.Signal{Source: "s", Kind: "grade", Subject: "BTC", Instrument: market.NoInstrument, Effective: 1, Known: 7}
	if _, err := db.PutSignals([]market.Signal{s}); err != nil {
		t.Fatal(err)
	}
	u, err := db.Usage()
	if err != nil {
		t.Fatal(err)
	}
	st, _ := db.Stats(btc)
	row := fundings(0, 50, "0.0001", "0")
	want := Usage{
		Schema: 2, Size: u.Size, Free: u.Free, Series: []SeriesUsage{{btc, st}},
		Fundings:    []FundingUsage{{"v", "S", Amount{50, u.Fundings[0].Bytes}, row[0].Time, row[49].Time}},
		Signals:     []SignalUsage{{"s", "grade", "BTC", Amount{1, 65}, 7, 7}},
		Instruments: Amount{1, u.Instruments.Bytes}, Raw: Amount{1, 1032},
	}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
	if st.Bytes > u.Size-u.Free || u.Free < 0 {
		t.Errorf("%d bytes of blocks in %d, of which %d are free", st.Bytes, u.Size, u.Free)
	}
}
