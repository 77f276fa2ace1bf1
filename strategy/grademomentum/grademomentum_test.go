package grademomentum_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/grademomentum"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const (
	missing = -1 // there is no row of the day
	null    = -2
)

// play runs over a daily bar for each grade, in points over 2 days. The grade of a day is
// known at its end.
func play(t *testing.T, set func(*grademomentum.Config), grades ...float64) []string {
	t.Helper()
	c := grademomentum.Plugin().New().(*grademomentum.Config)
	c.Days, c.Enter, c.Exit = 2, 10, -5
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT"}}}
	for day, g := range grades {
		story.Markets[0].Closes = append(story.Markets[0].Closes, 100)
		if g == missing {
			continue
		}
		story.Signals = append(story.Signals, market.Signal{
			Kind: "trader_grade", Subject: "BTC", Value: max(g, 0), Null: g == null,
			Effective: story.Start() + market.Time(day)*market.Day, Known: story.Start() + market.Time(day+1)*market.Day,
		})
	}
	return story.Sides(t, c)
}

func TestRules(t *testing.T) {
	closes := func(c *grademomentum.Config) { c.OnAbsent = strategy.Close }
	for _, c := range []struct {
		name   string
		set    func(*grademomentum.Config)
		grades []float64
		want   []string
	}{
		{"in once it has risen enough, out once it falls", nil, []float64{50, 50, 61, 61, 60, 55}, []string{"3 buy", "6 sell"}},
		{"the thresholds themselves do nothing", nil, []float64{50, 50, 60, 61, 61, 56}, []string{"4 buy"}},
		{"the level does not matter", nil, []float64{90, 90, 95, 95, 10, 21, 21}, []string{"7 buy"}},
		{"a rise over more days is none", nil, []float64{50, 55, 60, 65, 70, 75}, nil},
		{"a day before stands in for one that is missing", nil, []float64{50, 52, missing, missing, 63}, []string{"5 buy"}},
		{"not one further back", nil, []float64{50, missing, missing, missing, missing, 90}, nil},
		{"null is absent: kept", nil, []float64{50, 50, 61, null, null, 61}, []string{"3 buy"}},
		{"null is absent: closed", closes, []float64{50, 50, 61, null, 72}, []string{"3 buy", "4 sell", "5 buy"}},
		{"too old is absent: closed", closes, []float64{50, 50, 61, missing, missing, missing}, []string{"3 buy", "5 sell"}},
		{"absent never opens", nil, []float64{null, null, 90, null, null, null}, nil},
		{"nothing before there is something to compare with", nil, []float64{1, 99}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, c.grades...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A correction changes the grade of its day from when it is known, here that of day 1.
func TestCorrection(t *testing.T) {
	c := grademomentum.Plugin().New().(*grademomentum.Config)
	c.Days = 1
	story := strategytest.Story{Interval: market.Hour, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: make([]float64, 72)}}}
	for k := range story.Markets[0].Closes {
		story.Markets[0].Closes[k] = 100
	}
	row := func(day int, known int, value float64, revision int) market.Signal {
		return market.Signal{Kind: "trader_grade", Subject: "BTC", Value: value, Revision: revision,
			Effective: story.Start() + market.Time(day)*market.Day, Known: story.Start() + market.Time(known)*market.Time(market.Hour)}
	}
	story.Signals = []market.Signal{row(0, 24, 50, 0), row(0, 40, 70, 1), row(1, 48, 65, 0), row(1, 60, 81, 1)}
	lines, err := story.Play(c)
	want := []string{"2024-01-03T12:00:00Z submit buy market BTCUSDT quote 10000 (target)"}
	if diff := cmp.Diff(want, lines); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestParameters(t *testing.T) {
	for word, set := range map[string]func(*grademomentum.Config, *strategytest.Story){
		"kind is empty": func(c *grademomentum.Config, _ *strategytest.Story) { c.Kind = "" },
		"days = 0":      func(c *grademomentum.Config, _ *strategytest.Story) { c.Days = 0 },
		"enter = 0":     func(c *grademomentum.Config, _ *strategytest.Story) { c.Enter = c.Exit },
		"on_absent":     func(c *grademomentum.Config, _ *strategytest.Story) { c.OnAbsent = "" },
		"max_age":       func(c *grademomentum.Config, _ *strategytest.Story) { c.MaxAge = -1 },
		"weight":        func(c *grademomentum.Config, _ *strategytest.Story) { c.Weight = 2 },
		"interval":      func(_ *grademomentum.Config, s *strategytest.Story) { s.Interval = market.Weekly },
	} {
		c := grademomentum.Plugin().New().(*grademomentum.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
