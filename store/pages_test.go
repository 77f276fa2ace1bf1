package store

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/signalman-trading/signalman/market"
)

// freed makes a small file that has free pages between those in use, and returns its bytes,
// its bars and its head.
func freed(t *testing.T, path string) ([]byte, *market.Columns, head) {
	t.Helper()
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for version := range 3 {
		mustPut(t, db, btc, minutes(0, 1000, version))
	}
	want := mustBars(t, db, btc, 0, 0)
	pageSize := int64(db.bolt.Info().PageSize)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, both, err := currentHead(f, pageSize)
	if err != nil || !both {
		t.Fatal(both, err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole, want, h
}

// flipped writes the bytes with one bit changed.
func flipped(t *testing.T, path string, whole []byte, bit int64) {
	t.Helper()
	bad := slices.Clone(whole)
	bad[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedListOfFreePages flips bits all over the list of free pages: the file is refused,
// or what is put next damages nothing and the list is right again.
func TestDamagedListOfFreePages(t *testing.T) {
	dir := t.TempDir()
	whole, want, h := freed(t, filepath.Join(dir, "history.db"))
	path := filepath.Join(dir, "flipped.db")
	list := int64(h.list) * h.pageSize
	n := int64(whole[list+10]) // free pages
	if n < 5 {
		t.Fatalf("%d free pages: too few to show anything", n)
	}
	made, refused := 0, 0
	for bit := list * 8; bit < (list+headAt+8*n)*8; bit += 5 {
		flipped(t, path, whole, bit)
		switch err := putOther(t, path, want); {
		case errors.Is(err, ErrCorrupt):
			refused++
			if now, _ := os.ReadFile(path); len(now) != len(whole) {
				t.Errorf("bit %d of the list: it was refused, and changed", bit-list*8)
			}
		case err != nil:
			t.Fatalf("bit %d of the list: %v", bit-list*8, err)
		default:
			made++
		}
	}
	t.Logf("%d free pages: made anew for %d bits, refused for %d", n, made, refused)
	if made < refused {
		t.Error("too many are refused")
	}
}

// putOther puts another series, and checks that all is there and the pages fit together.
func putOther(t *testing.T, path string, want *market.Columns) (err error) {
	t.Helper()
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.bolt.NoSync = true // nothing is to survive the machine here
	other := Series{"binance", "ETHUSDT", market.Minute}
	mustPut(t, db, other, minutes(0, 1000, 5))
	mustPut(t, db, other, minutes(0, 1000, 6))
	if got := mustBars(t, db, btc, 0, 0); !cmp.Equal(want, got) {
		return errors.New("other bars")
	}
	if got := mustBars(t, db, other, 0, 0); got.Bar(500) != minute(500, 6) {
		return errors.New("the put is not there")
	}
	return check(db)
}

// check has bbolt check the pages.
func check(db *DB) error {
	return db.view(func(tx *bolt.Tx) (err error) {
		for e := range tx.Check() {
			err = errors.Join(err, e)
		}
		return err
	})
}

// TestDamagedHead flips bits all over either head: it is told, until the next write has
// mended it.
func TestDamagedHead(t *testing.T) {
	dir := t.TempDir()
	whole, want, h := freed(t, filepath.Join(dir, "history.db"))
	path := filepath.Join(dir, "flipped.db")
	newer := int64(h.txid) % 2
	for _, slot := range []int64{newer, 1 - newer} {
		at := slot*h.pageSize + headAt
		for bit := at * 8; bit < (at+64)*8; bit += 5 {
			flipped(t, path, whole, bit)
			db, err := Open(path, Options{ReadOnly: true})
			if err != nil || len(db.Notes()) != 1 {
				t.Fatalf("bit %d of head %d is not told, %v", bit-at*8, slot, err)
			}
			if got := mustBars(t, db, btc, 0, 0); slot != newer && !cmp.Equal(want, got) {
				t.Fatal("damage to what is not current changed the bars")
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if bit%20 == 0 {
				mendHead(t, path, want)
			}
		}
	}
}

// mendHead writes to a file with a damaged head.
func mendHead(t *testing.T, path string, want *market.Columns) {
	t.Helper()
	for _, notes := range []int{1, 0} {
		db, err := Open(path, Options{})
		if err != nil || len(db.Notes()) != notes {
			t.Fatalf("%d notes instead of %d, %v", len(db.Notes()), notes, err)
		}
		mustPut(t, db, btc, want)
		mustPut(t, db, btc, minutes(1000, 1001, 1-notes))
		if got := mustBars(t, db, btc, 0, minute(1000, 0).OpenTime); !cmp.Equal(want, got) {
			t.Fatal("other bars")
		}
		if err := errors.Join(check(db), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedPages flips bits of the headers and elements of all pages: a file that is
// opened for writing all the same has pages that fit together.
func TestDamagedPages(t *testing.T) {
	dir := t.TempDir()
	whole, _, h := freed(t, filepath.Join(dir, "history.db"))
	path := filepath.Join(dir, "flipped.db")
	refused := 0
	for page := int64(2); page < int64(h.high); page++ {
		for bit := page * h.pageSize * 8; bit < (page*h.pageSize+64)*8; bit += 7 {
			flipped(t, path, whole, bit)
			db, err := Open(path, Options{})
			if err == nil {
				if err := errors.Join(check(db), db.Close()); err != nil && !strings.Contains(err.Error(), "key[") { // as what it is called, not where it lies
					t.Errorf("bit %d of page %d: opened, and %v", bit-page*h.pageSize*8, page, err)
				}
			} else if refused++; !errors.Is(err, ErrCorrupt) {
				t.Errorf("bit %d of page %d: %v", bit-page*h.pageSize*8, page, err)
			}
		}
	}
	t.Logf("%d refused", refused)
}

// TestDamagedBranch flips bits of the keys, and of where they lie, of the page that leads to the blocks of a series: what is
// read piece by piece is all of it, or an error.
func TestDamagedBranch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := minutes(0, 40_000, 0)
	mustPut(t, db, btc, want)
	size := db.bolt.Info().PageSize
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, caught := size*2, 0
	for page < len(whole) && (whole[page+8] != branchPage || binary.NativeEndian.Uint64(whole[page:]) != uint64(page/size)) {
		page += size
	}
	for bit := int64(page+headAt) * 8; bit < int64(page+128)*8; bit += 3 {
		if bit/8%16 >= 8 && whole[bit/8-bit/8%16+4] == 8 { // where it leads to, after the length of a key
			continue
		}
		flipped(t, path, whole, bit)
		n, err := inPieces(path)
		if err == nil && n != want.Len() {
			t.Fatalf("bit %d of the page: %d bars of %d, and no error", bit-int64(page)*8, n, want.Len())
		}
		if err != nil {
			caught++
		}
	}
	if caught < 20 {
		t.Errorf("%d flips were caught: the test hits too little", caught)
	}
}

// inPieces counts the bars of a series, some at a time.
func inPieces(path string) (n int, err error) {
	db, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	for at := range 40 {
		c, err := db.Bars(btc, minute(at*1000, 0).OpenTime, minute((at+1)*1000, 0).OpenTime)
		if err != nil {
			return 0, err
		}
		n += c.Len()
	}
	return n, nil
}
