package indicator_test

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// An oracle is a file of testdata: bars and, by name, what TA-Lib made of them; NaN where
// it says nothing.
type oracle struct {
	name    string
	bars    []bar
	columns map[string][]float64
}

// readOracles reads all of them. testdata/PROVENANCE.md says how they came to be.
func readOracles(t *testing.T) []oracle {
	t.Helper()
	files, err := filepath.Glob("testdata/talib-*.csv.gz")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors of TA-Lib", err)
	}
	oracles := make([]oracle, len(files))
	for i, file := range files {
		oracles[i] = readOracle(t, file)
	}
	return oracles
}

func readOracle(t *testing.T, file string) oracle {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	o := oracle{name: strings.TrimSuffix(filepath.Base(file), ".csv.gz"), columns: map[string][]float64{}}
	for i, name := range rows[0] {
		column := make([]float64, len(rows)-1)
		for n, row := range rows[1:] {
			column[n] = number(t, row[i])
		}
		o.columns[name] = column
	}
	c := o.columns
	for n := range rows[1:] {
		o.bars = append(o.bars, bar{market.Bar{
			OpenTime: market.Millis(int64(c["open_time_ms"][n])),
			Open:     c["open"][n], High: c["high"][n], Low: c["low"][n], Close: c["close"][n], Volume: c["volume"][n],
		}, c["other"][n]})
	}
	return o
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	if s == "" {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestTALib compares each indicator with TA-Lib, bar by bar: it is ready where TA-Lib has a
// value, and that value is the same within 1e-9 of itself. Values that are differences may
// be next to zero: there 1e-12 of the largest value of the column is near enough.
func TestTALib(t *testing.T) {
	for _, o := range readOracles(t) {
		for _, s := range subjects() {
			for i, name := range s.talib {
				if name != "" {
					t.Run(o.name+"/"+name, func(t *testing.T) { compareTALib(t, o, s, i, o.columns[name]) })
				}
			}
		}
	}
}

// compareTALib compares an output of s with a column.
func compareTALib(t *testing.T, o oracle, s subject, output int, want []float64) {
	if want == nil {
		t.Fatal("the vectors have no such column")
	}
	p, largest, worst := s.make(), 0.0, 0.0
	for _, x := range want {
		if !math.IsNaN(x) {
			largest = max(largest, math.Abs(x))
		}
	}
	for i, b := range o.bars {
		p.update(b)
		if p.Ready() == math.IsNaN(want[i]) {
			t.Fatalf("bar %d: %s is ready: %v, TA-Lib has %v", i, s.name, p.Ready(), want[i])
		}
		if i+1 < p.Warmup()+s.settle {
			continue
		}
		got := p.outputs[output]()
		if away(got, want[i], 1e-3*largest) > cmp.Or(s.within, 1e-9) {
			t.Fatalf("bar %d: %s is %v, TA-Lib has %v", i, s.name, got, want[i])
		}
		worst = max(worst, away(got, want[i], 1e-3*largest))
	}
	t.Logf("%s differs by %.1g at most", s.name, worst)
}
