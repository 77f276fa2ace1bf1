package barfile_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

const tradeHeader = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"

// trades prints a trade for each number, a millisecond apart.
func trades(ids ...int) (s string) {
	for _, n := range ids {
		s += fmt.Sprintf("%d,10.5,2,%d,%d,%d,true\n", n, n, n, ms2021+int64(n))
	}
	return s
}

func readTrades(text string, o barfile.Options) (*barfile.Result, error) {
	o.Name = "f.csv"
	return barfile.ReadTrades(strings.NewReader(text), o)
}

// TestTrades: a flat bar for each trade, in the order of the file also where several
// have one time.
func TestTrades(t *testing.T) {
	at := market.Millis(ms2021)
	want := &market.Columns{
		Interval:   market.Trades,
		OpenTime:   []market.Time{at + 7, at + 8, at + 9, at + 1e6 + 10},
		Open:       []float64{10.1, 10, 10.25, 9},
		Volume:     []float64{1, 0.5, 2, 3},
		PriceScale: 2, VolumeScale: 1,
	}
	want.High, want.Low, want.Close = want.Open, want.Open, want.Open
	rows := "7,10.1,1,1,1,1609459200000,true\n8,10.00,.5,2,3,1609459200000,false\n9,10.25,2,4,4,1609459200000,true\n10,9,3,5,5,1609459200001,true\n"
	for name, text := range map[string]string{
		"plain":     rows,
		"header":    tradeHeader + rows,
		"spot":      strings.NewReplacer("true", "true,true", "false", "false,true").Replace(rows),
		"six":       strings.NewReplacer(",true", "", ",false", "").Replace(rows),
		"micros":    strings.NewReplacer("00000,", "00000000,", "00001,", "00001000,").Replace(rows),
		"finer":     strings.NewReplacer("1609459200000,", "1609459200000001,", "1609459200001,", "1609459200001999,").Replace(rows),
		"CRLF, BOM": "\xef\xbb\xbf" + strings.ReplaceAll(tradeHeader+rows+"\n", "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			r, err := readTrades(text, barfile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, r.Columns); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTradesOfPieces: a trade has one time, in whatever file it stands; within a file it
// is after the one above, also where the numbers begin anew within a millisecond.
func TestTradesOfPieces(t *testing.T) {
	const row = "%d,10,1,1,1,1609459200000,true\n"
	var text string
	for id := 2_999_990; id < 2_999_999; id++ {
		text += fmt.Sprintf(row, id)
	}
	lines := slices.Collect(strings.Lines(text))
	whole, err := readTrades(text, barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(lines); cut++ {
		piece, err := readTrades(strings.Join(lines[cut:], ""), barfile.Options{})
		if diff := cmp.Diff(whole.Columns.OpenTime[cut:], piece.Columns.OpenTime); diff != "" || err != nil {
			t.Fatal(cut, err, diff)
		}
	}
	r, err := readTrades(fmt.Sprintf(row+row, 2_999_999, 3_000_000), barfile.Options{})
	at := market.Millis(ms2021)
	if diff := cmp.Diff([]market.Time{at + 999_999, at + 1_000_000}, r.Columns.OpenTime); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestBadTrades: the error names file and line, and the rows above it are there.
func TestBadTrades(t *testing.T) {
	for bad, want := range map[string]string{
		"2,10,1,1,1,1609459200002":                              "f.csv:2: the row has 6 columns where 7 are expected",
		"x,10,1,1,1,1609459200002,true":                         `f.csv:2: agg_trade_id "x" is not a whole number`,
		"1,10,1,1,1,1609459200002,true":                         "f.csv:2: agg_trade_id 1 does not follow 1 of the row above",
		"2,ten,1,1,1,1609459200002,true":                        `f.csv:2: price "ten" is not a number`,
		"2,0,1,1,1,1609459200002,true":                          "f.csv:2: price 0 is not from",
		"2,10,,1,1,1609459200002,true":                          "f.csv:2: quantity is empty",
		"2,10,0,1,1,1609459200002,true":                         "f.csv:2: quantity is 0",
		"2,10,-1,1,1,1609459200002,true":                        "f.csv:2: quantity -1 is not a number above 0",
		"2,10,1,1,1,soon,true":                                  `f.csv:2: time "soon" is not a time`,
		"2,10,1,1,1,1609459200000,true":                         "f.csv:2: time 2021-01-01T00:00:00Z runs backwards",
		"2,10,1,1,1,1609459200002000,true":                      "f.csv:2: time 1609459200002000 is in microseconds where the rows above are in milliseconds",
		"2,10,1,1,1,99999999999999,true":                        "f.csv:2: time 99999999999999 is outside the years 1970 to 2200",
		"\n2,10,1,1,1,1609459200002,true":                       "f.csv:2: the line is blank and more rows follow",
		"2,\"10,1,1,1,1609459200002,true":                       "f.csv:2: a quoted field does not end",
		"2,10,1,1,1,1609459200002," + strings.Repeat("x", 5000): "f.csv:2: the line has 5025 bytes",
	} {
		r, err := readTrades(trades(1)+bad+"\n", barfile.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || r.Columns.Len() != 1 {
			t.Errorf("%q: %v after %d rows, want %s", bad, err, r.Columns.Len(), want)
		}
		r, err = readTrades(trades(1)+bad+"\n"+trades(3), barfile.Options{SkipBad: true})
		if err != nil || r.BadCount != 1 {
			t.Errorf("%q left out: %v, %d bad", bad, err, r.BadCount)
		}
	}
	for text, want := range map[string]string{
		"":                             "f.csv: there are no trades",
		tradeHeader:                    "f.csv: there are no trades",
		"id,price,q,f,l,t\n":           `f.csv:1: the header "id,price,q,f,l,t" has no time`,
		minute(0):                      "f.csv:1: time \"1.5\" is not a time",
		"1,10,1,1,1,1609459200,true\n": "f.csv:1: time \"1609459200\" is too small for milliseconds",
	} {
		if _, err := readTrades(text, barfile.Options{SkipBad: text == ""}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestMissingTrades: numbers that are left out are gaps.
func TestMissingTrades(t *testing.T) {
	r, err := readTrades(trades(1, 2, 6), barfile.Options{})
	at := market.Millis(ms2021)
	if diff := cmp.Diff([]barfile.Gap{{From: at + 2e6, To: at + 6e6, Missing: 3}}, r.Gaps); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestRecordedTrades makes minutes of recorded trades, which are those that Binance
// published for the days of RLC; on other days trades at the edge of a minute differ.
func TestRecordedTrades(t *testing.T) {
	needRecorded(t)
	paths, _ := filepath.Glob(recorded + "/binance-usdm-aggtrades-vision/aggTrades/*.zip")
	if len(paths) != 7 {
		t.Fatal(paths)
	}
	for _, path := range paths {
		r, err := barfile.ReadTradesFile(path, barfile.Options{})
		if err != nil || len(r.Gaps) > 0 {
			t.Fatal(path, err, r.Gaps)
		}
		if !strings.Contains(path, "RLC") {
			continue
		}
		published, err := barfile.ReadFile(strings.NewReplacer("/aggTrades/", "/klines/", "-aggTrades-", "-1m-").Replace(path), barfile.Options{Interval: market.Minute})
		if err != nil {
			t.Fatal(err)
		}
		made := market.Resample(r.Columns, market.Minute, market.MaxTime)
		if slices.Contains(made.Incomplete, true) {
			t.Error(path, "made of trades, and incomplete")
		}
		for row := range made.OpenTime {
			k := published.Columns.Search(made.OpenTime[row])
			if diff := cmp.Diff(published.Columns.Bar(k), made.Bar(row)); diff != "" {
				t.Fatal(path, diff)
			}
		}
	}
}

// TestOneTradeOutOfPlace moves one trade of a clean file to another time or number: it
// alone is bad, wherever chunks end.
func TestOneTradeOutOfPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 30).Draw(t, "rows")
		k := rapid.IntRange(0, n-3).Draw(t, "row") // the last two cannot be told to come too late
		move := rapid.IntRange(2, 5000).Draw(t, "move")
		if k > 0 && rapid.Bool().Draw(t, "back") {
			move = -move
		}
		id, at := 0, 0
		switch rapid.IntRange(0, 2).Draw(t, "field") {
		case 0:
			id = move
		case 1:
			at = 2*move + 1
		default:
			id, at = move, 2*move+1
		}
		var lines []string
		for i := range n {
			row, ms := i, 2*i
			if i == k {
				row, ms = i+id, ms+at
			}
			lines = append(lines, fmt.Sprintf("%d,10.5,%d.%0*d,1,1,%d,true\n", 10_000+row, i+1, 1+i%4, 1, ms2021+int64(ms)))
		}
		o := barfile.Chunked(barfile.Options{Name: "f.csv", SkipBad: true}, rapid.IntRange(1, 12).Draw(t, "chunk"))
		read := func(lines []string) (*market.Columns, *barfile.Summary, error) {
			all := market.MakeColumns(market.Trades, 0)
			s, err := barfile.ScanTrades(strings.NewReader(strings.Join(lines, "")), o, func(c *market.Columns) error {
				for row := range c.OpenTime {
					all.Append(c.Bar(row))
				}
				return nil
			})
			all.PriceScale, all.VolumeScale = s.PriceScale, s.VolumeScale
			return all, s, err
		}
		got, s, err := read(lines)
		want, clean, _ := read(slices.Delete(slices.Clone(lines), k, k+1))
		if err != nil || s.BadCount != 1 || !strings.HasPrefix(s.Bad[0].Error(), fmt.Sprintf("f.csv:%d: ", k+1)) {
			t.Fatalf("row %d of %q: %v, %v", k, lines, err, s.Bad)
		}
		if diff := cmp.Diff(want, got) + cmp.Diff(clean.Gaps, s.Gaps); diff != "" {
			t.Fatal(diff)
		}
		o.SkipBad = false
		above, _, err := read(lines)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("f.csv:%d: ", k+1)) || above.Len() != k {
			t.Fatalf("row %d of %q: %v with %d rows above", k, lines, err, above.Len())
		}
	})
}

func BenchmarkReadTrades(b *testing.B) {
	var text strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&text, "%d,%d.%02d,0.%05d,%d,%d,%d,true\n", i, 40_000+i%500, i%100, 1+i%99_991, i, i, ms2021+int64(i))
	}
	for b.Loop() {
		if _, err := readTrades(text.String(), barfile.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/row")
}
