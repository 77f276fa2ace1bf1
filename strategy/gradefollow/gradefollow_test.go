package gradefollow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/gradefollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const hours = market.Time(time.Hour)

// grade is a value that is known at an hour of the story, about its subject then.
type grade struct {
	hour    int
	value   float64
	null    bool
	source  string
	subject market.Subject
}

// play runs over hourly bars of BTC and ETH.
func play(t *testing.T, set func(*gradefollow.Config), grades ...grade) []string {
	t.Helper()
	c := gradefollow.Plugin().New().(*gradefollow.Config)
	c.Enter, c.Exit = 60, 40
	set(c)
	story := strategytest.Story{Interval: market.Hour, Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: flat(60)}, {Symbol: "ETHUSDT", Closes: flat(60)},
	}}
	for _, g := range grades {
		story.Signals = append(story.Signals, market.Signal{
			Source: g.source, Kind: "trader_grade", Subject: g.subject, Effective: story.Start() + market.Time(g.hour)*hours, Value: g.value, Null: g.null,
		})
	}
	return story.Sides(t, c)
}

func flat(n int) []float64 { return slices.Repeat([]float64{100}, n) }

func TestRules(t *testing.T) {
	wide, onBTC := market.MarketWide, market.Subject("BTC")
	keep := func(c *gradefollow.Config) { c.Subject = "market" }
	closes := func(c *gradefollow.Config) { c.Subject, c.OnAbsent = "market", "close" }
	both := func(in, out string) []string {
		list := []string{in + " buy BTCUSDT", in + " buy ETHUSDT"}
		if out != "" {
			list = append(list, out+" sell BTCUSDT", out+" sell ETHUSDT")
		}
		return list
	}
	for _, c := range []struct {
		name   string
		set    func(*gradefollow.Config)
		grades []grade
		want   []string
	}{
		{"in above enter, out below exit", keep, []grade{{5, 61, false, "", wide}, {9, 50, false, "", wide}, {12, 39, false, "", wide}}, both("5", "12")},
		{"the thresholds themselves do nothing", keep, []grade{{5, 60, false, "", wide}, {6, 61, false, "", wide}, {9, 40, false, "", wide}}, both("6", "")},
		{"between the thresholds nothing opens", keep, []grade{{5, 50, false, "", wide}}, nil},
		{"null is absent: keep", keep, []grade{{5, 70, false, "", wide}, {9, 0, true, "", wide}}, both("5", "")},
		{"null is absent: close", closes, []grade{{5, 70, false, "", wide}, {9, 0, true, "", wide}}, both("5", "9")},
		{"age is noticed at a bar", closes, []grade{{5, 70, false, "", wide}}, both("5", "54")},
		{"a shorter age", func(c *gradefollow.Config) { closes(c); c.MaxAge = market.Duration(3 * time.Hour) }, []grade{{5, 70, false, "", wide}}, both("5", "9")},
		{"of each asset", func(*gradefollow.Config) {}, []grade{{5, 70, false, "", onBTC}, {6, 70, false, "", wide}}, []string{"5 buy BTCUSDT"}},
		{"of one source", func(c *gradefollow.Config) { keep(c); c.Source = "good" }, []grade{{5, 70, false, "bad", wide}, {6, 70, false, "good", wide}}, both("6", "")},
		{"of another kind", func(c *gradefollow.Config) { keep(c); c.Kind = "other" }, []grade{{5, 70, false, "", wide}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, c.grades...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWeight(t *testing.T) {
	story := strategytest.Story{
		Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat(3)}, {Symbol: "ETHUSDT", Closes: flat(3)}, {Symbol: "SOLUSDT", Closes: flat(3)}},
		Signals: []market.Signal{{Kind: "trader_grade", Subject: "ETH", Effective: strategytest.Story{}.Start(), Value: 90}},
	}
	for weight, want := range map[float64]string{0: "quote 3333.33333333 ", 0.2: "quote 2000"} {
		c := gradefollow.Plugin().New().(*gradefollow.Config)
		c.Weight = weight
		lines, err := story.Play(c)
		if err != nil || len(lines) != 1 || !strings.Contains(lines[0], want) || c.Weight != weight {
			t.Errorf("weight %v: %q, %v", weight, lines, err)
		}
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat(1)}}}
	for word, set := range map[string]func(*gradefollow.Config){
		"kind":      func(c *gradefollow.Config) { c.Kind = "" },
		"subject":   func(c *gradefollow.Config) { c.Subject = "planet" },
		"on_absent": func(c *gradefollow.Config) { c.OnAbsent = "panic" },
		"enter":     func(c *gradefollow.Config) { c.Enter = c.Exit },
		"max_age":   func(c *gradefollow.Config) { c.MaxAge = -1 },
		"weight":    func(c *gradefollow.Config) { c.Weight = 1.5 },
	} {
		c := gradefollow.Plugin().New().(*gradefollow.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestSuiteOfTheMarket(t *testing.T) {
	strategytest.Run(t, gradefollow.Plugin(), strategytest.OnSignals(), strategytest.Interval(30*market.Minute), strategytest.Bars(2000), strategytest.Seed(3),
		strategytest.With(func(c *gradefollow.Config) { c.Subject, c.OnAbsent = "market", "close" }))
}
