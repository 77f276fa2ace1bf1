package store

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// TestDamageStopsPut damages a block: what merges with it is an error, and changes nothing.
func TestDamageStopsPut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	db := open(t, path)
	mustPut(t, db, btc, minutes(0, 20_000, 0))
	err := db.write(func(tx *bolt.Tx) error {
		b, err := seriesBucket(tx, btc)
		if err != nil {
			return err
		}
		key := timeKey(minute(4096, 0).OpenTime)
		bad := slices.Clone(b.Get(key))
		bad[len(bad)/2] ^= 4
		return b.Put(key, bad)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, most := range []int64{maxPut, 10_000} {
		db.maxPut = most
		if _, err := db.PutBars(btc, minutes(3000, 10_000, 1)); !errors.Is(err, ErrCorrupt) && market.ClassOf(err) != market.Data {
			t.Errorf("a put over damage gave %v", err)
		}
		noStaging(t, db)
	}
	if c := mustBars(t, db, btc, 0, minute(4096, 0).OpenTime); c.Len() != 4096 || c.Bar(3500) != minute(3500, 0) {
		t.Errorf("the put has changed the %d bars before", c.Len())
	}
	if _, err := db.Bars(btc, 0, 0); market.ClassOf(err) != market.Data {
		t.Errorf("reading it gave %v", err)
	}
}

// TestDamagedStaging damages a file that a kill left in the middle of a large put: it is
// an error, or the put is undone and all that was there before is read.
func TestDamagedStaging(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	want := minutes(0, 5000, 0)
	interrupted(t, path, want)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	refused := 0
	for range 100 {
		bad := slices.Clone(whole)
		bad[damageAt(r, len(bad))] ^= 1 << r.IntN(8)
		if !mendDamaged(t, filepath.Join(dir, "bad.db"), bad, want) {
			refused++
		}
	}
	t.Logf("%d of 100 damaged files were refused", refused)
}

// mendDamaged opens a file for writing and reports whether all of want is there.
func mendDamaged(t *testing.T, path string, data []byte, want *market.Columns) bool {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{})
	if err != nil {
		return false
	}
	defer db.Close()
	c, err := db.Bars(btc, 0, 0)
	if err != nil {
		return false
	}
	for i := range c.OpenTime {
		if row := want.Search(c.OpenTime[i]); row == want.Len() || want.Bar(row) != c.Bar(i) {
			t.Fatal("damage was read as bars")
		}
	}
	return c.Len() == want.Len()
}
