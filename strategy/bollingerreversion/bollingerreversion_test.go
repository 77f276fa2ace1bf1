package bollingerreversion_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/strategy/bollingerreversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Over two bars, with bands half a deviation wide, a fall ends below the lower band and a rise
// above the upper one.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		moves  map[int]float64
		closes []float64
		want   []string
	}{
		{"in after a fall, out after a rise", nil, []float64{10, 9, 9, 10}, []string{"2 buy", "4 sell"}},
		{"a zone is entered once", nil, []float64{10, 9, 8, 7, 8, 9}, []string{"2 buy", "5 sell"}},
		{"while in, a fall buys no more", nil, []float64{10, 9, 9, 8, 8, 7}, []string{"2 buy"}},
		{"without a position nothing is sold", nil, []float64{10, 11, 12, 12, 13}, nil},
		{"what never moves is between", nil, []float64{10, 10, 10}, nil},
		{"closed by another: the next a fall buys", map[int]float64{3: 0}, []float64{10, 9, 8, 7, 7, 7, 6}, []string{"2 buy", "3 sell", "7 buy"}},
		{"closed by another: nothing is left to sell twice", map[int]float64{3: 0}, []float64{10, 9, 8, 8, 9, 9, 10}, []string{"2 buy", "3 sell"}},
		{"held from before: sold, not bought again", map[int]float64{2: 1}, []float64{10, 10, 9, 9, 10}, []string{"2 buy", "5 sell"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := bollingerreversion.Plugin().New().(*bollingerreversion.Config)
			x.Period, x.Width = 2, 0.5
			story := strategytest.Story{Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.closes}}}
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestExits(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{10, 10, 7, 10, 13}}}}
	for exit, want := range map[string][]string{"middle": {"3 buy", "4 sell"}, "upper": {"3 buy", "5 sell"}} {
		c := &bollingerreversion.Config{Period: 3, Width: 1, Exit: exit}
		if diff := cmp.Diff(want, story.Sides(t, c)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", exit, diff)
		}
	}
}

// A position begins below the lower band and ends above the line of the exit.
func TestTradesAtTheBands(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		closes, cents := make([]float64, 300), int64(100_00)
		bands := indicator.NewBollinger(5, 1.5)
		var want []string
		for i := range closes {
			cents += r.Int64N(301) - 150
			closes[i] = float64(cents) / 100
			bands.Update(closes[i])
			switch in := len(want)%2 == 1; {
			case !bands.Ready():
			case closes[i] < bands.Lower() && !in:
				want = append(want, fmt.Sprint(i+1, " buy"))
			case closes[i] > bands.Upper() && in:
				want = append(want, fmt.Sprint(i+1, " sell"))
			}
		}
		c := &bollingerreversion.Config{Period: 5, Width: 1.5, Exit: "upper"}
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}
		if diff := cmp.Diff(want, story.Sides(t, c)); diff != "" || len(want) < 5 {
			t.Errorf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*bollingerreversion.Config){
		"period = 1":   func(c *bollingerreversion.Config) { c.Period = 1 },
		"width = NaN":  func(c *bollingerreversion.Config) { c.Width = math.NaN() },
		`exit = "low"`: func(c *bollingerreversion.Config) { c.Exit = "low" },
		"weight = 2":   func(c *bollingerreversion.Config) { c.Weight = 2 },
	} {
		c := bollingerreversion.Plugin().New().(*bollingerreversion.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestShortPeriod(t *testing.T) {
	strategytest.Run(t, bollingerreversion.Plugin(), strategytest.Bars(300), strategytest.Seed(7),
		strategytest.With(func(c *bollingerreversion.Config) { c.Period, c.Exit, c.Weight = 10, "upper", 0.3 }))
}
