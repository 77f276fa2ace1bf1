package rebalance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/rebalance"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const absent = -1

// play rebalances daily over days of grades of C, B and A. Grades of a day are known at
// its 00:00. A bar comes before, because schedules start after the first instant.
func play(t *testing.T, set func(*rebalance.Config), days ...[3]float64) []string {
	t.Helper()
	c := rebalance.Plugin().New().(*rebalance.Config)
	c.Schedule = "0 0 * * *"
	set(c)
	story := strategytest.Story{Lead: 1, Markets: []strategytest.Prices{
		{Symbol: "CUSDT", Closes: flat(len(days) + 1)}, {Symbol: "BUSDT", Closes: flat(len(days) + 1)}, {Symbol: "AUSDT", Closes: flat(len(days) + 1)},
	}}
	for day, grades := range days {
		for k, g := range grades {
			story.Signals = append(story.Signals, market.Signal{
				Kind: "trader_grade", Subject: []market.Subject{"C", "B", "A"}[k], Value: g, Null: g == absent,
				Effective: story.Start() + market.Time(day+2)*market.Day,
			})
		}
	}
	return story.Sides(t, c)
}

func flat(n int) []float64 { return slices.Repeat([]float64{100}, n) }

func TestRules(t *testing.T) {
	top := func(n int) func(*rebalance.Config) { return func(c *rebalance.Config) { c.Top = n } }
	kept := func(n int) func(*rebalance.Config) {
		return func(c *rebalance.Config) { c.Top, c.OnAbsent = n, "keep" }
	}
	for _, c := range []struct {
		name string
		set  func(*rebalance.Config)
		days [][3]float64
		want []string
	}{
		{"the best", top(1), [][3]float64{{1, 3, 2}}, []string{"1 buy BUSDT"}},
		{"the best two", top(2), [][3]float64{{1, 3, 2}}, []string{"1 buy BUSDT", "1 buy AUSDT"}},
		{"equal grades by symbol", top(1), [][3]float64{{5, 5, 5}}, []string{"1 buy AUSDT"}},
		{"what was held goes", top(1), [][3]float64{{1, 3, 2}, {9, 3, 2}, {9, 3, 2}}, []string{"1 buy BUSDT", "2 sell BUSDT", "3 buy CUSDT"}},
		{"no change, no order", top(1), [][3]float64{{1, 3, 2}, {1, 4, 2}, {1, 5, 2}}, []string{"1 buy BUSDT"}},
		{"absent is not held", top(1), [][3]float64{{1, 3, 2}, {absent, absent, absent}}, []string{"1 buy BUSDT", "2 sell BUSDT"}},
		{"absent is not the worst", top(3), [][3]float64{{1, absent, -50}}, []string{"1 buy CUSDT", "1 buy AUSDT"}},
		{"absent stays", kept(1), [][3]float64{{1, 3, 2}, {absent, absent, absent}}, []string{"1 buy BUSDT"}},
		{"what stays takes a place", kept(1), [][3]float64{{1, 3, 2}, {7, absent, 8}}, []string{"1 buy BUSDT"}},
		{"absent never opens", kept(1), [][3]float64{{absent, absent, absent}}, nil},
		{"on Mondays only", func(c *rebalance.Config) { c.Schedule = "0 0 * * 1" }, make([][3]float64, 9), []string{"6 buy AUSDT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, c.days...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat(1)}}}
	for word, set := range map[string]func(*rebalance.Config){
		"kind":      func(c *rebalance.Config) { c.Kind = "" },
		"top = 2":   func(c *rebalance.Config) { c.Top = 2 },
		"top = 0":   func(c *rebalance.Config) { c.Top = 0 },
		"max_age":   func(c *rebalance.Config) { c.MaxAge = -1 },
		"on_absent": func(c *rebalance.Config) { c.OnAbsent = "" },
		"schedule":  func(c *rebalance.Config) { c.Schedule = "@every 1h" },
	} {
		c := rebalance.Plugin().New().(*rebalance.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// A schedule that often falls between bars.
func TestSuiteBetweenBars(t *testing.T) {
	strategytest.Run(t, rebalance.Plugin(), strategytest.OnSignals(), strategytest.Instruments(4), strategytest.Seed(5),
		strategytest.With(func(c *rebalance.Config) { c.Top, c.Schedule, c.OnAbsent = 2, "30 9 * * *", "keep" }))
}
