package store

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// fundings makes one row every eight hours, [from, to).
func fundings(from, to int, rate, mark string) (rows []market.Funding) {
	for i := from; i < to; i++ {
		rows = append(rows, market.Funding{Time: market.Time(i+1) * 8 * market.Time(market.Hour),
			Rate: decimal.RequireFromString(rate), Mark: decimal.RequireFromString(mark)})
	}
	return rows
}

func TestFundings(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	for _, step := range []struct {
		name string
		rows []market.Funding
		want PutStats
	}{
		{"new", fundings(0, 10, "0.0001", "27000.5"), PutStats{Added: 10}},
		{"again", fundings(5, 10, "0.00010", "27000.50"), PutStats{Unchanged: 5}},
		{"without marks", fundings(0, 12, "0.0001", "0"), PutStats{Unchanged: 10, Added: 2}},
		{"other rate", fundings(3, 5, "-0.0002", "27000.5"), PutStats{Restated: 2}},
		{"marks known later", fundings(10, 12, "0.0001", "26999"), PutStats{Unchanged: 2}},
		{"other mark", fundings(10, 12, "0.0001", "26998"), PutStats{Restated: 2}},
		{"and back", fundings(10, 12, "0.0001", "26999"), PutStats{Restated: 2}},
		{"none", nil, PutStats{}},
	} {
		got, err := db.PutFundings("binance-usdm", "BTCUSDT", step.rows)
		if err != nil || !counts(got, step.want) || len(got.Fundings) != got.Restated {
			t.Errorf("%s: %+v, %v, want %+v", step.name, got, err, step.want)
		}
	}
	want := slices.Concat(fundings(0, 3, "0.0001", "27000.5"), fundings(3, 5, "-0.0002", "27000.5"),
		fundings(5, 10, "0.0001", "27000.5"), fundings(10, 12, "0.0001", "26999"))
	for _, span := range [][2]int{{0, 12}, {0, 0}, {3, 7}, {11, 12}, {12, 14}} {
		lo, hi := want[0].Time*market.Time(span[0]+1), want[0].Time*market.Time(span[1]+1)
		rows := want[min(span[0], 12):min(span[1], 12)]
		if span[1] == 0 {
			lo, hi, rows = 0, 0, want
		}
		got, err := db.Fundings("binance-usdm", "BTCUSDT", lo, hi)
		if diff := cmp.Diff(rows, got); len(rows)+len(got) > 0 && diff != "" || err != nil {
			t.Errorf("%v: %v (-want +got):\n%s", span, err, diff)
		}
	}
	if got, err := db.Fundings("binance", "BTCUSDT", 0, 0); len(got) > 0 || err != nil {
		t.Errorf("another venue has %v, %v", got, err)
	}
}

func TestFundingsRefused(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	twice := append(fundings(0, 2, "0.0001", "0"), fundings(1, 2, "0.0001", "0")...)
	off := fundings(0, 1, "0.0001", "0")
	off[0].Time += 5
	for name, rows := range map[string][]market.Funding{"twice": twice, "off the second": off, "negative mark": fundings(0, 1, "0.0001", "-1")} {
		if _, err := db.PutFundings("v", "S", rows); market.ClassOf(err) != market.Data {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := db.PutFundings("v", "", fundings(0, 1, "0.0001", "0")); market.ClassOf(err) != market.Data {
		t.Errorf("no symbol: %v", err)
	}
}

// TestMigration opens a file as schema 1 was written: it reads as it is, and has
// fundings once it was open for writing, with all that was in it.
func TestMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	c := minutes(0, 5000, 0)
	writeBolt(t, path, func(tx *bolt.Tx) error { return writeSchema1(tx, c) })
	r, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, mustBars(t, r, btc, 0, 0)); diff != "" {
		t.Errorf("schema 1, read (-want +got):\n%s", diff)
	}
	if rows, err := r.Fundings("binance", "BTCUSDT", 0, 0); len(rows) > 0 || err != nil {
		t.Errorf("fundings of schema 1: %v, %v", rows, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	if have, err := db.schema(); have != 2 || err != nil {
		t.Errorf("schema %d, %v after it was open for writing", have, err)
	}
	if st, err := db.PutFundings("binance", "BTCUSDT", fundings(0, 3, "0.0001", "0")); st.Added != 3 || err != nil {
		t.Errorf("fundings after the migration: %+v, %v", st, err)
	}
	if diff := cmp.Diff(c, mustBars(t, db, btc, 0, 0)); diff != "" {
		t.Errorf("migrated (-want +got):\n%s", diff)
	}
	if st := mustPut(t, db, btc, minutes(4000, 6000, 0)); st.Added != 1000 || st.Unchanged != 1000 {
		t.Errorf("a put after the migration: %+v", st)
	}
}

// writeSchema1 writes what the program of schema 1 wrote.
func writeSchema1(tx *bolt.Tx, c *market.Columns) error {
	for _, name := range []string{"meta", "bars", "instruments", "signals", "raw"} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	if err := tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 1}); err != nil {
		return err
	}
	key := binary.BigEndian.AppendUint64([]byte("binance\x00BTCUSDT\x00"), uint64(market.Minute))
	b, err := tx.Bucket([]byte("bars")).CreateBucket(key)
	if err != nil {
		return err
	}
	blocks, err := encode(c)
	if err != nil {
		return err
	}
	for i, block := range blocks {
		if err := b.Put(binary.BigEndian.AppendUint64(nil, uint64(c.OpenTime[i*4096])^1<<63), block); err != nil {
			return err
		}
	}
	return b.SetSequence(uint64(c.Len()))
}

// TestDamagedFundings changes bytes of a file at random: what is read is an error, or
// rows that were put.
func TestDamagedFundings(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	db := open(t, path)
	want := fundings(0, 400, "0.0001", "27000.5")
	if _, err := db.PutFundings("v", "S", want); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		bad := slices.Clone(whole)
		bad[damageAt(r, len(bad))] ^= 1 << r.IntN(8)
		readDamagedFundings(t, filepath.Join(dir, "bad.db"), bad, want)
	}
}

func readDamagedFundings(t *testing.T, path string, data []byte, want []market.Funding) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return
	}
	defer db.Close()
	rows, err := db.Fundings("v", "S", 0, 0)
	if err == nil && len(rows) > 0 && !cmp.Equal(rows, want) {
		t.Fatalf("damage was read as %d fundings", len(rows))
	}
}
