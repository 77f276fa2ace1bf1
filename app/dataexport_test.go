package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/feather"
	"github.com/signalman-trading/signalman/internal/parquet"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// decimals returns n bars of a minute with gaps, whose prices have up to p decimals and
// volumes up to v.
func decimals(r *rand.Rand, n int, p, v int32) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = p, v
	at := market.Time(1_700_000_040e9)
	price := func() int64 { return 1 + r.Int64N(1e9) }
	for range n {
		a, b, x, y := price(), price(), price(), price()
		tick := func(n int64) float64 { return float64(n) / market.Pow10(p) }
		c.Append(market.Bar{OpenTime: at, Open: tick(x), Close: tick(y), High: tick(max(a, b, x, y)), Low: tick(min(a, b, x, y)), Volume: float64(r.Int64N(1e12)) / market.Pow10(v)})
		at += market.Time(market.Minute) * market.Time(1+r.Int64N(20)/19)
	}
	return c
}

// rebuilt makes bars of what scan hands on, as an import does.
func rebuilt(t *testing.T, path string, scan func(io.ReaderAt, int64, func(int, *market.Columns) error) error) *market.Columns {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := market.MakeColumns(market.Minute, 0)
	build := barfile.NewBuilder(barfile.Options{Interval: market.Minute}, func(c *market.Columns) error {
		for i := range c.Len() {
			all.Append(c.Bar(i))
		}
		return nil
	})
	if err := scan(bytes.NewReader(b), int64(len(b)), func(first int, c *market.Columns) error {
		for i := range c.Len() {
			if err := build.Add(first+i, c.Bar(i)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sum, err := build.Finish()
	if err != nil {
		t.Fatal(err)
	}
	all.PriceScale, all.VolumeScale = sum.PriceScale, sum.VolumeScale
	return all
}

// scanJSON reads freqtrade's JSON.
func scanJSON(r io.ReaderAt, size int64, emit func(int, *market.Columns) error) error {
	var rows [][6]float64
	if err := json.NewDecoder(io.NewSectionReader(r, 0, size)).Decode(&rows); err != nil {
		return err
	}
	c := market.MakeColumns(0, len(rows))
	for _, x := range rows {
		c.Append(market.Bar{OpenTime: market.Time(x[0]) * 1e6, Open: x[1], High: x[2], Low: x[3], Close: x[4], Volume: x[5]})
	}
	return emit(1, c)
}

// storedIn stores bars in a new store and returns its directory and them as they come back.
func storedIn(t *testing.T, s store.Series, c *market.Columns) (data string, stored *market.Columns) {
	t.Helper()
	data = t.TempDir()
	db, err := store.Open(filepath.Join(data, "history.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.PutBars(s, c); err != nil {
		t.Fatal(err)
	}
	if stored, err = db.Bars(s, 0, 0); err != nil {
		t.Fatal(err)
	}
	rate := decimal.RequireFromString("-0.00012345")
	if _, err := db.PutFundings(s.Venue, s.Symbol, []market.Funding{{Time: 1_700_006_400e9, Rate: rate, Mark: decimal.RequireFromString("35000.5")}}); err != nil {
		t.Fatal(err)
	}
	return data, stored
}

// What is exported and read back is what was stored, bit for bit, with the same scales.
func TestExportsReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, scales := range [][2]int32{{2, 5}, {0, 0}, {8, 3}, {5, 8}} {
		s := store.Series{Venue: "binance-usdm", Symbol: "BTCUSDT", Interval: market.Minute}
		data, want := storedIn(t, s, decimals(r, 70_000, scales[0], scales[1]))
		path := func(name string) string { return filepath.Join(data, name) }
		for _, name := range []string{"b.csv.zst", "b.feather", "b.parquet", "b.json"} {
			within(t, "data", "export", "BTCUSDT", "1m", path(name), "--data", data)
		}
		csv, err := barfile.ReadFile(path("b.csv.zst"), barfile.Options{Interval: market.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]*market.Columns{
			"csv": csv.Columns, "feather": rebuilt(t, path("b.feather"), feather.Scan),
			"parquet": rebuilt(t, path("b.parquet"), parquet.Scan), "json": rebuilt(t, path("b.json"), scanJSON),
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("scales %d, %s: %.2000s", scales, name, diff)
			}
		}
	}
}

// freqtrade finds perpetuals and their fundings below futures.
func TestExportForFreqtrade(t *testing.T) {
	s := store.Series{Venue: "binance-usdm", Symbol: "BTCUSDT", Interval: market.Minute}
	data, _ := storedIn(t, s, decimals(rand.New(rand.NewPCG(3, 4)), 10, 2, 3))
	dir := filepath.Join(data, "binance")
	within(t, "data", "export", "--freqtrade", dir, "--data", data)
	within(t, "data", "export", "--all", dir, "--data", data, "--as", "parquet")
	var got []string
	if err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			got = append(got, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"binance-usdm/BTCUSDT-1m.parquet", "binance-usdm/BTCUSDT-funding.csv",
		"futures/BTC_USDT_USDT-1m-futures.feather", "futures/BTC_USDT_USDT-8h-funding_rate.feather",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b, err := os.ReadFile(filepath.Join(dir, "futures", "BTC_USDT_USDT-8h-funding_rate.feather"))
	if err != nil {
		t.Fatal(err)
	}
	if err := feather.Scan(bytes.NewReader(b), int64(len(b)), func(_ int, c *market.Columns) error {
		if bar := c.Bar(0); c.Len() != 1 || bar.OpenTime != 1_700_006_400e9 || bar.Open != -0.00012345 {
			t.Errorf("%d fundings, the first %v", c.Len(), bar)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	csv, err := os.ReadFile(filepath.Join(dir, "binance-usdm", "BTCUSDT-funding.csv"))
	if want := "time_ms,rate,mark\n1700006400000,-0.00012345,35000.5\n"; err != nil || string(csv) != want {
		t.Errorf("fundings are %q, want %q (%v)", csv, want, err)
	}
}
