package barfile_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// scan joins the chunks of a text, whose rows must rise inside and fall from chunk to
// chunk where the file falls.
func scan(text string, o barfile.Options) (*market.Columns, *barfile.Summary, error) {
	o.Name = "f.csv"
	var chunks []*market.Columns
	s, err := barfile.Scan(strings.NewReader(text), o, func(c *market.Columns) error {
		chunks = append(chunks, c)
		return nil
	})
	if s.Falling {
		slices.Reverse(chunks)
	}
	all := market.MakeColumns(s.Interval, 0)
	all.PriceScale, all.VolumeScale = s.PriceScale, s.VolumeScale
	for _, c := range chunks {
		for row := range c.OpenTime {
			all.Append(c.Bar(row))
		}
	}
	return all, s, err
}

// falling turns the rows of a text around.
func falling(text string) string {
	lines := slices.Collect(strings.Lines(text))
	slices.Reverse(lines)
	return strings.Join(lines, "")
}

// TestChunksJoinToTheWhole: where the borders of chunks are makes no difference.
func TestChunksJoinToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, d := drawFile(t)
		o := barfile.Options{Interval: d, SkipBad: rapid.Bool().Draw(t, "skip")}
		if text[0] != 'o' && rapid.Bool().Draw(t, "falling") {
			text = falling(text)
		}
		if rapid.Bool().Draw(t, "damaged") {
			lines := slices.Collect(strings.Lines(text))
			k := rapid.IntRange(1, len(lines)-1).Draw(t, "line")
			lines[k] = rapid.SampledFrom([]string{"x\n", "\n", lines[k] + lines[k], "1,1,1,1,1,1\n"}).Draw(t, "damage")
			text = strings.Join(lines, "")
		}
		o = barfile.Chunked(o, rapid.IntRange(1, 7).Draw(t, "chunk"))
		whole, wantErr := read(text, o)
		got, s, err := scan(text, o)
		if diff := cmp.Diff(whole.Columns, got); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(&whole.Summary, s, cmp.Comparer(func(a, b *market.Error) bool { return a.Error() == b.Error() })); diff != "" && err == nil {
			t.Fatal(diff)
		}
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatal(err, wantErr)
		}
	})
}

func TestFalling(t *testing.T) {
	want, err := read(minutes(0, 1, 4, 5), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 2, 3} {
		got, s, err := scan(minutes(5, 4, 1, 0), barfile.Chunked(barfile.Options{Interval: market.Minute}, n))
		if err != nil || !s.Falling || s.First != want.First || s.Last != want.Last || s.Missing != 2 {
			t.Errorf("%v, %+v", err, s)
		}
		if diff := cmp.Diff(want.Columns, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want.Gaps, s.Gaps); diff != "" {
			t.Error(diff)
		}
	}
	for text, want := range map[string]string{
		minutes(5, 4, 4, 3): "f.csv:3: open_time 2021-01-01T00:04:00Z is a duplicate of the row above; remove one of the two",
		minutes(5, 4, 6, 3): "f.csv:3: open_time 2021-01-01T00:06:00Z runs forwards where the rows above run backwards: the row above is 2021-01-01T00:04:00Z; sort the rows by open_time",
		minutes(5, 4) + "1609459320500,1,1,1,1,1\n" + minutes(1): "f.csv:3: open_time 2021-01-01T00:02:00.5Z does not start a bar of 1m; check the interval and the time zone",
	} {
		_, err := read(text, barfile.Options{Interval: market.Minute})
		checkError(t, err, want)
	}
}

// TestLaterChunksMustFit: the interval is that of the first chunk.
func TestLaterChunksMustFit(t *testing.T) {
	o := barfile.Chunked(barfile.Options{}, 3)
	got, _, err := scan(minutes(0, 60, 120, 180, 210, 240), o)
	checkError(t, err, "f.csv:5: open_time 2021-01-01T03:30:00Z does not start a bar of 1h; it follows 30m after the row above: use interval 30m if all rows do")
	if got.Len() != 4 {
		t.Errorf("%d rows stand above the bad one", got.Len())
	}
}

// TestTakerEndsTheScan: what emit returns is returned, and emit is not called again.
func TestTakerEndsTheScan(t *testing.T) {
	full, calls := errors.New("no room"), 0
	for _, text := range []string{minutes(0, 1, 2, 3, 4, 5), minutes(0, 1)} {
		calls = 0
		_, err := barfile.Scan(strings.NewReader(text), barfile.Chunked(barfile.Options{}, 2), func(*market.Columns) error {
			calls++
			return full
		})
		if err != full || calls != 1 {
			t.Error(err, calls)
		}
	}
}

// generated prints rows as they are read.
type generated struct {
	rows, at int
	line     []byte
}

func (g *generated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(g.line) == 0 {
			if g.at == g.rows {
				return n, io.EOF
			}
			g.line = strconv.AppendInt(g.line[:0], ms2021+int64(g.at)*1000, 10)
			g.line = append(g.line, ",10.25,12,9.5,11,1.5\n"...)
			g.at++
		}
		k := copy(p[n:], g.line)
		n, g.line = n+k, g.line[k:]
	}
	return n, nil
}

// TestMemoryIsBounded reads more rows than it may hold.
func TestMemoryIsBounded(t *testing.T) {
	const rows = 3_000_000 // 144 MB as columns
	peak, before := uint64(0), heap()
	s, err := barfile.Scan(&generated{rows: rows}, barfile.Options{}, func(*market.Columns) error {
		peak = max(peak, heap())
		return nil
	})
	if err != nil || s.Rows != rows || s.GapCount != 0 {
		t.Errorf("%v, %+v", err, s)
	}
	if peak > before+64<<20 {
		t.Errorf("the heap grew by %d MiB", (peak-before)>>20)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestBuilderChecksAsScanDoes hands the bars of a file to a Builder one by one.
func TestBuilderChecksAsScanDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, d := drawFile(t)
		want, err := read(text, barfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := market.MakeColumns(d, 0)
		b := barfile.NewBuilder(barfile.Chunked(barfile.Options{}, rapid.IntRange(2, 9).Draw(t, "chunk")), func(c *market.Columns) error {
			for row := range c.OpenTime {
				got.Append(c.Bar(row))
			}
			return nil
		})
		for row := range want.Columns.OpenTime {
			if err := b.Add(row+1, want.Columns.Bar(row)); err != nil {
				t.Fatal(err)
			}
		}
		s, err := b.Finish()
		got.Interval, got.PriceScale, got.VolumeScale = s.Interval, s.PriceScale, s.VolumeScale
		if diff := cmp.Diff(want.Columns, got); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
	})
}

func TestBuilderRefuses(t *testing.T) {
	bar := func(n int64) market.Bar {
		return market.Bar{OpenTime: market.Millis(ms2021 + n*60_000), Open: 10, High: 12, Low: 9, Close: 11, Volume: 1}
	}
	impossible := bar(2)
	impossible.High = 1
	for _, c := range []struct {
		bad  market.Bar
		want string
	}{
		{bar(1), "x: row 3: open_time 2021-01-01T00:01:00Z is a duplicate of the row above; remove one of the two"},
		{impossible, "x: row 3: high 1 is below low 9; check the order of the columns: a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns"},
	} {
		for _, skip := range []bool{false, true} {
			n := 0
			b := barfile.NewBuilder(barfile.Options{Name: "x", Interval: market.Minute, SkipBad: skip}, func(c *market.Columns) error {
				n += c.Len()
				return nil
			})
			b.Add(1, bar(0))
			b.Add(2, bar(1))
			err := b.Add(3, c.bad)
			b.Add(4, bar(2))
			s, end := b.Finish()
			if skip {
				if err != nil || end != nil || n != 3 || s.BadCount != 1 || s.Bad[0].Error() != c.want {
					t.Error(err, end, n, s)
				}
				continue
			}
			checkError(t, end, c.want)
			if err != nil && err != end || n != 2 {
				t.Error(err, n)
			}
		}
	}
	if _, err := barfile.NewBuilder(barfile.Options{Interval: 1}, nil).Finish(); market.ClassOf(err) != market.Usage {
		t.Error(err)
	}
}

// TestShortestDecimals: a value that some decimals mean already has no more.
func TestShortestDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		most := 0
		b := barfile.NewBuilder(barfile.Options{Interval: market.Minute}, func(c *market.Columns) error {
			if int(c.PriceScale) != most {
				t.Errorf("scale %d, want %d", c.PriceScale, most)
			}
			return nil
		})
		for row := range 3 {
			k := r.IntN(7)
			x := float64(r.IntN(1e6)+1) / market.Pow10(int32(k))
			text := strconv.FormatFloat(x, 'f', -1, 64)
			if dot := strings.IndexByte(text, '.'); dot >= 0 {
				most = max(most, len(text)-dot-1)
			}
			b.Add(row+1, market.Bar{OpenTime: market.Time(row) * market.Time(market.Minute), Open: x, High: x, Low: x, Close: x})
		}
		if _, err := b.Finish(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLines: every row that is kept knows the line on which it stands.
func TestLines(t *testing.T) {
	text := minutes(0, 1) + "x\n" + minutes(3) + "1609459381000,10,12,9,11,1\n" + minutes(4, 90, 5) + "\n" + minutes(6)
	for want, text := range map[string]string{
		"[1 2 4 6 8 10]": text,
		"[10 9 7 5 3 1]": falling(text),
	} {
		var at barfile.Lines
		r, err := read(text, barfile.Options{Interval: market.Minute, SkipBad: true, Lines: &at})
		if err != nil {
			t.Fatal(err)
		}
		var lines []int
		for row := range r.Columns.OpenTime {
			lines = append(lines, at.Of(row))
		}
		if got := fmt.Sprint(lines); got != want {
			t.Errorf("%s, want %s: %v", got, want, r.Bad)
		}
	}
}

// TestReasons counts bad rows by kind, those that are not listed too, and is silent about
// those outside of the times that matter.
func TestReasons(t *testing.T) {
	text := minutes(0, 1, 2, 3)
	for range 1500 {
		text += minutes(3) + "1609459200000,1\n" + minutes(2)
	}
	text += "1609459500000,10,9,9,11,1\n1609459561000,10,12,9,11,1\n1609459560000,10,12,9,NaN,1\n" + minutes(10)
	r, err := read(text, barfile.Options{Interval: market.Minute, SkipBad: true})
	want := map[error]int{barfile.ErrDuplicate: 1500, barfile.ErrUnsorted: 1500, barfile.ErrImpossible: 1, barfile.ErrOffGrid: 1}
	if err != nil || r.BadCount != 4503 || len(r.Bad) != barfile.MaxBad {
		t.Error(err, r.BadCount, len(r.Bad))
	}
	if !maps.Equal(r.Reasons, want) {
		t.Errorf("%v", r.Reasons)
	}
	o := barfile.Options{Interval: market.Minute, From: market.Millis(ms2021 + 600_000)}
	text = minutes(0, 1) + text[strings.Index(text, "1609459500000"):]
	if r, err = read(text, o); err != nil || r.Columns.Len() != 3 || r.BadCount != 0 {
		t.Error(err, r.Columns.Len(), r.BadCount)
	}
	o.From, o.To = 0, market.Millis(ms2021+360_000)
	_, err = read(text, o)
	checkError(t, err, "f.csv:3: high 9 is below open 10 or close 11; check the order of the columns: a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns")
	if !errors.Is(err, barfile.ErrRow) || barfile.TimeOf(err) != market.Millis(ms2021+300_000) {
		t.Error(barfile.TimeOf(err))
	}
	_, err = read(text, barfile.Options{Interval: market.Minute, Columns: "time=1,open=2,high=3,low=4,close=5,volume=6"})
	checkError(t, err, "f.csv:3: high 9 is below open 10 or close 11; check the columns that are asked for")
	_, err = read("", barfile.Options{})
	if !errors.Is(err, barfile.ErrEmpty) || errors.Is(err, barfile.ErrRow) {
		t.Error(err)
	}
}
