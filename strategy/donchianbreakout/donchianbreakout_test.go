package donchianbreakout_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/strategy/donchianbreakout"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Channels of four and two bars.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		short  bool
		moves  map[int]float64
		closes []float64
		want   []string
	}{
		{"in above the highest of four, out below the lowest of two", false, nil, []float64{10, 12, 9, 11, 13, 15, 14, 12.9}, []string{"5 buy", "8 sell"}},
		{"the ends of the channels do nothing", false, nil, []float64{10, 12, 9, 11, 12, 13, 14, 13, 13}, []string{"6 buy"}},
		{"not before four bars", false, nil, []float64{10, 12, 13, 14}, nil},
		{"below, flat, nothing is sold", false, nil, []float64{10, 12, 9, 11, 8, 7, 6}, nil},
		{"the next high buys no more", false, nil, []float64{10, 12, 9, 11, 13, 14, 15, 16}, []string{"5 buy"}},
		{"closed by another: in again after an exit of its own", false, map[int]float64{6: 0}, []float64{10, 12, 9, 11, 13, 14, 15, 12, 11, 16}, []string{"5 buy", "6 sell", "10 buy"}},
		{"short below the lowest of four, flat above the highest of two", true, nil, []float64{10, 12, 9, 11, 8, 7, 7, 8.1}, []string{"5 sell", "8 buy"}},
		{"from one side to the other", true, nil, []float64{10, 12, 9, 11, 13, 8}, []string{"5 buy", "6 sell"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := donchianbreakout.Plugin().New().(*donchianbreakout.Config)
			x.Enter, x.Exit, x.Short = 4, 2, c.short
			story := strategytest.Story{Perpetual: c.short, Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.closes}}}
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A position begins above what the n bars before reached, and ends below what the m did. A bar
// of a story reaches from the close before it to its own.
func TestTradesAtTheChannels(t *testing.T) {
	const n, m = 8, 3
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		closes, cents := []float64{100}, int64(100_00)
		for range 300 {
			cents += r.Int64N(301) - 150
			closes = append(closes, float64(cents)/100)
		}
		var want []string
		for i := n; i < len(closes); i++ {
			switch in := len(want)%2 == 1; {
			case !in && closes[i] > slices.Max(closes[max(0, i-n-1):i]):
				want = append(want, fmt.Sprint(i+1, " buy"))
			case in && closes[i] < slices.Min(closes[i-m-1:i]):
				want = append(want, fmt.Sprint(i+1, " sell"))
			}
		}
		c := &donchianbreakout.Config{Enter: n, Exit: m}
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}
		if diff := cmp.Diff(want, story.Sides(t, c)); diff != "" || len(want) < 10 {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestSuiteOfFutures(t *testing.T) {
	strategytest.Run(t, donchianbreakout.Plugin(), strategytest.Perpetual(), strategytest.Instruments(1), strategytest.Bars(200), strategytest.Seed(3),
		strategytest.With(func(c *donchianbreakout.Config) { c.Enter, c.Exit, c.Short, c.Weight = 10, 5, true, 0.3 }))
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*donchianbreakout.Config){
		"exit = 21":    func(c *donchianbreakout.Config) { c.Exit = 21 },
		"exit = 0":     func(c *donchianbreakout.Config) { c.Exit = 0 },
		"weight = 2":   func(c *donchianbreakout.Config) { c.Weight = 2 },
		"short = true": func(c *donchianbreakout.Config) { c.Short = true },
	} {
		c := donchianbreakout.Plugin().New().(*donchianbreakout.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
