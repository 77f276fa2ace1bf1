package indicator_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// A tape is a series of integer ticks and the prices that they print as.
type tape struct {
	scale  int32
	ticks  []int64
	prices []float64
}

// drawTape draws a random walk. Its steps are small, so that averages often tie.
func drawTape(t *rapid.T, scale int32, n int) tape {
	bound := rapid.SampledFrom([]int64{3, 1000, 1e9, 1 << 50}).Draw(t, "bound")
	step := rapid.SampledFrom([]int64{0, 1, 2, bound / 3}).Draw(t, "step")
	at := rapid.Int64Range(-bound, bound).Draw(t, "start")
	moves := rapid.SliceOfN(rapid.Int64Range(-step, step), n, n).Draw(t, "moves")
	w := tape{scale: scale}
	for _, move := range moves {
		at = min(max(at+move, -bound), bound)
		w.ticks = append(w.ticks, at)
		w.prices = append(w.prices, float64(at)/market.Pow10(scale))
	}
	return w
}

// average returns the exact average of the n ticks up to and with the i-th, as a price.
func (w *tape) average(i, n int) *big.Rat {
	sum := new(big.Int)
	for _, ticks := range w.ticks[i+1-n : i+1] {
		sum.Add(sum, big.NewInt(ticks))
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(w.scale)), nil)
	return new(big.Rat).SetFrac(sum, unit.Mul(unit, big.NewInt(int64(n))))
}

// TestSMAExact compares values and comparisons with rational arithmetic, for any
// two periods, bar by bar.
func TestSMAExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Int32Range(0, 15).Draw(t, "scale")
		w := drawTape(t, scale, rapid.IntRange(1, 60).Draw(t, "bars"))
		m, n := rapid.IntRange(1, 25).Draw(t, "fast"), rapid.IntRange(1, 25).Draw(t, "slow")
		fast, slow := indicator.NewSMA(m, scale), indicator.NewSMA(n, scale)
		for i, x := range w.prices {
			fast.Update(x)
			slow.Update(x)
			checkSMA(t, fast, &w, i, m)
			checkSMA(t, slow, &w, i, n)
			want := 0
			if i+1 >= max(m, n) {
				want = w.average(i, m).Cmp(w.average(i, n))
			}
			if got := indicator.Compare(fast, slow); got != want {
				t.Fatalf("bar %d: Compare %d, want %d", i, got, want)
			}
		}
	})
}

func checkSMA(t *rapid.T, s *indicator.SMA, w *tape, i, n int) {
	if !s.Exact() || s.Ready() != (i+1 >= n) || s.Warmup() != n {
		t.Fatalf("bar %d: exact %v, ready %v, warm-up %d", i, s.Exact(), s.Ready(), s.Warmup())
	}
	want := 0.0
	if s.Ready() {
		want, _ = w.average(i, n).Float64()
	}
	if s.Value() != want {
		t.Fatalf("bar %d: value %v, want %v", i, s.Value(), want)
	}
}

// TestCompareScales compares averages of different series on different grids.
func TestCompareScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, n := rapid.IntRange(1, 9).Draw(t, "m"), rapid.IntRange(1, 9).Draw(t, "n")
		a := drawTape(t, rapid.Int32Range(0, 17).Draw(t, "scale a"), m)
		b := drawTape(t, rapid.Int32Range(0, 17).Draw(t, "scale b"), n)
		if rapid.Bool().Draw(t, "alike") { // the same prices on a finer grid
			b = finer(a, rapid.Int32Range(0, 3).Draw(t, "finer"))
			n = m
		}
		x, y := indicator.NewSMA(m, a.scale), indicator.NewSMA(n, b.scale)
		feed(x, a.prices)
		feed(y, b.prices)
		want := a.average(m-1, m).Cmp(b.average(n-1, n))
		if !x.Exact() || !y.Exact() {
			want = compareFloats(x.Value(), y.Value())
		}
		if got, back := indicator.Compare(x, y), indicator.Compare(y, x); got != want || back != -want {
			t.Fatalf("Compare %d and %d, want %d", got, back, want)
		}
	})
}

// finer returns w on a grid of more digits, where that can be counted.
func finer(w tape, digits int32) tape {
	digits = min(digits, 17-w.scale)
	v := tape{scale: w.scale + digits, prices: w.prices}
	for _, ticks := range w.ticks {
		v.ticks = append(v.ticks, ticks*int64(market.Pow10(digits)))
	}
	return v
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func feed(s *indicator.SMA, prices []float64) {
	for _, x := range prices {
		s.Update(x)
	}
}

// TestSMATies shows a tie that rolling sums of floats lose.
func TestSMATies(t *testing.T) {
	fast, slow := indicator.NewSMA(3, 1), indicator.NewSMA(6, 1)
	for range 1000 {
		for _, x := range []float64{0.1, 0.3, 0.2, 0.2, 0.1, 0.3} {
			fast.Update(x)
			slow.Update(x)
		}
		if indicator.Compare(fast, slow) != 0 || fast.Value() != 0.2 || slow.Value() != 0.2 {
			t.Fatalf("%v and %v", fast.Value(), slow.Value())
		}
	}
}

// TestSMALoose feeds values that are not on the grid, at any bar, and expects
// averages as good as floats can be.
func TestSMALoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "period")
		scale := rapid.SampledFrom([]int32{market.FreeScale, 0, 2, 8, 18, 25}).Draw(t, "scale")
		s := indicator.NewSMA(n, scale)
		xs := rapid.SliceOfN(rapid.OneOf(
			rapid.Map(rapid.Int64Range(-1000, 1000), func(i int64) float64 { return float64(i) / 100 }),
			rapid.Float64Range(-1e6, 1e6),
			rapid.SampledFrom([]float64{0.005, 1e-9, 1e17, 1e300, -3e200, 1 << 51, 1<<51 + 1, 1<<53 + 2}),
		), 1, 50).Draw(t, "values")
		for i, x := range xs {
			s.Update(x)
			if i+1 < n {
				continue
			}
			want, size := 0.0, 0.0
			if i+1 >= n {
				want, size = mean(xs[i+1-n : i+1])
			}
			if !(math.Abs(s.Value()-want) <= 1e-13*max(size, largest(xs[max(0, i+2-2*n):i+1]))) {
				t.Fatalf("bar %d: %v, want %v", i, s.Value(), want)
			}
		}
	})
}

// mean returns the nearest float64 to the average of xs, and the largest |x|.
func mean(xs []float64) (mean, size float64) {
	sum := new(big.Rat)
	for _, x := range xs {
		sum.Add(sum, new(big.Rat).SetFloat64(x))
	}
	mean, _ = sum.Quo(sum, big.NewRat(int64(len(xs)), 1)).Float64()
	return mean, largest(xs)
}

func largest(xs []float64) (size float64) {
	for _, x := range xs {
		size = max(size, math.Abs(x))
	}
	return size
}

// TestSMAForgets shows that a value that is no number leaves with its window.
func TestSMAForgets(t *testing.T) {
	s := indicator.NewSMA(4, 2)
	feed(s, []float64{1, 2, math.Inf(1), math.NaN(), 5, 6, 7, 8, 9, 10, 11, 12})
	if s.Exact() || s.Value() != 10.5 {
		t.Errorf("exact %v, value %v", s.Exact(), s.Value())
	}
}

// TestExactLimits shows which values leave the grid.
func TestExactLimits(t *testing.T) {
	for _, c := range []struct {
		period int
		scale  int32
		x      float64
		exact  bool
	}{
		{10, 2, 0.1, true}, {10, 2, -0.07, true}, {10, 2, 1e12, true}, {10, 8, 1e7, true}, {10, 0, 1 << 51, true},
		{10, 2, 0.001, false}, {10, 2, 1 / 3.0, false}, {10, 0, 1<<51 + 1, false}, {10, 0, -(1<<51 + 1), false},
		{10, 8, 1e12, false}, {10, 2, math.NaN(), false}, {10, 2, math.Inf(-1), false}, {10, 0, 0.1 + 0.2, false},
		{9, 18, 1e-18, true}, {10, 18, 1e-18, false}, {10, 19, 0, false}, {10, market.FreeScale, 1, false},
		{indicator.MaxPeriod, 2, 1e10, true}, {indicator.MaxPeriod, 2, 1e12, false},
	} {
		s := indicator.NewSMA(c.period, c.scale)
		s.Update(c.x)
		if s.Exact() != c.exact {
			t.Errorf("SMA(%d) at scale %d: %v is exact: %v", c.period, c.scale, c.x, s.Exact())
		}
	}
}

// TestSMAFull fills the longest window with the largest values: no sum overflows.
func TestSMAFull(t *testing.T) {
	const largest = (1 << 62) / indicator.MaxPeriod
	s := indicator.NewSMA(indicator.MaxPeriod, 0)
	for i := range 3 * indicator.MaxPeriod {
		s.Update(float64(largest - i%2))
	}
	if want := largest - 0.5; !s.Exact() || s.Value() != want {
		t.Errorf("exact %v, value %v, want %v", s.Exact(), s.Value(), want)
	}
}
