package market_test

import (
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// TestSumIsExact adds, takes away and multiplies amounts of all sizes, past the 18
// digits that a Sum holds as an integer, and compares with decimals at every step.
func TestSumIsExact(t *testing.T) {
	amount := rapid.Custom(func(t *rapid.T) decimal.Decimal {
		n := rapid.SampledFrom([]int64{0, 1, 999, 123_456_789, 999_999_999_999_999_999, 1_000_000_000_000_000_000, 1 << 62}).Draw(t, "size")
		return decimal.New(rapid.Int64Range(-n, n).Draw(t, "n"), rapid.Int32Range(-20, 3).Draw(t, "exp"))
	})
	rapid.Check(t, func(t *rapid.T) {
		want := amount.Draw(t, "start")
		got := market.SumOf(want)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			x := amount.Draw(t, "amount")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				want, got = want.Add(x), got.Plus(market.SumOf(x))
			case 1:
				want, got = want.Sub(x), got.Minus(market.SumOf(x))
			default:
				y := amount.Draw(t, "factor")
				want, got = want.Add(x.Mul(y)), got.Plus(market.Product(x, y))
			}
			if d := got.Decimal(); !d.Equal(want) || d.String() != want.String() || got.IsZero() != want.IsZero() {
				t.Fatalf("sum is %s, decimals make it %s", d, want)
			}
		}
		rate, places := decimal.New(rapid.Int64Range(0, 100_000).Draw(t, "rate"), -7), rapid.Int32Range(0, 8).Draw(t, "places")
		if a, b := market.FeeOn(got, rate, places), market.Fee(want, rate, places); !a.Equal(b) {
			t.Fatalf("fee on %s at %s is %s, of the decimal %s", want, rate, a, b)
		}
	})
}

func TestSumAllocatesNothing(t *testing.T) {
	s, price, quantity := market.Sum{}, decimal.New(2_000_001, -2), decimal.New(12_345_678, -8)
	if n := testing.AllocsPerRun(100, func() { s = s.Plus(market.Product(price, quantity)) }); n != 0 {
		t.Errorf("adding a product allocates %v times", n)
	}
}

// TestSumsAgreeWithDecimals compares the arithmetic of sums, wide ones included, and the
// writing of decimals, with those of decimals.
func TestSumsAgreeWithDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	draw := func() decimal.Decimal {
		return decimal.New(r.Int64N(2*999_999_999_999_999)-999_999_999_999_999, -int32(r.IntN(14))).Shift(-int32(r.IntN(3)))
	}
	for range 20_000 {
		a, b := draw(), draw()
		x, y := market.SumOf(a), market.SumOf(b)
		for name, c := range map[string][2]decimal.Decimal{
			"times": {x.Times(y).Decimal(), a.Mul(b)}, "neg": {x.Neg().Decimal(), a.Neg()},
			"abs": {x.Abs().Decimal(), a.Abs()}, "max": {x.Max(y).Decimal(), decimal.Max(a, b)},
			"collar": {market.CollarSum(x).Decimal(), market.CollarPrice(a)},
		} {
			if !c[0].Equal(c[1]) {
				t.Fatalf("%s of %s and %s is %s, want %s", name, a, b, c[0], c[1])
			}
		}
		if x.Sign() != a.Sign() || string(market.AppendDecimal(nil, a)) != a.String() {
			t.Fatalf("%s has sign %d and is written %s", a, x.Sign(), market.AppendDecimal(nil, a))
		}
	}
	for _, s := range []string{"0", "-0.5", "100", "1e3", "-12.3400", "0.00000001"} {
		if d := decimal.RequireFromString(s); string(market.AppendDecimal(nil, d)) != d.String() {
			t.Errorf("%s is written %s", d, market.AppendDecimal(nil, d))
		}
	}
	for _, p := range []float64{0, 0.07, 123.45, 65000.5} {
		if got, want := market.PriceSum(p, 2).Decimal(), market.Price(p, 2); !got.Equal(want) {
			t.Errorf("PriceSum(%v) = %s, want %s", p, got, want)
		}
	}
}
