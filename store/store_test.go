package store

import (
	"errors"
	"math/rand/v2"
	"os"
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

var btc = Series{"binance", "BTCUSDT", market.Minute}

// open opens a file of a test for writing.
func open(tb testing.TB, path string) *DB {
	tb.Helper()
	db, err := Open(path, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// minutes makes the bars of minutes [from, to) of a deterministic walk; version
// changes some of them.
func minutes(from, to, version int) *market.Columns {
	c := market.MakeColumns(market.Minute, to-from)
	c.PriceScale, c.VolumeScale = 2, 5
	for i := from; i < to; i++ {
		c.Append(minute(i, version))
	}
	return c
}

func minute(i, version int) market.Bar {
	r := rand.New(rand.NewPCG(uint64(i), uint64(version)))
	open := 1_000_000 + r.Int64N(1000)
	last := open + r.Int64N(200) - 100
	return market.Bar{OpenTime: market.Time(i+1) * market.Time(market.Minute), Open: float64(open) / 100, Close: float64(last) / 100,
		High: float64(max(open, last)+r.Int64N(50)) / 100, Low: float64(min(open, last)-r.Int64N(50)) / 100, Volume: float64(r.Int64N(1e7)) / 1e5}
}

func mustPut(tb testing.TB, db *DB, s Series, c *market.Columns) PutStats {
	tb.Helper()
	st, err := db.PutBars(s, c)
	if err != nil {
		tb.Fatal(err)
	}
	return st
}

// counts reports whether two puts changed the same number of rows.
func counts(a, b PutStats) bool {
	a.Changes, b.Changes, a.Fundings, b.Fundings = nil, nil, nil, nil
	return cmp.Equal(a, b)
}

func mustBars(tb testing.TB, r Reader, s Series, from, to market.Time) *market.Columns {
	tb.Helper()
	c, err := r.Bars(s, from, to)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TestPutBarsAgainstMap puts random pieces and compares every read with a map.
func TestPutBarsAgainstMap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	db := open(t, path)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		s := Series{"v", "S" + decimal.NewFromInt(int64(run)).String(), market.Minute}
		oracle := map[market.Time]market.Bar{}
		for range rapid.IntRange(1, 6).Draw(t, "puts") {
			c := drawPiece(t)
			want := tell(oracle, c)
			got, err := db.PutBars(s, c)
			if err != nil || !counts(got, want) {
				t.Fatalf("put gives %+v, %v, want %+v", got, err, want)
			}
			compare(t, db, s, oracle)
		}
	})
}

// drawPiece draws rows of a range with holes.
func drawPiece(t *rapid.T) *market.Columns {
	from := rapid.IntRange(0, 12_000).Draw(t, "from")
	rows := rapid.SampledFrom([]int{1, 3, 500, 4096, 5000}).Draw(t, "rows")
	every := rapid.SampledFrom([]int{1, 1, 2, 7}).Draw(t, "every")
	version := rapid.IntRange(0, 1).Draw(t, "version")
	c := market.MakeColumns(market.Minute, rows)
	c.PriceScale, c.VolumeScale = 2, 5
	for i := from; i < from+rows; i += every {
		v := version
		if i%10 > 0 {
			v = 0
		}
		c.Append(minute(i, v))
	}
	return c
}

// tell puts rows into the map and counts what they change.
func tell(oracle map[market.Time]market.Bar, c *market.Columns) (st PutStats) {
	for i := range c.OpenTime {
		b := c.Bar(i)
		switch old, ok := oracle[b.OpenTime]; {
		case !ok:
			st.Added++
		case old == b:
			st.Unchanged++
		default:
			st.Restated++
			st.Changes = append(st.Changes, Restated{b.OpenTime, old, b})
		}
		oracle[b.OpenTime] = b
	}
	return st
}

// compare reads a random range of a series and its statistics.
func compare(t *rapid.T, r Reader, s Series, oracle map[market.Time]market.Bar) {
	from := market.Time(rapid.IntRange(0, 18_000).Draw(t, "read from")) * market.Time(market.Minute)
	to := market.Time(rapid.IntRange(0, 18_000).Draw(t, "read to")) * market.Time(market.Minute)
	c, err := r.Bars(s, from, to)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for at := range oracle {
		if at >= from && (to == 0 || at < to) {
			n++
		}
	}
	if c.Len() != n || cap(c.Open) != n {
		t.Fatalf("%d rows, room for %d, want %d", c.Len(), cap(c.Open), n)
	}
	for i := range c.OpenTime {
		if i > 0 && c.OpenTime[i] <= c.OpenTime[i-1] || c.Bar(i) != oracle[c.OpenTime[i]] {
			t.Fatalf("row %d is %+v, want %+v", i, c.Bar(i), oracle[c.OpenTime[i]])
		}
	}
	st, err := r.Stats(s)
	if err != nil || st.Rows != len(oracle) {
		t.Fatalf("statistics %+v, %v of %d rows", st, err, len(oracle))
	}
}

// TestBlocksStayFull appends and prepends in small pieces.
func TestBlocksStayFull(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	for i := range 20 {
		mustPut(t, db, btc, minutes(20_000+i*500, 20_500+i*500, 0))
		mustPut(t, db, btc, minutes(20_000-(i+1)*500, 20_000-i*500, 0))
	}
	st, err := db.Stats(btc)
	if err != nil || st.Rows != 20_000 || st.Blocks > 7 || st.First != minute(10_000, 0).OpenTime || st.Last != minute(29_999, 0).OpenTime {
		t.Fatalf("20,000 rows lie in %+v, %v", st, err)
	}
}

func TestPutBarsUnchangedWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	db := open(t, path)
	c := minutes(0, 5000, 0)
	if st := mustPut(t, db, btc, c); !counts(st, PutStats{Added: 5000}) {
		t.Fatalf("first put: %+v", st)
	}
	before, _ := os.ReadFile(path)
	if st := mustPut(t, db, btc, c); !counts(st, PutStats{Unchanged: 5000}) {
		t.Fatalf("second put: %+v", st)
	}
	if after, _ := os.ReadFile(path); !slices.Equal(before, after) {
		t.Error("an unchanged put wrote to the file")
	}
	c.Incomplete = make([]bool, 5000)
	c.Incomplete[4999] = true
	if st := mustPut(t, db, btc, c); !counts(st, PutStats{Unchanged: 4999, Restated: 1}) {
		t.Fatalf("put with an incomplete bar: %+v", st)
	}
	if got := mustBars(t, db, btc, 0, 0); !slices.Equal(got.Incomplete, c.Incomplete) {
		t.Error("the flag is lost")
	}
}

func TestPutBarsScales(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	a, b := minutes(0, 100, 0), minutes(50, 150, 0)
	b.PriceScale = 8
	mustPut(t, db, btc, a)
	if st := mustPut(t, db, btc, b); !counts(st, PutStats{Added: 50, Unchanged: 50}) {
		t.Fatalf("finer scale: %+v", st)
	}
	if got := mustBars(t, db, btc, 0, 0); got.PriceScale != 8 || got.VolumeScale != 5 || got.Interval != market.Minute {
		t.Fatalf("scales %d and %d", got.PriceScale, got.VolumeScale)
	}
}

func TestPutBarsRefuses(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	bad := minutes(0, 10, 0)
	bad.High[5] = bad.Low[5] / 2
	back := minutes(0, 10, 0)
	back.OpenTime[5] = back.OpenTime[4]
	short := minutes(0, 10, 0)
	short.Volume = short.Volume[:3]
	for name, test := range map[string]struct {
		s Series
		c *market.Columns
	}{"bar": {btc, bad}, "time": {btc, back}, "short": {btc, short}, "interval": {Series{"v", "S", market.Hour}, minutes(0, 3, 0)},
		"symbol": {Series{"v", "", market.Minute}, minutes(0, 3, 0)}, "NUL": {Series{"v\x00", "S", market.Minute}, minutes(0, 3, 0)}} {
		if _, err := db.PutBars(test.s, test.c); market.ClassOf(err) != market.Data {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if list, err := db.SeriesList(); err != nil || len(list) > 0 {
		t.Errorf("series after refusals: %v, %v", list, err)
	}
}

func TestSeriesList(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	want := []Series{{"", "A", market.Minute}, {"a", "B", market.Minute}, {"a", "B", market.Hour}, {"a", "BB", market.Minute}, {"ab", "A", market.Minute}}
	for _, i := range []int{3, 1, 4, 0, 2} {
		c := minutes(0, 3, 0)
		c.Interval = want[i].Interval
		mustPut(t, db, want[i], c)
	}
	got, err := db.SeriesList()
	if diff := cmp.Diff(want, got); diff != "" || err != nil || !slices.IsSortedFunc(got, Series.Compare) {
		t.Fatalf("series, %v (-want +got):\n%s", err, diff)
	}
	if _, err := db.Bars(Series{"a", "C", market.Minute}, 0, 0); !errors.Is(err, ErrNoSeries) || market.ClassOf(err) != market.Data {
		t.Errorf("bars of an unknown series: %v", err)
	}
	if _, err := db.Stats(Series{"a", "C", market.Minute}); !errors.Is(err, ErrNoSeries) {
		t.Errorf("statistics of an unknown series: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, ErrMissing) || market.ClassOf(err) != market.Data {
		t.Errorf("missing: %v", err)
	}
	db := open(t, path)
	if _, err := Open(path, Options{Timeout: 1}); !errors.Is(err, ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	if _, err := Open(path, Options{Timeout: 1, ReadOnly: true}); !errors.Is(err, ErrLocked) {
		t.Errorf("locked for reading: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // readers share
		r, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.PutBars(btc, minutes(0, 1, 0)); !errors.Is(err, errReadOnly) {
			t.Errorf("put into a file open for reading: %v", err)
		}
	}
	if _, err := Open(path, Options{Timeout: 1}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "another signalman is reading it") {
		t.Errorf("writing while others read: %v", err)
	}
	if err := os.Truncate(path, 8192); err != nil { // as holes that a full disk cannot fill
		t.Fatal(err)
	}
	r, err := Open(path, Options{ReadOnly: true})
	if err == nil {
		_, err = r.SeriesList()
		_ = r.Close()
	}
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "make room if the disk is full") {
		t.Errorf("what cannot be read: %v", err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, make([]byte, 20_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text, Options{}); !errors.Is(err, ErrCorrupt) || market.ClassOf(err) != market.Data {
		t.Errorf("not a database: %v", err)
	}
	none := filepath.Join(dir, "no", "such")
	if _, err := Open(none, Options{}); err == nil || strings.Count(err.Error(), none) != 1 {
		t.Errorf("in a directory that does not exist: %v", err)
	}
}

// writeBolt makes a bbolt file that is not as this program would write it.
func writeBolt(t *testing.T, path string, f func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(f); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSchema(t *testing.T) {
	dir := t.TempDir()
	foreign, newer, empty := filepath.Join(dir, "foreign"), filepath.Join(dir, "newer"), filepath.Join(dir, "empty")
	writeBolt(t, foreign, func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err })
	if _, err := Open(foreign, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("foreign file: %v", err)
	}
	writeBolt(t, newer, func(tx *bolt.Tx) error {
		if err := createBuckets(tx); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keySchema, []byte{0, 0, 0, 99})
	})
	if _, err := Open(newer, Options{}); !errors.Is(err, ErrSchema) {
		t.Errorf("newer file: %v", err)
	}
	zero := filepath.Join(dir, "zero")
	writeBolt(t, zero, func(tx *bolt.Tx) error {
		if err := createBuckets(tx); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keySchema, make([]byte, 4))
	})
	for _, reading := range []bool{true, false} {
		if _, err := Open(zero, Options{ReadOnly: reading}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a schema of 0: %v", err)
		}
	}
	writeBolt(t, empty, func(*bolt.Tx) error { return nil })
	if _, err := Open(empty, Options{ReadOnly: true}); !errors.Is(err, ErrMissing) {
		t.Errorf("empty file for reading: %v", err)
	}
	mustPut(t, open(t, empty), btc, minutes(0, 1, 0))
}

// TestDamagedFile changes bytes of a file at random: reads give an error or what was
// stored, and never panic.
func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	db := open(t, path)
	want := minutes(0, 6000, 0)
	mustPut(t, db, btc, want)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	failed := 0
	for range 300 {
		bad := slices.Clone(whole)
		for range 1 + r.IntN(4) {
			bad[damageAt(r, len(bad))] = byte(r.Uint32())
		}
		if r.IntN(4) == 0 {
			bad = bad[:r.IntN(len(bad))]
		}
		if !readDamaged(t, filepath.Join(dir, "bad.db"), bad, want) {
			failed++
		}
	}
	t.Logf("%d damaged files gave an error or fewer rows", failed)
}

// TestLostBlock takes a whole block out of a series, which leaves the others sound:
// the total says that it is gone.
func TestLostBlock(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "history.db"))
	mustPut(t, db, btc, minutes(0, 20_000, 0))
	err := db.bolt.Update(func(tx *bolt.Tx) error {
		b, err := seriesBucket(tx, btc)
		if err != nil {
			return err
		}
		first, _ := b.Cursor().First()
		return b.Delete(first)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Bars(btc, 0, 0); !errors.Is(err, ErrCorrupt) {
		t.Errorf("reading the bars gave %v", err)
	}
	if _, err := db.Stats(btc); !errors.Is(err, ErrCorrupt) {
		t.Errorf("counting the bars gave %v", err)
	}
}

// damageAt prefers the heads of pages, where the structure is.
func damageAt(r *rand.Rand, size int) int {
	if r.IntN(2) == 0 {
		return r.IntN(size/4096)*4096 + r.IntN(128)
	}
	return r.IntN(size)
}

// readDamaged reports whether all of want can be read.
func readDamaged(t *testing.T, path string, data []byte, want *market.Columns) bool {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return false
	}
	defer db.Close()
	_, _ = db.SeriesList()
	_, _ = db.Stats(btc)
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
