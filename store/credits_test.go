package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// TestCredits: what was updated is read, by another too, and what fails changes nothing.
func TestCredits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "credits.db")
	c := NewCredits(path)
	if text, err := c.Read("far"); text != nil || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	set := func(text string, err error) error {
		return c.Update("far", func(old []byte) ([]byte, error) {
			if text == "" {
				return nil, err
			}
			return append(old, text...), err
		})
	}
	stop := errors.New("stop")
	if err := errors.Join(set("one", nil), set(" two", nil), set("", nil), c.Update("near", func([]byte) ([]byte, error) { return []byte("other"), nil })); err != nil {
		t.Fatal(err)
	}
	if err := set(" three", stop); err != stop {
		t.Error(err)
	}
	text, err := NewCredits(path).Read("far")
	if string(text) != "one two" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.new")); len(left) > 0 {
		t.Error(left)
	}
}

// TestCreditsAreCountedOnce: of those who begin at once, each is counted.
func TestCreditsAreCountedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credits.db")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			c := NewCredits(path) // as a process of its own would
			for range 5 {
				err := c.Update("far", func(text []byte) ([]byte, error) {
					n, _ := strconv.Atoi(string(text))
					return strconv.AppendInt(nil, int64(n)+1, 10), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if text, err := NewCredits(path).Read("far"); string(text) != "20" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// TestDamagedCredits: a damaged file is an error that says what to do, and is never taken
// for one that has counted less.
func TestDamagedCredits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credits.db")
	c := NewCredits(path)
	for k := range 3 {
		if err := c.Update("far", func([]byte) ([]byte, error) { return []byte(strings.Repeat("x", 40) + fmt.Sprint(k)), nil }); err != nil {
			t.Fatal(err)
		}
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string][]byte{"empty": {}, "short": good[:len(good)/2], "one page": good[:4096], "another file": bytes.Repeat([]byte("credits "), 4096)}
	random := rand.New(rand.NewPCG(1, 1))
	for range 150 {
		bad := bytes.Clone(good)
		at := random.IntN(len(bad))
		if random.IntN(2) == 0 { // where something stands
			for at = random.IntN(len(bad)); bad[at] == 0; at = random.IntN(len(bad)) {
			}
		}
		bad[at] ^= 1 << random.IntN(8)
		damages[fmt.Sprintf("byte %d", at)] = bad
	}
	refused := 0
	for name, bad := range damages {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		var seen []byte
		err := c.Update("far", func(text []byte) ([]byte, error) { seen = text; return text, nil })
		if err != nil {
			refused++
			if seen != nil || market.ClassOf(err) != market.Data || !strings.Contains(err.Error(), "restore it from a copy") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if string(seen) != strings.Repeat("x", 40)+"2" {
			t.Errorf("%s: reads %q", name, seen)
		}
	}
	if refused < 10 {
		t.Errorf("%d of %d damages were met", refused, len(damages))
	}
	held, err := Open(filepath.Join(t.TempDir(), "other.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	busy := &Credits{path: held.Path(), wait: time.Millisecond}
	if _, err := busy.Read("far"); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}
