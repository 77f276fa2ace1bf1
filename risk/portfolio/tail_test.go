package portfolio

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func mustTail(t testing.TB, parametric, shortfall bool, confidence string, n, horizon int) *tail {
	t.Helper()
	m, err := newTail(parametric, shortfall, dec(confidence), n, horizon)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance*max(1, math.Abs(a), math.Abs(b))
}

// losses makes profits of −1 to −n, shuffled.
func losses(n int) []float64 {
	var list []float64
	for _, k := range rand.New(rand.NewPCG(3, 4)).Perm(n) {
		list = append(list, -float64(k+1))
	}
	return list
}

// TestTailByHand: of losses 1 to n, m = n (1 − c).
func TestTailByHand(t *testing.T) {
	for _, x := range []struct {
		n                   int
		confidence          string
		horizon             int
		value, beyond       float64
		parametric, average float64 // σ² of 1 to n is n (n + 1) ÷ 12
	}{
		{20, "0.9", 1, 18, 19.5, 1.2815515655446004 * math.Sqrt(35), 1.7549833193248683 * math.Sqrt(35)},                                 // m = 2
		{20, "0.95", 1, 19, 20, 1.6448536269514722 * math.Sqrt(35), 2.0627128075074257 * math.Sqrt(35)},                                  // m = 1
		{25, "0.9", 1, 23, (25 + 24 + 0.5*23) / 2.5, 1.2815515655446004 * math.Sqrt(650.0/12), 1.7549833193248683 * math.Sqrt(650.0/12)}, // m = 2.5
		{20, "0.95", 4, 38, 40, 2 * 1.6448536269514722 * math.Sqrt(35), 2 * 2.0627128075074257 * math.Sqrt(35)},                          // √4
		{120, "0.99", 1, 119, (120 + 0.2*119) / 1.2, 2.3263478740408408 * math.Sqrt(1210), 2.6652142203457763 * math.Sqrt(1210)},         // m = 1.2
	} {
		for _, y := range []struct {
			parametric, shortfall bool
			want                  float64
		}{{false, false, x.value}, {false, true, x.beyond}, {true, false, x.parametric}, {true, true, x.average}} {
			m := mustTail(t, y.parametric, y.shortfall, x.confidence, x.n, x.horizon)
			if got := m.of(losses(x.n)); !near(got, y.want, 1e-13) {
				t.Errorf("n = %d, c = %s, parametric %v, shortfall %v: %v, not %v", x.n, x.confidence, y.parametric, y.shortfall, got, y.want)
			}
		}
	}
}

// TestNormalQuantiles compares with tables.
func TestNormalQuantiles(t *testing.T) {
	for p, want := range map[float64]float64{
		0.5: 0, 0.9: 1.2815515655446004, 0.95: 1.6448536269514722, 0.975: 1.959963984540054, 0.99: 2.3263478740408408, 0.999: 3.090232306167813,
	} {
		if got := quantile(p); math.Abs(got-want) > 1e-13 {
			t.Errorf("quantile of %v: %v, not %v", p, got, want)
		}
	}
}

// profitsOf draws profits, many of them equal.
func profitsOf(rt *rapid.T) []float64 {
	n := rapid.IntRange(20, 300).Draw(rt, "n")
	wide := rapid.Int64Range(1, 1e6).Draw(rt, "range")
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) float64 {
		return float64(rapid.Int64Range(-wide, wide).Draw(rt, "profit")) / 100
	}), n, n).Draw(rt, "profits")
}

func confidenceOf(rt *rapid.T, name string, n int) decimal.Decimal {
	most := min(999, 1000-1000/int64(n)-1)
	return decimal.New(rapid.Int64Range(900, most).Draw(rt, name), -3)
}

// TestTailAgainstDefinitions: value at risk is the smallest loss that at least the share
// c does not exceed; expected shortfall the least of x + Σ max(loss − x, 0) ÷ m over x
// (Rockafellar, Uryasev, Optimization of conditional value-at-risk, 2000); the parametric
// ones follow from the deviation, in exact arithmetic.
func TestTailAgainstDefinitions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := profitsOf(rt)
		n, c := len(p), confidenceOf(rt, "confidence", len(p))
		m := decimal.New(1, 0).Sub(c).Mul(decimal.New(int64(n), 0))
		value, least := math.Inf(1), math.Inf(1)
		for _, candidate := range p {
			x, covered, beyond := -candidate, 0, 0.0
			for _, q := range p {
				if -q <= x {
					covered++
				}
				beyond += max(-q-x, 0)
			}
			if decimal.New(int64(covered), 0).GreaterThanOrEqual(c.Mul(decimal.New(int64(n), 0))) {
				value = min(value, x)
			}
			least = min(least, x+beyond/market.Float(m))
		}
		sigma := deviation(p)
		z := quantile(market.Float(c))
		for _, y := range []struct {
			name                  string
			parametric, shortfall bool
			want                  float64
		}{
			{"historical var", false, false, max(0, value)}, {"historical cvar", false, true, max(0, least)},
			{"parametric var", true, false, z * sigma}, {"parametric cvar", true, true, sigma * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / (1 - market.Float(c))},
		} {
			tail, err := newTail(y.parametric, y.shortfall, c, n, 1)
			if err != nil {
				rt.Fatal(err)
			}
			if got := tail.of(p); !near(got, y.want, 1e-11) {
				rt.Fatalf("%s at %s of %d bars: %v, not %v", y.name, c, n, got, y.want)
			}
		}
	})
}

// deviation is the sample deviation, exact but for its last rounding.
func deviation(p []float64) float64 {
	exact := func(x float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(x) }
	sum, n := exact(0), exact(float64(len(p)))
	for _, x := range p {
		sum.Add(sum, exact(x))
	}
	mean, squares := new(big.Float).SetPrec(300).Quo(sum, n), exact(0)
	for _, x := range p {
		d := exact(0).Sub(exact(x), mean)
		squares.Add(squares, d.Mul(d, d))
	}
	v, _ := squares.Quo(squares, exact(float64(len(p)-1))).Float64()
	return math.Sqrt(v)
}

// TestTailIsMonotone: the surer, the larger the loss; shortfall is never below value at
// risk, and never sums to more than its parts do.
func TestTailIsMonotone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := profitsOf(rt)
		lo, hi := confidenceOf(rt, "lower", len(p)), confidenceOf(rt, "higher", len(p))
		if lo.GreaterThan(hi) {
			lo, hi = hi, lo
		}
		parametric := rapid.Bool().Draw(rt, "parametric")
		of := func(shortfall bool, c decimal.Decimal, p []float64) float64 {
			tail, err := newTail(parametric, shortfall, c, len(p), 1)
			if err != nil {
				rt.Fatal(err)
			}
			return tail.of(p)
		}
		for _, shortfall := range []bool{false, true} {
			if a, b := of(shortfall, lo, p), of(shortfall, hi, p); a > b*(1+1e-12) {
				rt.Fatalf("%v at %s, %v at %s", a, lo, b, hi)
			}
		}
		if a, b := of(false, lo, p), of(true, lo, p); a > b*(1+1e-12) {
			rt.Fatalf("var %v is above cvar %v", a, b)
		}
		q, sum := slices.Clone(p), slices.Clone(p)
		rand.New(rand.NewPCG(1, uint64(len(q)))).Shuffle(len(q), func(i, k int) { q[i], q[k] = q[k], q[i] })
		for k := range sum {
			sum[k] += q[k]
		}
		if a, b := of(true, lo, sum), of(true, lo, p)+of(true, lo, q); a > b*(1+1e-9)+1e-9 {
			rt.Fatalf("cvar of the sum %v is above the sum %v", a, b)
		}
	})
}

// TestTooFewBarsForAConfidence refuses a quantile that history cannot show.
func TestTooFewBarsForAConfidence(t *testing.T) {
	if _, err := newTail(false, false, dec("0.99"), 99, 1); err == nil {
		t.Error("99 bars are taken for 99 %")
	}
	mustTail(t, false, false, "0.99", 100, 1)
	mustTail(t, true, false, "0.99", 20, 1)
}
