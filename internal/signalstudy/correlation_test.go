package signalstudy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

func close6(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-6 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestIntervals holds the formulas against values of textbooks.
func TestIntervals(t *testing.T) {
	c := interval(0.5, 28, func(float64) float64 { return 1 })
	close6(t, "low", c.Low, math.Tanh(0.5493061443-0.2*1.9599639845))
	close6(t, "high", c.High, math.Tanh(0.5493061443+0.2*1.9599639845))
	if c := interval(0.5, 3, nil); c.R == nil || c.Low != nil {
		t.Errorf("an interval of three: %+v", c)
	}
	c = interval(1, 10, func(float64) float64 { return 1 })
	close6(t, "of 1", c.Low, 1)
	h := Hits{N: 10, Hits: 5}
	h.wilson(5, 1)
	close6(t, "wilson low", h.Low, 0.2365931)
	close6(t, "wilson high", h.High, 0.7634069)
	h = Hits{N: 10}
	h.wilson(10, 1)
	close6(t, "wilson of none", h.Low, 0)
	close6(t, "wilson of none", h.High, 0.2775328)
}

// TestEffective: 1, 2, 3, 4 has the autocorrelation 0.25 at lag 1, and returns over two
// steps share a half.
func TestEffective(t *testing.T) {
	x := []float64{1, 2, 3, 4}
	if rho := autocorrelation(x, 1); rho[0] != 0.25 {
		t.Error(rho)
	}
	for overlap, want := range map[float64]float64{1: 4, 2: 4 / 1.1875} {
		if got := effective(x, overlap); got != want {
			t.Errorf("overlap %v: %v, want %v", overlap, got, want)
		}
	}
	if got := effective([]float64{1, -1, 1, -1}, 2); got != 4 {
		t.Errorf("a signal that turns each step: %v", got)
	}
}

func TestRanks(t *testing.T) {
	if got := ranks([]float64{3, 1, 3, 2, 3}); !slices.Equal(got, []float64{4, 1, 4, 2, 4}) {
		t.Error(got)
	}
}

func TestSpread(t *testing.T) {
	var list []int
	for i := range 100 {
		list = append(list, 100-i)
	}
	if s := *spread(list); s != (Spread[int]{100, 1, 5, 25, 50, 75, 95, 100}) {
		t.Error(s)
	}
	if s := *spread([]int{7}); s != (Spread[int]{1, 7, 7, 7, 7, 7, 7, 7}) {
		t.Error(s)
	}
	if spread([]int(nil)) != nil {
		t.Error("a spread of nothing")
	}
}

// TestStep: stamps that are late by seconds have the step that is meant.
func TestStep(t *testing.T) {
	const s = market.Time(1e9)
	for _, c := range []struct {
		times []market.Time
		want  market.Duration
	}{
		{nil, 0}, {[]market.Time{5 * s}, 0},
		{[]market.Time{0, 3600 * s, 7215 * s, 10790 * s}, market.Duration(market.Hour)},
		{[]market.Time{0, 10 * s, 20 * s}, market.Duration(10 * s)},
		{[]market.Time{0, market.Day, 2 * market.Day, 9 * market.Day}, market.Duration(market.Day)},
	} {
		if got := stepOf(c.times); got != c.want {
			t.Errorf("%v: %s, want %s", c.times, got, c.want)
		}
	}
}

func TestRounded(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 1.0000000001: 1, -0.1234567891: -0.123456789, 1e300: 1e300, 123456789012: 123456789000} {
		if got := rounded(x); got == nil || *got != want {
			t.Errorf("%v: %v", x, got)
		}
	}
	if rounded(math.NaN()) != nil || rounded(math.Inf(1)) != nil {
		t.Error("what is no number is rounded")
	}
}

// TestMedian holds the tree against a sorted list.
func TestMedian(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for n := range 70 {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(rnd.IntN(1 + n/2))
		}
		m, sorted := medianOf(x), []float64{}
		for _, v := range x {
			m.add(v)
			sorted = append(sorted, v)
			slices.Sort(sorted)
			if got, want := m.value(), quantile(sorted, 0.5); got != want {
				t.Fatalf("%v: %v, want %v", sorted, got, want)
			}
		}
	}
}
