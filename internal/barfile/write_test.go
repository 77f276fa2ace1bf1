package barfile_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// columns returns minutes of 2021 of these closes.
func columns(scale int32, closes ...float64) *market.Columns {
	c := market.MakeColumns(market.Minute, len(closes))
	c.PriceScale, c.VolumeScale = scale, scale
	for i, x := range closes {
		c.Append(market.Bar{OpenTime: market.Millis(ms2021 + int64(i)*60_000), Open: x, High: x, Low: x, Close: x, Volume: x})
	}
	return c
}

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		scale int32
		x     float64
		want  string
	}{
		{0, 100, "100"}, {2, 100, "100"}, {2, 0.1, "0.1"}, {8, 1e-8, "0.00000001"}, {2, 123.45, "123.45"},
		{2, 0.125, "0.125"}, // a scale that is wrong does no harm
		{market.FreeScale, 1e-9, "0.000000001"}, {market.FreeScale, 1e12, "1000000000000"}, {22, 0.5, "0.5"},
	} {
		var b strings.Builder
		if err := barfile.Write(&b, columns(c.scale, c.x)); err != nil {
			t.Fatal(err)
		}
		want := "open_time_ms,open,high,low,close,volume\n1609459200000," + strings.Repeat(c.want+",", 4) + c.want + "\n"
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for want, spoil := range map[string]func(c *market.Columns){
		"row 1: open_time 2021-01-01T00:00:00Z is a duplicate of the row above":                          func(c *market.Columns) { c.OpenTime[1] = c.OpenTime[0] },
		"row 1: open_time 2021-01-01T00:01:00.000000001Z is not a millisecond of the years 1970 to 2200": func(c *market.Columns) { c.OpenTime[1]++ },
		"row 1: open_time 2021-01-01T00:01:01Z does not start a bar of 1m":                               func(c *market.Columns) { c.OpenTime[1] += 1e9 },
		"row 1: open NaN is not a price from 1e-12 to 1e+12":                                             func(c *market.Columns) { c.Open[1] = math.NaN() },
		"row 0: interval trades is not a whole number of seconds":                                        func(c *market.Columns) { c.Interval = 1 },
	} {
		c := columns(0, 1, 2)
		spoil(c)
		var b strings.Builder
		checkError(t, barfile.Write(&b, c), want)
	}
	broken := errors.New("full")
	if err := barfile.Write(failing{broken}, columns(0, 1)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriteFile(t *testing.T) {
	dir, want := t.TempDir(), columns(1, 1.5, 2, 3)
	for name, magic := range map[string]string{"a.csv": "open", "a.csv.gz": "\x1f\x8b", "a.csv.zst": "\x28\xb5\x2f\xfd"} {
		path := filepath.Join(dir, name)
		for range 2 { // the second replaces the first
			if err := barfile.WriteFile(path, want); err != nil {
				t.Fatal(err)
			}
		}
		b, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(b), magic) {
			t.Errorf("%s: %q %v", name, b, err)
		}
		got, err := barfile.ReadFile(path, barfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Columns); diff != "" {
			t.Error(diff)
		}
	}
	bad := columns(0, -1)
	if err := barfile.WriteFile(filepath.Join(dir, "a.csv"), bad); market.ClassOf(err) != market.Data {
		t.Errorf("error %v", err)
	}
	if err := barfile.WriteFile(filepath.Join(dir, "a.zip"), want); market.ClassOf(err) != market.Usage {
		t.Errorf("error %v", err)
	}
	if err := barfile.WriteFile(filepath.Join(dir, "no", "a.csv"), want); err == nil {
		t.Error("no error for a folder that is not there")
	}
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Errorf("files left: %v", left)
	}
	if got, err := barfile.ReadFile(filepath.Join(dir, "a.csv"), barfile.Options{}); err != nil || got.Columns.Len() != 3 {
		t.Errorf("the old file is gone: %v", err)
	}
}

func TestJSONWriter(t *testing.T) {
	for want, pieces := range map[string][]*market.Columns{
		"[]\n": nil,
		"[[1609459200000,1,1,1,1,1],[1609459260000,2.5,2.5,2.5,2.5,2.5]]\n": {columns(1, 1, 2.5).Slice(0, 1), columns(1, 1, 2.5).Slice(1, 2)},
	} {
		var b strings.Builder
		w := barfile.NewJSONWriter(&b)
		for _, c := range pieces {
			if err := w.Add(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || b.String() != want {
			t.Errorf("%q, want %q (%v)", b.String(), want, err)
		}
	}
}

func TestPiecesMustRise(t *testing.T) {
	w := barfile.NewWriter(&strings.Builder{})
	c := columns(0, 1, 2)
	if err := errors.Join(w.Add(c.Slice(1, 2)), w.Add(c.Slice(0, 1))); err == nil {
		t.Error("a piece that is earlier than the one before was written")
	}
}

// What a killed program left is removed at once, and what a living one is writing is not.
func TestReplaceSweeps(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".b.csv.1.tmp", ".other.csv.1.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "b.csv")
	if err := barfile.Replace(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "outer")
		return errors.Join(err, barfile.WriteFile(path, columns(0, 1))) // while the first is at it
	}); err != nil {
		t.Fatal(err)
	}
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff([]string{".other.csv.1.tmp", "b.csv"}, got); diff != "" {
		t.Error(diff)
	}
	if b, err := os.ReadFile(path); string(b) != "outer" {
		t.Errorf("%q, %v", b, err)
	}
}

// What is open already is not replaced behind its owner's back, by whatever name.
func TestReplaceLeavesOpenFiles(t *testing.T) {
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip("no /dev/fd here")
	}
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "all.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("kept"); err != nil {
		t.Fatal(err)
	}
	fd := fmt.Sprintf("/dev/fd/%d", f.Fd())
	link, folder, round := filepath.Join(dir, "link.csv"), filepath.Join(dir, "folder"), filepath.Join(dir, "round")
	if err := errors.Join(os.Symlink(fd, link), os.Symlink("/dev/fd", folder), os.Symlink(round, round)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fd, link, filepath.Join(folder, filepath.Base(fd)), round, "-", "/dev/null"} {
		if err := barfile.WriteFile(path, columns(0, 1)); market.ClassOf(err) != market.Usage {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, err := os.ReadFile(f.Name()); string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
	// Another link is followed to what it names, there or not.
	if err := os.Symlink("new.csv", filepath.Join(dir, "ahead.csv")); err != nil {
		t.Fatal(err)
	}
	if err := barfile.WriteFile(filepath.Join(dir, "ahead.csv"), columns(0, 1)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "new.csv")); err != nil {
		t.Error(err)
	}
}
