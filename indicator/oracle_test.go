package indicator_test

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
)

// A bar is a row of testdata/talib-BTCUSDT-1h.csv.gz: prices and, by name, what
// TA-Lib made of them; NaN where it says nothing.
type bar struct {
	high, low, close float64
	want             map[string]float64
}

func readOracle(t *testing.T) []bar {
	t.Helper()
	f, err := os.Open("testdata/talib-BTCUSDT-1h.csv.gz")
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
	bars := make([]bar, 0, len(rows))
	for _, row := range rows[1:] {
		b := bar{want: map[string]float64{}}
		for i, name := range rows[0] {
			b.want[name] = number(t, row[i])
		}
		b.high, b.low, b.close = b.want["high"], b.want["low"], b.want["close"]
		bars = append(bars, b)
	}
	return bars
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

// A stream is what all indicators have in common.
type stream interface {
	Ready() bool
	Value() float64
	Warmup() int
}

// A subject is an indicator under test and how it takes a bar.
type subject struct {
	name string
	stream
	update func(high, low, close float64)
}

func onClose(name string, s interface {
	stream
	Update(float64)
}) subject {
	return subject{name, s, func(_, _, close float64) { s.Update(close) }}
}

// subjects returns one indicator for each column of the oracle.
func subjects() []subject {
	highest, lowest, atr := indicator.NewHighest(20), indicator.NewLowest(20), indicator.NewATR(14)
	return []subject{
		onClose("SMA_10", indicator.NewSMA(10, 2)),
		onClose("SMA_30", indicator.NewSMA(30, 2)),
		onClose("EMA_12", indicator.NewEMA(12, 2)),
		onClose("EMA_26", indicator.NewEMA(26, 2)),
		onClose("RSI_14", indicator.NewRSI(14)),
		{"ATR_14", atr, atr.Update},
		{"MAX_20", highest, func(high, _, _ float64) { highest.Update(high) }},
		{"MIN_20", lowest, func(_, low, _ float64) { lowest.Update(low) }},
	}
}

// TestTALib compares each indicator with TA-Lib, bar by bar: it is ready where
// TA-Lib has a value, and that value is the same within 1e-9.
func TestTALib(t *testing.T) {
	bars := readOracle(t)
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			worst := 0.0
			for i, b := range bars {
				s.update(b.high, b.low, b.close)
				want := b.want[s.name]
				if s.Ready() == math.IsNaN(want) || s.Ready() != (i+1 >= s.Warmup()) {
					t.Fatalf("bar %d: ready %v, warm-up %d, TA-Lib %v", i, s.Ready(), s.Warmup(), want)
				}
				if s.Ready() {
					worst = max(worst, math.Abs(s.Value()/want-1))
				}
			}
			if !(worst <= 1e-9) {
				t.Errorf("relative difference %g", worst)
			}
			t.Logf("relative difference %.2g", worst)
		})
	}
}
