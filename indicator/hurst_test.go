package indicator_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
)

// TestHurstTellsTheKindOfMarket feeds prices whose returns go on, are random, or turn back.
func TestHurstTellsTheKindOfMarket(t *testing.T) {
	for _, c := range []struct {
		name      string
		memory    float64 // how much of a return the next one repeats
		low, high float64
	}{
		{"trending", 0.7, 0.6, 1}, {"random", 0, 0.4, 0.55}, {"reverting", -0.7, -0.1, 0.4},
	} {
		mean, deviation := hurstOf(c.memory)
		t.Logf("%s: %.2f, deviation %.2f", c.name, mean, deviation)
		if !(mean > c.low && mean < c.high) || deviation > 0.12 {
			t.Errorf("%s: %.2f with a deviation of %.2f, want from %v to %v", c.name, mean, deviation, c.low, c.high)
		}
	}
}

// hurstOf returns the mean and the deviation of Hurst(128) over 300 markets whose returns
// repeat so much of the last one.
func hurstOf(memory float64) (mean, deviation float64) {
	var found []float64
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		h, x, last := indicator.NewHurst(128), 100.0, 0.0
		for !h.Ready() {
			last = memory*last + 0.01*r.NormFloat64()
			x *= math.Exp(last)
			h.Update(x)
		}
		found = append(found, h.Value())
	}
	return average(found), scatter(found)
}
