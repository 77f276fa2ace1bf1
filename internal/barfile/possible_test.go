package barfile

import (
	"math"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"pgregory.net/rapid"
)

// TestPossible holds the fast check and market.Bar.Check together.
func TestPossible(t *testing.T) {
	values := rapid.SampledFrom([]float64{-1, 0, 5e-324, 1, 1, 1, 2, 3, 1e12, 1.1e12, math.MaxFloat64, math.Inf(1), math.NaN()})
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(values, 5, 5).Draw(t, "values")
		b := market.Bar{Open: v[0], High: v[1], Low: v[2], Close: v[3], Volume: v[4]}
		if got, err := possible(b), b.Check(); got != (err == nil) {
			t.Fatalf("%+v: possible %v, check %v", b, got, err)
		}
	})
}
