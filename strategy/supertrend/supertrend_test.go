package supertrend_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/strategy/strategytest"
	"github.com/signalman-trading/signalman/strategy/supertrend"
)

// A line at one range of one bar: the first bar with a trend is the second.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		short  bool
		moves  map[int]float64
		closes []float64
		want   []string
	}{
		{"a trend that is there at the start counts", false, nil, []float64{10, 11, 12}, []string{"2 buy"}},
		{"in up, out below the line", false, nil, []float64{10, 11, 12, 10}, []string{"2 buy", "4 sell"}},
		{"down, flat, nothing is sold", false, nil, []float64{12, 11, 10, 9, 8}, nil},
		{"up after down", false, nil, []float64{12, 11, 10, 13}, []string{"4 buy"}},
		{"closed by another: in again with the next trend up", false, map[int]float64{3: 0}, []float64{10, 11, 12, 13, 14, 10, 17}, []string{"2 buy", "3 sell", "7 buy"}},
		{"short while down", true, nil, []float64{12, 11, 10, 13}, []string{"2 sell", "4 buy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := supertrend.Plugin().New().(*supertrend.Config)
			x.Period, x.Multiplier, x.Short = 1, 1, c.short
			story := strategytest.Story{Perpetual: c.short, Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.closes}}}
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A position begins and ends where the line changes sides.
func TestFollowsTheLine(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		closes, cents := make([]float64, 300), int64(100_00)
		line := indicator.NewSuperTrend(5, 1)
		var want []string
		for i := range closes {
			before := float64(cents) / 100
			if i > 0 { // the first bar of a story has no range
				cents += r.Int64N(301) - 150
			}
			closes[i] = float64(cents) / 100
			line.Update(max(before, closes[i]), min(before, closes[i]), closes[i])
			switch in := len(want)%2 == 1; {
			case line.Up() && !in:
				want = append(want, fmt.Sprint(i+1, " buy"))
			case !line.Up() && in:
				want = append(want, fmt.Sprint(i+1, " sell"))
			}
		}
		c := supertrend.Plugin().New().(*supertrend.Config)
		c.Period, c.Multiplier = 5, 1
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}
		if diff := cmp.Diff(want, story.Sides(t, c)); diff != "" || len(want) < 10 {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestSuiteOfFutures(t *testing.T) {
	strategytest.Run(t, supertrend.Plugin(), strategytest.Perpetual(), strategytest.Instruments(1), strategytest.Bars(200), strategytest.Seed(3),
		strategytest.With(func(c *supertrend.Config) { c.Short, c.Weight = true, 0.3 }))
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*supertrend.Config){
		"period = 0":     func(c *supertrend.Config) { c.Period = 0 },
		"multiplier = 0": func(c *supertrend.Config) { c.Multiplier = 0 },
		"weight = 2":     func(c *supertrend.Config) { c.Weight = 2 },
		"short = true":   func(c *supertrend.Config) { c.Short = true },
	} {
		c := supertrend.Plugin().New().(*supertrend.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
