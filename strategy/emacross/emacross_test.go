package emacross_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/emacross"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// closes makes a random walk of whole cents.
func closes(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	list, x := make([]float64, n), int64(10_000)
	for i := range list {
		x += r.Int64N(301) - 150
		list[i] = float64(x) / 100
	}
	return list
}

// ema is the definition: the average of the first n values, then the recursion.
func ema(x []float64, n int) []float64 {
	out, sum := make([]float64, len(x)), 0.0
	for i := range x {
		switch {
		case i < n:
			sum += x[i]
			out[i] = sum / float64(n)
		default:
			out[i] = out[i-1] + 2/float64(n+1)*(x[i]-out[i-1])
		}
	}
	return out
}

// crossings returns when a position begins and ends, as the rule says.
func crossings(x []float64, fast, slow int) (want []string) {
	f, s := ema(x, fast), ema(x, slow)
	for i := slow; i < len(x); i++ {
		switch in := len(want)%2 == 1; {
		case f[i-1] <= s[i-1] && f[i] > s[i] && !in:
			want = append(want, fmt.Sprint(i+1, " buy"))
		case f[i-1] >= s[i-1] && f[i] < s[i] && in:
			want = append(want, fmt.Sprint(i+1, " sell"))
		}
	}
	return want
}

func TestTradesAtCrossings(t *testing.T) {
	for seed := range uint64(20) {
		x := closes(seed, 300)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: x}}}
		if diff := cmp.Diff(crossings(x, 3, 8), story.Sides(t, &emacross.Config{Fast: 3, Slow: 8})); diff != "" {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

// The first bar on which both averages have a bar before them is number slow + 1.
func TestWarmsUpInSlowPlusOneBars(t *testing.T) {
	for _, c := range []struct {
		closes []float64
		want   []string
	}{{[]float64{10, 9, 8, 20}, []string{"4 buy"}}, {[]float64{10, 9, 20}, nil}} {
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.closes}}}
		if diff := cmp.Diff(c.want, story.Sides(t, &emacross.Config{Fast: 1, Slow: 3})); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", c.closes, diff)
		}
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for _, c := range []emacross.Config{{Fast: 5, Slow: 5}, {Fast: 0, Slow: 5}, {Fast: 5, Slow: 1 << 21}} {
		if _, err := story.Play(&c); err == nil || !strings.Contains(err.Error(), "slow") {
			t.Errorf("fast %d, slow %d: %v", c.Fast, c.Slow, err)
		}
	}
}

func TestShortAverages(t *testing.T) {
	strategytest.Run(t, emacross.Plugin(), strategytest.Interval(15*market.Minute), strategytest.Bars(400), strategytest.Seed(7),
		strategytest.With(func(c *emacross.Config) { c.Fast, c.Slow = 5, 12 }))
}
