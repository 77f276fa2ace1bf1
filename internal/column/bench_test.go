package column

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// realFiles are windows of real bars: all of minutes that there are, and one of hours.
var realFiles = []string{
	"binance-spot-1m-benicio/2021-03-26_2021-04-30/BTCUSDT-1m.csv.gz",
	"binance-spot-1m-benicio/2022-06-15_2022-07-19/BTCUSDT-1m.csv.gz",
	"binance-spot-1m-benicio/2022-12-01_2023-01-04/ETHUSDT-1m.csv.gz",
	"binance-spot-1m-benicio/2024-02-12_2024-03-17/BTCUSDT-1m.csv.gz",
	"binance-spot-1m-benicio/2025-01-01_2025-02-04/BTCUSDT-1m.csv.gz",
	"binance-spot-1m-benicio/2025-01-01_2025-02-04/ETHUSDT-1m.csv.gz",
	"binance-spot-1m-tttienthinh/2021-05-15_2021-05-22/BTCUSDT-1m.csv.gz",
	"binance-spot-privet1x/BTCUSDT-1m.csv.gz",
	"binance-usdm-typhonun/BTCUSDT-1m.csv.gz",
	"binance-usdm-typhonun/ETHUSDT-1m.csv.gz",
	"binance-usdm-typhonun/SOLUSDT-1m.csv.gz",
	"binance-usdm-typhonun/XRPUSDT-1m.csv.gz",
	"bitfinex-1m-zombie3000/2019/BTCUSD-1m.csv.gz",
	"binance-spot-bernini10/BTCUSDT-1h.csv.gz",
}

// dataDir is where the recorded bars lie that do not ship with the source.
func dataDir() string {
	return cmp.Or(os.Getenv("SIGNALMAN_DATA"), filepath.Join("..", "..", "..", "shared", "data"))
}

// readCSV reads a file of bars, or skips where it is absent.
func readCSV(tb testing.TB, name string, d market.Interval) *market.Columns {
	tb.Helper()
	f, err := os.Open(filepath.Join(dataDir(), name))
	if err != nil {
		tb.Skipf("needs the real bars beside the checkout: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	c := market.MakeColumns(d, len(rows))
	for _, row := range rows[1:] {
		c.PriceScale = max(c.PriceScale, decimals(row[1:5]...))
		c.VolumeScale = max(c.VolumeScale, decimals(row[5]))
		c.Append(parseRow(tb, row))
	}
	if c.VolumeScale > 15 { // sums of float64 are on no grid, and are read so
		c.VolumeScale = market.FreeScale
	}
	return c
}

func parseRow(tb testing.TB, row []string) market.Bar {
	ms, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	var v [5]float64
	for i := range v {
		if v[i], err = strconv.ParseFloat(row[i+1], 64); err != nil {
			tb.Fatal(err)
		}
	}
	return market.Bar{OpenTime: market.Millis(ms), Open: v[0], High: v[1], Low: v[2], Close: v[3], Volume: v[4]}
}

// decimals returns the most fraction digits that any of the texts shows.
func decimals(texts ...string) (most int32) {
	for _, s := range texts {
		if i := strings.IndexByte(s, '.'); i >= 0 {
			most = max(most, int32(len(s)-i-1))
		}
	}
	return most
}

func benchInterval(name string) market.Interval {
	if strings.Contains(name, "1h") {
		return market.Hour
	}
	return market.Minute
}

// blocks encodes all rows of c.
func blocks(tb testing.TB, c *market.Columns) (out [][]byte, size int) {
	tb.Helper()
	for lo := 0; lo < c.Len(); lo += MaxRows {
		b, err := Encode(nil, c, lo, min(lo+MaxRows, c.Len()))
		if err != nil {
			tb.Fatal(err)
		}
		out, size = append(out, b), size+len(b)
	}
	return out, size
}

func benchmarkDecode(b *testing.B, c *market.Columns) {
	encoded, size := blocks(b, c)
	out := market.MakeColumns(c.Interval, c.Len())
	empty := *out
	b.ReportAllocs()
	for b.Loop() {
		*out = empty
		for _, block := range encoded {
			if err := Decode(out, block); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(size)/float64(c.Len()), "B/bar")
	b.ReportMetric(float64(c.Len())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
}

func BenchmarkDecode(b *testing.B) {
	b.Run("synthetic", func(b *testing.B) { benchmarkDecode(b, walk(1, 100_000)) })
	for _, name := range realFiles {
		b.Run(name, func(b *testing.B) { benchmarkDecode(b, readCSV(b, name, benchInterval(name))) })
	}
}

func BenchmarkEncode(b *testing.B) {
	b.Run("synthetic", func(b *testing.B) { benchmarkEncode(b, walk(1, 100_000)) })
	for _, name := range realFiles {
		b.Run(name, func(b *testing.B) { benchmarkEncode(b, readCSV(b, name, benchInterval(name))) })
	}
}

func benchmarkEncode(b *testing.B, c *market.Columns) {
	var buf []byte
	for b.Loop() {
		for lo := 0; lo < c.Len(); lo += MaxRows {
			var err error
			if buf, err = Encode(buf[:0], c, lo, min(lo+MaxRows, c.Len())); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(c.Len())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbars/s")
}
