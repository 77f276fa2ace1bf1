package indicator_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// TestSMAPairIsTwoSMAs compares a pair with two averages over walks with many ties,
// and with a value off the grid now and then.
func TestSMAPairIsTwoSMAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fast := rapid.IntRange(1, 12).Draw(t, "fast")
		slow := rapid.IntRange(fast+1, 30).Draw(t, "slow")
		scale := rapid.SampledFrom([]int32{0, 2, 8, market.FreeScale}).Draw(t, "scale")
		pair := indicator.NewSMAPair(fast, slow, scale)
		a, b := indicator.NewSMA(fast, scale), indicator.NewSMA(slow, scale)
		tick, exact := int64(1000), true
		for n := range rapid.IntRange(1, 120).Draw(t, "bars") {
			tick += rapid.Int64Range(-2, 2).Draw(t, "move")
			x := float64(tick) / market.Pow10(max(scale, 0))
			if rapid.IntRange(0, 200).Draw(t, "off") == 0 {
				x += 1e-11
				exact = false
			}
			pair.Update(x)
			a.Update(x)
			b.Update(x)
			if want := n+1 >= slow; pair.Ready() != want || pair.Ready() != b.Ready() {
				t.Fatalf("after %d values: ready %v, want %v", n+1, pair.Ready(), want)
			}
			if !pair.Ready() {
				continue
			}
			// Off the grid both add floats, from other places in their rings.
			near := func(x, y float64) bool { return x == y || !exact && math.Abs(x-y) < 1e-12*y }
			if got, want := pair.Compare(), indicator.Compare(a, b); got != want && !near(a.Value(), b.Value()) {
				t.Fatalf("after %d values: pair compares %d, averages %d", n+1, got, want)
			}
			if f, s := pair.Values(); !near(f, a.Value()) || !near(s, b.Value()) {
				t.Fatalf("after %d values: pair %v %v, averages %v %v", n+1, f, s, a.Value(), b.Value())
			}
		}
	})
}

func TestSMAPairAllocatesNothing(t *testing.T) {
	p := indicator.NewSMAPair(20, 50, 2)
	x := 100.0
	if n := testing.AllocsPerRun(1000, func() { x += 0.25; p.Update(x); _ = p.Compare() }); n != 0 {
		t.Errorf("an update allocates %v times", n)
	}
}

func BenchmarkSMAPair(b *testing.B) {
	p := indicator.NewSMAPair(200, 800, 2)
	x, sum := 100.0, 0
	for b.Loop() {
		p.Update(x)
		sum += p.Compare()
	}
	_ = sum
}
