package market_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// exactLog computes the logarithm of x to 200 bits: x = 2^e × m, and the series of
// 2 artanh((m − 1) ÷ (m + 1)).
func exactLog(x float64) *big.Float {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = m*2, e-1
	}
	two := artanh2(number(2))
	return artanh2(number(m)).Add(artanh2(number(m)), two.Mul(two, number(float64(e))))
}

func number(x float64) *big.Float { return big.NewFloat(x).SetPrec(200) }

// artanh2 returns 2 artanh((m − 1) ÷ (m + 1)), which is ln m.
func artanh2(m *big.Float) *big.Float {
	s := number(0).Quo(number(0).Sub(m, number(1)), number(0).Add(m, number(1)))
	square, power, sum := number(0).Mul(s, s), s, number(0)
	for k := 1.0; k < 150; k += 2 {
		sum.Add(sum, number(0).Quo(power, number(k)))
		power = number(0).Mul(power, square)
	}
	return sum.Mul(sum, number(2))
}

// ulps returns how many units in the last place got is from want.
func ulps(got float64, want *big.Float) float64 {
	nearest, _ := want.Float64()
	unit := math.Abs(math.Nextafter(nearest, math.Inf(1)) - nearest)
	off, _ := number(0).Quo(number(0).Sub(number(got), want), number(unit)).Float64()
	return math.Abs(off)
}

// TestLog holds the logarithm against one of 200 bits: over all exponents, over ratios of
// prices, next to 1 and next to where the exponent changes.
func TestLog(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	worst := 0.0
	for i := range 2000 {
		x := 1 + (r.Float64()-0.5)*[]float64{1, 0.1, 1e-3, 1e-9}[i%4]
		switch i % 5 {
		case 0:
			x = math.Ldexp(1+r.Float64(), r.IntN(2000)-1000)
		case 1:
			x = math.Nextafter(math.Sqrt2/float64(1+i&1), float64(i&2)) * (1 + (r.Float64()-0.5)*1e-12)
		}
		worst = max(worst, ulps(market.Log(x), exactLog(x)))
	}
	for _, x := range []float64{5e-324, 1e-310, math.MaxFloat64, math.SmallestNonzeroFloat64, 0.5, 2, math.E, 10, 1 << 52,
		math.Nextafter(1, 0), math.Nextafter(1, 2)} {
		worst = max(worst, ulps(market.Log(x), exactLog(x)))
	}
	t.Logf("error of %.3f units in the last place", worst)
	if !(worst < 1) {
		t.Errorf("error of %v units in the last place", worst)
	}
}

func TestLogAtItsEdges(t *testing.T) {
	for x, want := range map[float64]float64{1: 0, 0: math.Inf(-1), math.Inf(1): math.Inf(1)} {
		if got := market.Log(x); got != want {
			t.Errorf("logarithm of %v is %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{-1, math.Inf(-1), math.NaN()} {
		if got := market.Log(x); !math.IsNaN(got) {
			t.Errorf("logarithm of %v is %v", x, got)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	x, sum := 1.0, 0.0
	for b.Loop() {
		sum += market.Log(x)
		x += 1e-6
	}
	_ = sum
}
