package rsireversion_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/strategy/rsireversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// With a period of one the index is 100 after a rise and 0 after a fall.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		moves  map[int]float64
		closes []float64
		want   []string
	}{
		{"in after a fall, out after a rise", nil, []float64{10, 9, 9, 10}, []string{"2 buy", "4 sell"}},
		{"a zone is entered once", nil, []float64{10, 9, 8, 7, 8, 9}, []string{"2 buy", "5 sell"}},
		{"while in, oversold buys no more", nil, []float64{10, 9, 9, 8, 8, 7}, []string{"2 buy"}},
		{"without a position nothing is sold", nil, []float64{10, 11, 12, 12, 13}, nil},
		{"what never moves is between", nil, []float64{10, 10, 10}, nil},
		{"closed by another: the next oversold buys", map[int]float64{3: 0}, []float64{10, 9, 8, 7, 7, 7, 6}, []string{"2 buy", "3 sell", "7 buy"}},
		{"closed by another: nothing is left to sell twice", map[int]float64{3: 0}, []float64{10, 9, 8, 8, 9, 9, 10}, []string{"2 buy", "3 sell"}},
		{"held from before: sold, not bought again", map[int]float64{2: 1}, []float64{10, 10, 9, 9, 10}, []string{"2 buy", "5 sell"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := rsireversion.Plugin().New().(*rsireversion.Config)
			x.Period = 1
			story := strategytest.Story{Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.closes}}}
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// rsi is the definition: means of the first n changes, then Wilder's smoothing.
func rsi(x []float64, n int) []float64 {
	out, gain, loss := make([]float64, len(x)), 0.0, 0.0
	for i := 1; i < len(x); i++ {
		k := float64(min(i, n))
		gain += (max(x[i]-x[i-1], 0) - gain) / k
		loss += (max(x[i-1]-x[i], 0) - loss) / k
		out[i] = 100 * gain / (gain + loss)
	}
	return out
}

func TestTradesAtTheThresholds(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		closes, cents := make([]float64, 300), int64(100_00)
		for i := range closes {
			cents += r.Int64N(301) - 150
			closes[i] = float64(cents) / 100
		}
		var want []string
		for i, v := range rsi(closes, 5) {
			switch in := len(want)%2 == 1; {
			case i < 5:
			case v < 30 && !in:
				want = append(want, fmt.Sprint(i+1, " buy"))
			case v > 70 && in:
				want = append(want, fmt.Sprint(i+1, " sell"))
			}
		}
		c := rsireversion.Plugin().New().(*rsireversion.Config)
		c.Period = 5
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}
		if diff := cmp.Diff(want, story.Sides(t, c)); diff != "" || len(want) < 5 {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*rsireversion.Config){
		"period = 0": func(c *rsireversion.Config) { c.Period = 0 },
		"enter = 70": func(c *rsireversion.Config) { c.Enter = c.Exit },
		"weight = 2": func(c *rsireversion.Config) { c.Weight = 2 },
	} {
		c := rsireversion.Plugin().New().(*rsireversion.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestShortPeriod(t *testing.T) {
	strategytest.Run(t, rsireversion.Plugin(), strategytest.Bars(300), strategytest.Seed(7),
		strategytest.With(func(c *rsireversion.Config) { c.Period, c.Enter, c.Exit, c.Weight = 3, 20, 60, 0.3 }))
}
