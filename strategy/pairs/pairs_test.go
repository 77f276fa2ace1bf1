package pairs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/strategy/pairs"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// bars are the closes of A and B of one day; 0 is a missing bar.
type bars struct{ a, b float64 }

// quiet are six days on which A and B stay together.
var quiet = []bars{{100, 50}, {101, 50}, {100, 50}, {101, 50}, {100, 50}, {101, 50}}

// play runs over the days after the quiet ones. The score is that of six days.
func play(t *testing.T, story strategytest.Story, set func(*pairs.Config), days ...bars) []string {
	t.Helper()
	c := pairs.Plugin().New().(*pairs.Config)
	c.Period, c.Enter, c.Exit, c.Stop, c.Short = 6, 1.5, 0.5, 0, story.Perpetual
	if set != nil {
		set(c)
	}
	story.Lead = len(quiet)
	story.Markets = []strategytest.Prices{{Symbol: "AUSDT"}, {Symbol: "BUSDT"}}
	for _, d := range append(quiet[:len(quiet):len(quiet)], days...) {
		story.Markets[0].Closes = append(story.Markets[0].Closes, d.a)
		story.Markets[1].Closes = append(story.Markets[1].Closes, d.b)
	}
	return story.Sides(t, c)
}

func TestRules(t *testing.T) {
	stop := func(c *pairs.Config) { c.Stop = 2 }
	for _, c := range []struct {
		name string
		set  func(*pairs.Config)
		days []bars
		long []string // on spot
		both []string // on perpetual futures
	}{
		{"A falls, and comes back", nil, []bars{{90, 50}, {90, 50}, {100, 50}, {101, 50}},
			[]string{"1 buy AUSDT", "3 sell AUSDT"}, []string{"1 buy AUSDT", "1 sell BUSDT", "3 sell AUSDT", "3 buy BUSDT"}},
		{"A rises, and comes back", nil, []bars{{110, 50}, {110, 50}, {101, 50}},
			[]string{"1 buy BUSDT", "3 sell BUSDT"}, []string{"1 sell AUSDT", "1 buy BUSDT", "3 buy AUSDT", "3 sell BUSDT"}},
		{"both fall together", nil, []bars{{90, 44.8}, {80, 39.8}, {70, 34.9}}, nil, nil},
		{"a fall without end is held", nil, []bars{{90, 50}, {80, 50}, {70, 50}},
			[]string{"1 buy AUSDT"}, []string{"1 buy AUSDT", "1 sell BUSDT"}},
		{"or given up, and not opened again before they are back", func(c *pairs.Config) { c.Stop = 2.1 },
			[]bars{{99, 50}, {90, 50}, {82, 50}, {75, 50}, {97, 50}, {97, 50}, {65, 50}},
			[]string{"1 buy AUSDT", "2 sell AUSDT", "7 buy AUSDT"}, []string{"1 buy AUSDT", "1 sell BUSDT", "2 sell AUSDT", "2 buy BUSDT", "7 buy AUSDT", "7 sell BUSDT"}},
		{"too far apart to begin with", stop, []bars{{60, 50}, {60, 50}}, nil, nil},
		{"a bar of one alone says nothing", nil, []bars{{90, 0}, {90, 0}, {100, 50}}, nil, nil},
		{"a missing bar of both", nil, []bars{{0, 0}, {90, 50}, {0, 0}, {101, 50}, {101, 50}},
			[]string{"2 buy AUSDT", "4 sell AUSDT"}, []string{"2 buy AUSDT", "2 sell BUSDT", "4 sell AUSDT", "4 buy BUSDT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.long, play(t, strategytest.Story{}, c.set, c.days...)); diff != "" {
				t.Errorf("spot: (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.both, play(t, strategytest.Story{Perpetual: true}, c.set, c.days...)); diff != "" {
				t.Errorf("perpetual futures: (-want +got)\n%s", diff)
			}
		})
	}
}

// A rule that refuses one leg, or closes it, ends the pair: half of it is a bet on one
// price. It is not opened again before A and B are back.
func TestRulesOfRisk(t *testing.T) {
	one := limit.MaxOpenPlugin().New().(*limit.MaxOpen)
	one.Count = 1
	for _, c := range []struct {
		name string
		rule risk.Rule
		days []bars
		want []string
	}{
		{"refuses the second", one, []bars{{90, 50}, {90, 50}, {88, 50}}, []string{"1 buy AUSDT", "1 sell BUSDT refused", "1 cancel buy AUSDT"}},
		{"stops the first", &exit.StopLoss{Percent: decimal.New(5, -2), At: "close"}, []bars{{90, 50}, {85, 50}, {60, 50}, {50, 50}},
			[]string{"1 buy AUSDT", "1 sell BUSDT", "2 sell AUSDT", "3 buy BUSDT"}},
	} {
		got := play(t, strategytest.Story{Perpetual: true, Rules: []risk.Named{{Name: "rule", Rule: c.rule}}}, nil, c.days...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

// By the regression A moves 2.3 times as far as B, so that much less of it is held: 2170
// against 5000.
func TestSizes(t *testing.T) {
	c := pairs.Plugin().New().(*pairs.Config)
	c.Period, c.Enter, c.Exit, c.Stop, c.Short, c.Hedge = 8, 2, 0.5, 0, true, "regression"
	lines, err := strategytest.Story{Perpetual: true, Markets: []strategytest.Prices{
		{Symbol: "AUSDT", Closes: []float64{100, 104, 100, 104.1, 100, 104, 100, 97, 97}},
		{Symbol: "BUSDT", Closes: []float64{50, 51, 50, 51, 50, 51, 50, 50, 50}},
	}}.Play(c)
	want := []string{
		"2024-01-09T00:00:00Z submit buy market AUSDT quantity 22.36881028 (target)",
		"2024-01-09T00:00:00Z submit sell market BUSDT quantity 100 (target)",
	}
	if diff := cmp.Diff(want, lines); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestParameters(t *testing.T) {
	two := []strategytest.Prices{{Symbol: "AUSDT", Closes: []float64{1}}, {Symbol: "BUSDT", Closes: []float64{1}}}
	for word, set := range map[string]func(*pairs.Config){
		"two symbols": func(c *pairs.Config) {},
		"weight":      func(c *pairs.Config) { c.Weight = 2 },
		"hedge":       func(c *pairs.Config) { c.Hedge = "" },
		"exit":        func(c *pairs.Config) { c.Exit = 2 },
		"stop":        func(c *pairs.Config) { c.Stop = 2 },
		"spot":        func(c *pairs.Config) { c.Short = true },
	} {
		c := pairs.Plugin().New().(*pairs.Config)
		set(c)
		story := strategytest.Story{Markets: two}
		if word == "two symbols" {
			story.Markets = two[:1]
		}
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
