package store

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// TestPutSpoolAgainstMap spools random chunks, rising or falling, in memory or on disk,
// puts them in one transaction or in several, and compares all with a map.
func TestPutSpoolAgainstMap(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "history.db"))
	db.bolt.NoSync = true
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		s := Series{"v", "S" + string(rune('a'+run%26)) + string(rune('a'+run/26)), market.Minute}
		oracle := map[market.Time]market.Bar{}
		for range rapid.IntRange(1, 4).Draw(t, "puts") {
			db.maxPut = rapid.SampledFrom([]int64{0, 50_000, maxPut}).Draw(t, "transaction")
			c := drawPiece(t)
			sp := drawSpool(t, dir, c)
			want := tell(oracle, c)
			for _, want := range []PutStats{want, {Unchanged: c.Len()}} {
				got, err := db.PutSpool(s, sp)
				if err != nil || !counts(got, want) || !slices.Equal(got.Changes, want.Changes) {
					t.Fatalf("put gives %+v, %v, want %+v", got, err, want)
				}
			}
			if err := sp.Close(); err != nil {
				t.Fatal(err)
			}
			compare(t, db, s, oracle)
			noStaging(t, db)
		}
	})
}

// drawSpool spools c in chunks.
func drawSpool(t *rapid.T, dir string, c *market.Columns) *Spool {
	sp := NewSpool(dir)
	sp.room = rapid.SampledFrom([]int{0, 10_000, spoolRoom}).Draw(t, "room")
	size := rapid.SampledFrom([]int{1000, 4096, 5000}).Draw(t, "chunk")
	var chunks []*market.Columns
	for lo := 0; lo < c.Len(); lo += size {
		chunks = append(chunks, c.Slice(lo, min(lo+size, c.Len())))
	}
	if rapid.Bool().Draw(t, "falling") {
		slices.Reverse(chunks)
	}
	for _, chunk := range chunks {
		if err := sp.Add(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if sp.Rows() != c.Len() {
		t.Fatalf("%d rows of %d are spooled", sp.Rows(), c.Len())
	}
	return sp
}

// isStaging reports whether there is what a large put writes before it is done.
func isStaging(t interface{ Fatal(...any) }, db *DB) (there bool) {
	err := db.view(func(tx *bolt.Tx) error {
		there = tx.Bucket(bucketStaging) != nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// noStaging fails where a put has left something.
func noStaging(t interface{ Fatal(...any) }, db *DB) {
	if isStaging(t, db) {
		t.Fatal("a put left its staging bucket")
	}
}

func TestSpoolRefuses(t *testing.T) {
	for name, test := range map[string][]*market.Columns{
		"overlap":       {minutes(0, 10, 0), minutes(9, 20, 0)},
		"back and on":   {minutes(20, 30, 0), minutes(10, 20, 0), minutes(30, 40, 0)},
		"on and back":   {minutes(20, 30, 0), minutes(30, 40, 0), minutes(10, 20, 0)},
		"overlap below": {minutes(20, 30, 0), minutes(10, 20, 0), minutes(5, 11, 0)},
	} {
		sp := NewSpool(t.TempDir())
		for i, c := range test {
			rows := sp.Rows()
			switch err := sp.Add(c); {
			case i < len(test)-1 && err != nil:
				t.Errorf("%s: %v", name, err)
			case i == len(test)-1 && market.ClassOf(err) != market.Data:
				t.Errorf("%s gave %v", name, err)
			case err != nil && sp.Rows() != rows:
				t.Errorf("%s changed the spool", name)
			}
		}
	}
}

// TestChanges tells each bar that a put replaced, up to a bound.
func TestChanges(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	mustPut(t, db, btc, minutes(0, 3000, 0))
	c := minutes(0, 3000, 1)
	got := mustPut(t, db, btc, c)
	if got.Restated != 3000 || len(got.Changes) != maxChanges {
		t.Fatalf("%d restated, %d told", got.Restated, len(got.Changes))
	}
	want := Restated{c.OpenTime[7], minute(7, 0), minute(7, 1)}
	if diff := cmp.Diff(want, got.Changes[7]); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
}
