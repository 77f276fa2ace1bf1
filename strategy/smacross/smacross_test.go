package smacross_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/smacross"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// closes makes a random walk of cents over so few of them that averages tie often.
func closes(seed uint64, n int) []int64 {
	r := rand.New(rand.NewPCG(seed, 0))
	list, x := make([]int64, n), int64(1000)
	for i := range list {
		x += r.Int64N(7) - 3
		list[i] = x
	}
	return list
}

// above compares the averages of the last f and s values up to i, in integers.
func above(x []int64, i, f, s int) int64 {
	sum := func(n int) (total int64) {
		for _, v := range x[i+1-n : i+1] {
			total += v
		}
		return total
	}
	return sum(f)*int64(s) - sum(s)*int64(f)
}

// crossings returns when a position begins and ends, as the rule says.
func crossings(x []int64, fast, slow int) (want []string) {
	for i := slow; i < len(x); i++ {
		was, is := above(x, i-1, fast, slow), above(x, i, fast, slow)
		switch in := len(want)%2 == 1; {
		case was <= 0 && is > 0 && !in:
			want = append(want, fmt.Sprint(i+1, " buy"))
		case was >= 0 && is < 0 && in:
			want = append(want, fmt.Sprint(i+1, " sell"))
		}
	}
	return want
}

// A tie is a tie (semantics D5).
func TestTradesAtCrossings(t *testing.T) {
	for seed := range uint64(20) {
		x := closes(seed, 300)
		prices := make([]float64, len(x))
		for i, v := range x {
			prices[i] = float64(v) / 100
		}
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: prices}}}
		if diff := cmp.Diff(crossings(x, 3, 8), story.Sides(t, &smacross.Config{Fast: 3, Slow: 8})); diff != "" {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	if _, err := story.Play(&smacross.Config{Fast: 5, Slow: 5}); err == nil || !strings.Contains(err.Error(), "less than slow = 5") {
		t.Errorf("fast 5, slow 5: %v", err)
	}
}

func TestShortAverages(t *testing.T) {
	strategytest.Run(t, smacross.Plugin(), strategytest.Interval(15*market.Minute), strategytest.Bars(400), strategytest.Seed(7),
		strategytest.With(func(c *smacross.Config) { c.Fast, c.Slow = 5, 12 }))
}
