package indicator

import (
	"math"
	"math/big"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// TestQuotient compares the division with that of rationals.
func TestQuotient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum := rapid.Int64Range(-1<<62, 1<<62).Draw(t, "sum")
		unit := rapid.Uint64Range(1, 1<<63).Draw(t, "unit")
		r := new(big.Rat).SetFrac(big.NewInt(sum), new(big.Int).SetUint64(unit))
		if want, _ := r.Float64(); quotient(sum, unit) != want {
			t.Fatalf("%v, want %v", quotient(sum, unit), want)
		}
		if sum >= 0 && longQuotient(uint64(sum), unit) != quotient(sum, unit) {
			t.Fatalf("long %v, short %v", longQuotient(uint64(sum), unit), quotient(sum, unit))
		}
	})
}

// TestQuotientNearTies divides to just above the middle of two floats, where the
// last bits of the quotient alone look like a tie.
func TestQuotientNearTies(t *testing.T) {
	tried := 0
	for unit := uint64(1<<61 + 1); tried < 100; unit += 2 {
		inverse := unit // of unit, modulo 2^64, by Newton's method
		for range 6 {
			inverse *= 2 - unit*inverse
		}
		middle := -inverse & (1<<54 - 1)
		if middle < 1<<53 || middle&3 != 1 {
			continue // not 54 bits, or the tie would go up anyway
		}
		tried++
		high, low := bits.Mul64(middle, unit)
		sum := high<<10 + low>>54 + 1 // (middle × unit + 1) ÷ 2^54, without remainder
		want := float64(middle+1) / (1 << 54)
		if got := quotient(int64(sum), unit); got != want {
			t.Fatalf("%d ÷ %d is %v, want %v", sum, unit, got, want)
		}
	}
}

// TestCount checks that an average counts what market.Ticks counts.
func TestCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pow := market.Pow10(rapid.Int32Range(0, 18).Draw(t, "scale"))
		ticks := rapid.Int64Range(-maxTicks+1, maxTicks-1).Draw(t, "ticks")
		s := NewSMA(1, 0)
		s.pow = pow
		s.Update(float64(ticks) / pow)
		if got := market.Ticks(float64(ticks)/pow, pow); s.sum != ticks || got != ticks || s.loose != nil {
			t.Fatalf("%d, and market.Ticks %d, want %d", s.sum, got, ticks)
		}
	})
}

// TestTotal compares a rolling sum with one of exact numbers, through values of all sizes,
// and expects n zeros to sum to 0 and not to what rounding left.
func TestTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "period")
		sum := makeTotal(n)
		var values []float64
		for i := range rapid.IntRange(n, 60).Draw(t, "values") {
			x := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(-1, 1), rapid.Float64Range(-1e25, 1e25)).Draw(t, "x")
			if (i+n/2)%(3*n) >= n {
				x = 0
			}
			sum.add(x)
			values = append(values, x)
			want, size := new(big.Float).SetPrec(2000), 0.0
			for _, x := range values[max(0, len(values)-2*n):] {
				size = max(size, math.Abs(x))
			}
			for _, x := range values[max(0, len(values)-n):] {
				want.Add(want, big.NewFloat(x))
			}
			got, _ := want.Float64()
			zeros := sum.zeros >= n
			if off := math.Abs(sum.value() - got); off > 1e-15*math.Abs(got)+1e-28*size || zeros && off != 0 {
				t.Fatalf("after %d values: %v, want %v", len(values), sum.value(), got)
			}
		}
	})
}
