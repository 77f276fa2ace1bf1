package frametest

import (
	"bytes"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// A Format is a package that reads and writes data frames of bars.
type Format struct {
	Ending string // of its files, with the dot
	Scan   func(r io.ReaderAt, size int64, emit func(firstRow int, c *market.Columns) error) error
	Write  func(w io.Writer, c *market.Columns) error
}

//go:embed testdata
var files embed.FS

// Files returns the files of the format that other programs wrote, by name.
func (f Format) Files(tb testing.TB) map[string][]byte {
	entries, err := files.ReadDir("testdata")
	if err != nil {
		tb.Fatal(err)
	}
	found := map[string][]byte{}
	for _, e := range entries {
		if path.Ext(e.Name()) == f.Ending {
			if found[e.Name()], err = files.ReadFile("testdata/" + e.Name()); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return found
}

// Run tests a format.
func Run(t *testing.T, f Format) {
	t.Run("ReadsBack", f.readsBack)
	t.Run("AnyNumber", f.anyNumber)
	t.Run("OtherPrograms", f.otherPrograms)
	t.Run("Cut", f.cut)
	t.Run("Damaged", f.damaged)
	t.Run("EmitEnds", f.emitEnds)
	t.Run("FractionsOfMilliseconds", f.fractions)
	t.Run("FullDisk", f.fullDisk)
}

// Read reads a file whole.
func (f Format) Read(b []byte) (*market.Columns, error) {
	all := empty(0)
	err := f.Scan(bytes.NewReader(b), int64(len(b)), func(first int, c *market.Columns) error {
		if first != all.Len()+1 || c.Len() == 0 || c.Len() > frame.ChunkRows {
			return fmt.Errorf("a chunk of %d rows begins with row %d where row %d comes next", c.Len(), first, all.Len()+1)
		}
		for i := range c.Len() {
			all.Append(c.Bar(i))
		}
		return nil
	})
	return all, err
}

func empty(n int) *market.Columns {
	c := market.MakeColumns(0, n)
	c.PriceScale, c.VolumeScale = market.FreeScale, market.FreeScale
	return c
}

// bars returns n bars of no meaning.
func bars(n int) *market.Columns {
	c := empty(n)
	for i := range n {
		x := float64(i%997) / 100
		c.Append(market.Bar{OpenTime: market.Time(i) * 60e9, Open: x, High: x + 1, Low: x - 1, Close: -x, Volume: 1e-8 * x})
	}
	return c
}

func (f Format) check(t interface {
	Errorf(string, ...any)
	Fatal(...any)
}, want *market.Columns) {
	var b bytes.Buffer
	if err := f.Write(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := f.Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%d bars: %s", want.Len(), cmp.Diff(want, got))
	}
}

func (f Format) readsBack(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, frame.ChunkRows, 2*frame.ChunkRows + 1} {
		f.check(t, bars(n))
	}
}

func (f Format) anyNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := bars(0)
		for range rapid.IntRange(0, 20).Draw(t, "bars") {
			x := rapid.Float64()
			want.Append(market.Bar{
				OpenTime: market.Time(rapid.Int64Range(0, 7e12).Draw(t, "time")) * 1e6,
				Open:     x.Draw(t, "open"), High: x.Draw(t, "high"), Low: x.Draw(t, "low"), Close: x.Draw(t, "close"), Volume: x.Draw(t, "volume"),
			})
		}
		f.check(t, want)
	})
}

// known returns the bars that all files of testdata hold.
func known(t *testing.T) *market.Columns {
	b, err := files.Open("testdata/bars.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c := empty(len(rows))
	for _, row := range rows[1:] {
		var x [frame.Fields]float64
		for i := range x {
			if x[i], err = strconv.ParseFloat(row[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		c.Append(market.Bar{OpenTime: market.Time(x[0]) * 1e6, Open: x[1], High: x[2], Low: x[3], Close: x[4], Volume: x[5]})
	}
	return c
}

// nulls says which close of a file is null.
var nulls = map[string]int{"arrow-go": 20, "duckdb": 47}

func (f Format) otherPrograms(t *testing.T) {
	for name, b := range f.Files(t) {
		t.Run(name, func(t *testing.T) {
			got, err := f.Read(b)
			if strings.Contains(name, "brotli") {
				if err == nil || !strings.Contains(err.Error(), "use zstd, snappy, gzip or lz4") {
					t.Errorf("error %v does not say what to do", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := known(t)
			for program, row := range nulls {
				if strings.HasPrefix(name, program) && strings.Contains(name, "-null") && math.IsNaN(got.Close[row]) {
					got.Close[row] = want.Close[row]
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// cut gives every beginning of every file: an error, and no panic.
func (f Format) cut(t *testing.T) {
	for name, b := range f.Files(t) {
		for n := range b {
			if _, err := f.Read(b[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes are read as if they were whole", name, n, len(b))
			}
		}
	}
}

// damaged changes some bytes of each file: what comes of it is an error or rows, no panic,
// and needs memory that a machine has.
func (f Format) damaged(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for name, whole := range f.Files(t) {
		for range 60 {
			b := bytes.Clone(whole)
			for range 1 + r.IntN(3) {
				at := r.IntN(len(b))
				if r.IntN(2) == 0 { // more often in the metadata, which stand last
					at = len(b) - 1 - at/4
				}
				b[at] = byte(r.IntN(256))
			}
			if n := f.allocated(b); n > 1<<30 {
				t.Errorf("%s with some bytes changed took %d bytes", name, n)
			}
		}
	}
}

// allocated reads a file that need not be right and returns the bytes it took in all.
func (f Format) allocated(b []byte) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows := 0
	_ = f.Scan(bytes.NewReader(b), int64(len(b)), func(_ int, c *market.Columns) error {
		if rows += c.Len(); rows > 1<<18 {
			return errFull
		}
		return nil
	})
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func (f Format) emitEnds(t *testing.T) {
	var b bytes.Buffer
	if err := f.Write(&b, bars(2*frame.ChunkRows)); err != nil {
		t.Fatal(err)
	}
	stop, calls := errors.New("stop"), 0
	err := f.Scan(bytes.NewReader(b.Bytes()), int64(b.Len()), func(int, *market.Columns) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("after %d calls the error is %v", calls, err)
	}
}

func (f Format) fractions(t *testing.T) {
	c := bars(1)
	c.OpenTime[0]++
	if err := f.Write(io.Discard, c); err == nil {
		t.Error("a time that the format does not hold was written")
	}
}

// A disk that is full after some bytes.
type disk struct{ left int }

func (d *disk) Write(b []byte) (int, error) {
	if len(b) > d.left {
		return d.left, errFull
	}
	d.left -= len(b)
	return len(b), nil
}

var errFull = errors.New("full")

func (f Format) fullDisk(t *testing.T) {
	var b bytes.Buffer
	if err := f.Write(&b, bars(100)); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		if err := f.Write(&disk{n}, bars(100)); !errors.Is(err, errFull) {
			t.Fatalf("with room for %d of %d bytes the error is %v", n, b.Len(), err)
		}
	}
}

// Fuzz gives a format damaged files: they are errors, or rows that have no time, or one
// of a year that there is. A megabyte is the most that is read.
func Fuzz(f *testing.F, format Format) {
	for _, b := range format.Files(f) {
		f.Add(b)
	}
	var b bytes.Buffer
	if err := format.Write(&b, bars(10)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		rows := 0
		_ = format.Scan(bytes.NewReader(b), int64(len(b)), func(first int, c *market.Columns) error {
			for _, at := range c.OpenTime {
				if at < 0 && at != frame.NoTime {
					t.Fatalf("a row is of %s", at)
				}
			}
			if rows += c.Len(); rows > 1<<20 {
				return errFull
			}
			return nil
		})
	})
}
