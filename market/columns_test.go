package market_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

func TestSearch(t *testing.T) {
	for seed := range uint64(50) {
		c := gappy(rand.New(rand.NewPCG(seed, 7)), market.Minute)
		for row, open := range c.OpenTime {
			for _, look := range []market.Time{open - 1, open, open + 1} {
				want := 0
				for want < c.Len() && c.OpenTime[want] < look {
					want++
				}
				if got := c.Search(look); got != want {
					t.Fatalf("seed %d row %d: row %d opens at or after %s, want %d", seed, row, got, look, want)
				}
			}
		}
		if got := c.Search(market.MaxTime); got != c.Len() {
			t.Fatalf("seed %d: row %d of %d opens at the end of time", seed, got, c.Len())
		}
	}
}

// TestSlice: a part shows the same rows, and growing it leaves the whole alone.
func TestSlice(t *testing.T) {
	c := market.Resample(gappy(rand.New(rand.NewPCG(3, 7)), market.Minute), 5*market.Minute, market.MaxTime)
	before := rows(c)
	part := c.Slice(2, 5)
	if d := cmp.Diff(before[2:5], rows(part)); d != "" {
		t.Errorf("rows 2 to 4 (-want +got):\n%s", d)
	}
	if part.Interval != c.Interval || part.PriceScale != c.PriceScale || len(part.Incomplete) != 3 {
		t.Errorf("the part has interval %s, scale %d, %d flags", part.Interval, part.PriceScale, len(part.Incomplete))
	}
	part.Append(market.Bar{OpenTime: part.OpenTime[2] + 1, Open: 1, High: 2, Low: 3, Close: 4, Volume: 5})
	if d := cmp.Diff(before, rows(c)); d != "" {
		t.Errorf("the whole changed (-want +got):\n%s", d)
	}
	if part.Len() != 4 || len(part.Incomplete) != 4 || part.Bar(3).Close != 4 {
		t.Errorf("the part has %d rows and %d flags", part.Len(), len(part.Incomplete))
	}
}

// TestSeries shows the last rows known, and cannot be extended.
func TestSeries(t *testing.T) {
	c := gappy(rand.New(rand.NewPCG(3, 7)), market.Minute)
	tape := &market.Tape{Instrument: 3, Interval: market.Minute, Columns: c}
	s := market.NewSeries(tape, 4, 3)
	for n := range c.Len() + 1 {
		tape.N = n
		lo := max(0, n-4)
		if s.Len() != n-lo || s.Warm() != (n >= 3) {
			t.Fatalf("%d known: shows %d, warm %v", n, s.Len(), s.Warm())
		}
		if d := cmp.Diff(append([]float64{}, c.Close[lo:n]...), append([]float64{}, s.Close()...)); d != "" {
			t.Fatalf("%d known (-want +got):\n%s", n, d)
		}
		if n == 0 {
			continue
		}
		if v := s.Volume(); cap(v) != len(v) || s.Time(0) != c.Time(lo) || s.LastClose() != c.Close[n-1] || s.Last() != c.Bar(n-1) {
			t.Fatalf("%d known: capacity %d of %d, first at %s", n, cap(v), len(v), s.Time(0))
		}
		if want := 0; n > 1 {
			want = int((c.OpenTime[n-1]-c.OpenTime[n-2])/market.Time(market.Minute)) - 1
			if s.Gap() != want {
				t.Fatalf("%d known: a gap of %d, want %d", n, s.Gap(), want)
			}
		}
	}
}

func TestBarCheck(t *testing.T) {
	good := market.Bar{OpenTime: 1, Open: 2, High: 4, Low: 1, Close: 3, Volume: 0}
	if err := good.Check(); err != nil {
		t.Errorf("%+v: %v", good, err)
	}
	for want, change := range map[string]func(*market.Bar){
		"open":   func(b *market.Bar) { b.Open = 0 },
		"high":   func(b *market.Bar) { b.High = 2.5 },
		"low":    func(b *market.Bar) { b.Low = 2.5 },
		"close":  func(b *market.Bar) { b.Close = math.NaN() },
		"volume": func(b *market.Bar) { b.Volume = -1 },
		"below":  func(b *market.Bar) { b.High, b.Low = 1, 4 },
		"price":  func(b *market.Bar) { b.High = 2e12 },
		"number": func(b *market.Bar) { b.Volume = math.Inf(1) },
	} {
		b := good
		change(&b)
		if err := b.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want a word of %s", b, err, want)
		}
	}
}
