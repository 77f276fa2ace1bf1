package fixedweights_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/strategy/fixedweights"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Each day from the second on is looked at: schedules start after the first instant.
func TestRules(t *testing.T) {
	half := map[string]float64{"BTCUSDT": 0.5, "ETHUSDT": 0.5}
	bought := []string{"2 buy BTCUSDT", "2 buy ETHUSDT"}
	for _, c := range []struct {
		name    string
		weights map[string]float64
		band    float64
		moves   map[int]float64
		btc     []float64 // ETH stays where it is
		eth     []float64
		want    []string
	}{
		{"equal shares where none are named", nil, 0.05, nil, []float64{10, 10}, nil, bought},
		{"a weight of 0 is not bought", map[string]float64{"BTCUSDT": 0.5, "ETHUSDT": 0}, 0.05, nil, []float64{10, 10}, nil, bought[:1]},
		{"a weight below the band is bought", map[string]float64{"BTCUSDT": 0.03, "ETHUSDT": 0}, 0.05, nil, []float64{10, 10, 10}, nil, bought[:1]},
		{"within the band nothing moves", half, 0.05, nil, []float64{10, 10, 12}, nil, bought},
		{"above the band all go back", half, 0.05, nil, []float64{10, 10, 13, 13}, nil, append(bought[:2:2], "3 sell BTCUSDT", "4 buy ETHUSDT")},
		{"below the band too", half, 0.05, nil, []float64{10, 10, 7, 7}, nil, append(bought[:2:2], "3 sell ETHUSDT", "4 buy BTCUSDT")},
		{"without a band at each date", half, 0, nil, []float64{10, 10, 10.4, 10.4}, nil, append(bought[:2:2], "3 sell BTCUSDT", "4 buy ETHUSDT")},
		{"what is not listed yet stays cash", half, 0.05, nil, []float64{0, 0, 0, 10, 10}, []float64{10, 10, 10, 10, 10}, []string{"2 buy ETHUSDT", "4 buy BTCUSDT"}},
		{"closed by another: bought at the next date", half, 0.05, map[int]float64{3: 0}, []float64{10, 10, 10, 10}, nil, append(bought[:2:2], "3 sell BTCUSDT", "4 buy BTCUSDT")},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := fixedweights.Plugin().New().(*fixedweights.Config)
			x.Schedule, x.Weights, x.Band = "0 0 * * *", c.weights, c.band
			if c.eth == nil {
				c.eth = []float64{10, 10, 10, 10}[:len(c.btc)]
			}
			story := strategytest.Story{Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.btc}, {Symbol: "ETHUSDT", Closes: c.eth}}}
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The default looks on Mondays only. The story begins on one, at its first instant.
func TestOnMondays(t *testing.T) {
	flat := slices.Repeat([]float64{10}, 8)
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat}, {Symbol: "ETHUSDT", Closes: flat}}}
	if diff := cmp.Diff([]string{"7 buy BTCUSDT", "7 buy ETHUSDT"}, story.Sides(t, fixedweights.Plugin().New())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParameters(t *testing.T) {
	flat := []float64{10}
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat}, {Symbol: "ETHUSDT", Closes: flat}}}
	for word, set := range map[string]func(*fixedweights.Config){
		"band":                 func(c *fixedweights.Config) { c.Band = math.NaN() },
		"none for ETHUSDT":     func(c *fixedweights.Config) { c.Weights = map[string]float64{"BTCUSDT": 1} },
		"sum to 1.2":           func(c *fixedweights.Config) { c.Weights = map[string]float64{"BTCUSDT": 0.6, "ETHUSDT": 0.6} },
		"ETHUSDT = -0.5":       func(c *fixedweights.Config) { c.Weights = map[string]float64{"BTCUSDT": 1, "ETHUSDT": -0.5} },
		"names 1 symbols more": func(c *fixedweights.Config) { c.Weights = map[string]float64{"BTCUSDT": 1, "ETHUSDT": 0, "BTC": 0} },
		`schedule "@every 1h"`: func(c *fixedweights.Config) { c.Schedule = "@every 1h" },
	} {
		c := fixedweights.Plugin().New().(*fixedweights.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// A schedule that often falls between bars, and no band.
func TestSuiteBetweenBars(t *testing.T) {
	strategytest.Run(t, fixedweights.Plugin(), strategytest.Instruments(4), strategytest.Bars(300), strategytest.Seed(5),
		strategytest.With(func(c *fixedweights.Config) { c.Schedule, c.Band = "30 9 * * *", 0 }))
}
