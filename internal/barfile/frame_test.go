package barfile_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/feather"
	"github.com/signalman-trading/signalman/internal/parquet"
	"github.com/signalman-trading/signalman/market"
)

// frameWriters write data frames, by their extension.
var frameWriters = map[string]func(io.Writer, *market.Columns) error{"feather": feather.Write, "parquet": parquet.Write}

func framed(t *testing.T, extension string, c *market.Columns) string {
	t.Helper()
	var b bytes.Buffer
	if err := frameWriters[extension](&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFrames: bars are the same whatever they were kept in, with the decimals that the
// float64 of a data frame do not show.
func TestFrames(t *testing.T) {
	want, err := read(minutes(0, 1, 2, 5), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for extension := range frameWriters {
		data := framed(t, extension, want.Columns)
		path := filepath.Join(t.TempDir(), "BTC_USDT-1m."+extension)
		for _, packed := range []string{data, gz(t, data), xzip(t, data), zst(t, data)} {
			if err := os.WriteFile(path, []byte(packed), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := barfile.ReadFile(path, barfile.Options{})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(extension, err, diff)
			}
			got, err = barfile.Read(strings.NewReader(packed), barfile.Options{Interval: market.Minute})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(extension, err, diff)
			}
		}
	}
}

// TestBadFrames: errors name the file, and the row where it is one.
func TestBadFrames(t *testing.T) {
	c, err := read(minutes(0, 1, 2), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for extension := range frameWriters {
		bad := *c.Columns
		bad.High = []float64{12, 8, 12}
		_, err := read(framed(t, extension, &bad), barfile.Options{})
		checkError(t, err, "f.csv: row 2: high 8 is below low 9; check the order of the columns: a row is open_time_ms,open,high,low,close,volume, or a Binance kline of 12 columns")
		got, err := read(framed(t, extension, &bad), barfile.Options{Interval: market.Minute, SkipBad: true})
		if err != nil || got.BadCount != 1 || got.Columns.Len() != 2 {
			t.Error(extension, err, got.Summary)
		}
		whole := framed(t, extension, c.Columns)
		_, err = read(whole[:len(whole)-9], barfile.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "f.csv: ") || !strings.HasSuffix(err.Error(), "; check that it is whole, and what wrote it") || market.ClassOf(err) != market.Data {
			t.Error(extension, err)
		}
		if _, err = read(whole, barfile.Options{Columns: "time=1"}); market.ClassOf(err) != market.Usage {
			t.Error(err)
		}
		if _, err = readTrades(whole, barfile.Options{}); err == nil || !strings.Contains(err.Error(), "not read from data frames") {
			t.Error(err)
		}
	}
}

// TestFundingFrames: freqtrade keeps the rates of fundings as opens.
func TestFundingFrames(t *testing.T) {
	c := market.MakeColumns(8*market.Hour, 2)
	for i, rate := range []float64{0.0001, -0.00000612} {
		c.Append(market.Bar{OpenTime: market.Millis(ms2021 + int64(i)*28_800_000), Open: rate})
	}
	for extension := range frameWriters {
		rows, err := barfile.ReadFunding(strings.NewReader(framed(t, extension, c)), "f")
		if err != nil || len(rows) != 2 || rows[0].Rate.String() != "0.0001" || rows[1].Rate.String() != "-0.00000612" || rows[1].Time != c.OpenTime[1] {
			t.Error(extension, err, rows)
		}
		bad := *c
		bad.Open = []float64{0.0001, 2}
		rows, err = barfile.ReadFunding(strings.NewReader(framed(t, extension, &bad)), "f")
		if err == nil || err.Error() != "f: row 2: rate 2 is not between -1 and 1; 0.0001 is 0.01 %" || len(rows) != 1 {
			t.Error(extension, err, rows)
		}
	}
}
