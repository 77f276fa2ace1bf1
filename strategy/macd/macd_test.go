package macd_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/strategy/macd"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Averages of one and two bars, and a signal line over two: the first bar with one is the
// third.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		short  bool
		moves  map[int]float64
		closes []float64
		want   []string
	}{
		{"a side that is there at the start counts", false, nil, []float64{10, 10, 11, 12}, []string{"3 buy"}},
		{"in above the signal line, out below", false, nil, []float64{10, 10, 11, 9, 8}, []string{"3 buy", "4 sell"}},
		{"below, flat, nothing is sold", false, nil, []float64{10, 10, 9, 7, 4}, nil},
		{"on the line nothing happens", false, nil, []float64{10, 10, 10, 10}, nil},
		{"closed by another: in again once it was below", false, map[int]float64{4: 0}, []float64{10, 10, 11, 13, 17, 16, 20}, []string{"3 buy", "4 sell", "7 buy"}},
		{"short below", true, nil, []float64{10, 10, 9, 12}, []string{"3 sell", "4 buy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := macd.Plugin().New().(*macd.Config)
			x.Fast, x.Slow, x.Signal, x.Short = 1, 2, 2, c.short
			story := strategytest.Story{Perpetual: c.short, Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.closes}}}
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A position begins and ends where the difference changes sides of its signal line.
func TestFollowsTheLine(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		closes, cents := make([]float64, 300), int64(100_00)
		line := indicator.NewMACD(3, 7, 4)
		var want []string
		for i := range closes {
			cents += r.Int64N(301) - 150
			closes[i] = float64(cents) / 100
			line.Update(closes[i])
			switch in := len(want)%2 == 1; {
			case line.Histogram() > 0 && !in:
				want = append(want, fmt.Sprint(i+1, " buy"))
			case line.Histogram() < 0 && in:
				want = append(want, fmt.Sprint(i+1, " sell"))
			}
		}
		c := macd.Plugin().New().(*macd.Config)
		c.Fast, c.Slow, c.Signal = 3, 7, 4
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}
		if diff := cmp.Diff(want, story.Sides(t, c)); diff != "" || len(want) < 10 {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestSuiteOfFutures(t *testing.T) {
	strategytest.Run(t, macd.Plugin(), strategytest.Perpetual(), strategytest.Instruments(1), strategytest.Bars(200), strategytest.Seed(3),
		strategytest.With(func(c *macd.Config) { c.Short, c.Weight = true, 0.3 }))
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*macd.Config){
		"fast = 26":    func(c *macd.Config) { c.Fast = 26 },
		"slow = 1,":    func(c *macd.Config) { c.Fast, c.Slow = 1, 1 },
		"signal = 0":   func(c *macd.Config) { c.Signal = 0 },
		"weight = 2":   func(c *macd.Config) { c.Weight = 2 },
		"short = true": func(c *macd.Config) { c.Short = true },
	} {
		c := macd.Plugin().New().(*macd.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
