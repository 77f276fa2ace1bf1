package graderotation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const absent = -1

// daily is a story of days of grades of A, B, C and D, and the strategy that rotates on each of
// them. The grades of a day are known at its start. A bar comes before, because schedules start
// after the first instant.
func daily(set func(*graderotation.Config), days ...[4]float64) (strategytest.Story, strategy.Strategy) {
	c := graderotation.Plugin().New().(*graderotation.Config)
	c.Schedule = "0 0 * * *"
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Lead: 1}
	for k, asset := range []market.Subject{"A", "B", "C", "D"} {
		closes := []float64{100}
		for day, grades := range days {
			closes = append(closes, 100)
			story.Signals = append(story.Signals, market.Signal{
				Kind: "trader_grade", Subject: asset, Value: max(grades[k], 0), Null: grades[k] == absent,
				Effective: story.Start() + market.Time(day+2)*market.Day,
			})
		}
		story.Markets = append(story.Markets, strategytest.Prices{Symbol: string(asset) + "USDT", Closes: closes})
	}
	return story, c
}

func TestRules(t *testing.T) {
	with := func(top, buffer int) func(*graderotation.Config) {
		return func(c *graderotation.Config) { c.Top, c.Buffer, c.MaxWeight = top, buffer, 1 }
	}
	kept := func(c *graderotation.Config) { c.OnAbsent = strategy.Keep }
	for _, c := range []struct {
		name string
		set  func(*graderotation.Config)
		days [][4]float64
		want []string
	}{
		{"the best two", nil, [][4]float64{{10, 40, 30, 20}}, []string{"1 buy BUSDT", "1 buy CUSDT"}},
		{"equal grades by symbol", with(1, 0), [][4]float64{{5, 5, 5, 5}}, []string{"1 buy AUSDT"}},
		{"what is held may fall behind by the buffer", with(1, 1), [][4]float64{{40, 30, 20, 10}, {40, 50, 20, 10}}, []string{"1 buy AUSDT"}},
		{"and goes behind it", with(1, 1), [][4]float64{{40, 30, 20, 10}, {40, 50, 60, 10}, {40, 50, 60, 10}}, []string{"1 buy AUSDT", "2 sell AUSDT", "3 buy CUSDT"}},
		{"without a buffer it goes at once", with(1, 0), [][4]float64{{40, 30, 20, 10}, {40, 50, 20, 10}, {40, 50, 20, 10}}, []string{"1 buy AUSDT", "2 sell AUSDT", "3 buy BUSDT"}},
		{"the best of the others takes the place", nil, [][4]float64{{40, 30, 20, 10}, {90, 1, 50, 60}, {90, 1, 50, 60}}, []string{"1 buy AUSDT", "1 buy BUSDT", "2 sell BUSDT", "3 buy DUSDT"}},
		{"too low a grade is neither bought nor held", func(c *graderotation.Config) { c.MinGrade = 20 }, [][4]float64{{40, 20, 19, 0}, {40, 19, 19, 0}}, []string{"1 buy AUSDT", "1 buy BUSDT", "2 sell BUSDT"}},
		{"absent goes, and nothing takes more than its part", nil, [][4]float64{{40, 30, 20, 10}, {40, absent, absent, absent}}, []string{"1 buy AUSDT", "1 buy BUSDT", "2 sell BUSDT"}},
		{"absent stays and takes a place", kept, [][4]float64{{40, 30, 20, 10}, {40, absent, 90, 80}, {absent, absent, 90, 80}}, []string{"1 buy AUSDT", "1 buy BUSDT"}},
		{"absent never opens", kept, [][4]float64{{absent, absent, absent, absent}}, nil},
		{"on its dates only", func(c *graderotation.Config) { c.Schedule = "0 0 * * 1" }, make([][4]float64, 9), []string{"6 buy AUSDT", "6 buy BUSDT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			story, x := daily(c.set, c.days...)
			if diff := cmp.Diff(c.want, story.Sides(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWeights(t *testing.T) {
	by := func(most float64) func(*graderotation.Config) {
		return func(c *graderotation.Config) { c.Weighting, c.MaxWeight = "grade", most }
	}
	for _, c := range []struct {
		name   string
		set    func(*graderotation.Config)
		grades [4]float64
		want   []string
	}{
		{"equal parts", nil, [4]float64{90, 30, 20, 10}, []string{"1 buy AUSDT 5000 (target)", "1 buy BUSDT 5000 (target)"}},
		{"equal parts of at most", func(c *graderotation.Config) { c.MaxWeight = 0.3 }, [4]float64{90, 30, 20, 10}, []string{"1 buy AUSDT 3000 (target)", "1 buy BUSDT 3000 (target)"}},
		{"in proportion", by(1), [4]float64{90, 30, 20, 10}, []string{"1 buy AUSDT 7500 (target)", "1 buy BUSDT 2500 (target)"}},
		{"in proportion, the rest in cash", by(0.6), [4]float64{90, 30, 20, 10}, []string{"1 buy AUSDT 6000 (target)", "1 buy BUSDT 2500 (target)"}},
		{"an empty place stays in cash", by(1), [4]float64{90, absent, absent, absent}, []string{"1 buy AUSDT 5000 (target)"}},
		{"grades of 0 are equal", by(1), [4]float64{0, 0, 0, 0}, []string{"1 buy AUSDT 5000 (target)", "1 buy BUSDT 5000 (target)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			story, x := daily(c.set, c.grades)
			if diff := cmp.Diff(c.want, story.Orders(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "AUSDT", Closes: []float64{1}}, {Symbol: "BUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*graderotation.Config){
		"kind is empty":  func(c *graderotation.Config) { c.Kind = "" },
		"top = 3":        func(c *graderotation.Config) { c.Top = 3 },
		"top = 0":        func(c *graderotation.Config) { c.Top = 0 },
		"buffer = -1":    func(c *graderotation.Config) { c.Buffer = -1 },
		"weighting":      func(c *graderotation.Config) { c.Weighting = "cap" },
		"min_grade = -1": func(c *graderotation.Config) { c.Weighting, c.MinGrade = "grade", -1 },
		"max_weight = 0": func(c *graderotation.Config) { c.MaxWeight = 0 },
		"max_age":        func(c *graderotation.Config) { c.MaxAge = -1 },
		"on_absent":      func(c *graderotation.Config) { c.OnAbsent = "" },
		"schedule":       func(c *graderotation.Config) { c.Schedule = "@every 1h" },
	} {
		c := graderotation.Plugin().New().(*graderotation.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
