package graderotation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const absent = -1

// tell runs over days of grades of A, B, C and D, rotates each day, and returns what a story
// tells. The grades of a day are known at its start. A bar comes before, because schedules start
// after the first instant.
func tell(t *testing.T, set func(*graderotation.Config), days ...[4]float64) []string {
	t.Helper()
	c := graderotation.Plugin().New().(*graderotation.Config)
	c.Schedule = "0 0 * * *"
	if set != nil {
		set(c)
	}
	story := strategytest.Story{}
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
	lines, err := story.Play(c)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// moves shortens what tell returns to "day side asset", the first day being 1.
func moves(lines []string) (list []string) {
	for _, line := range lines {
		words := strings.Fields(line)
		at, _ := market.ParseTime(words[0])
		list = append(list, fmt.Sprint(int64((at-strategytest.Story{}.Start())/market.Day)-1, " ", words[2], " ", words[4][:1]))
	}
	return list
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
		{"the best two", nil, [][4]float64{{10, 40, 30, 20}}, []string{"1 buy B", "1 buy C"}},
		{"equal grades by symbol", with(1, 0), [][4]float64{{5, 5, 5, 5}}, []string{"1 buy A"}},
		{"what is held may fall behind by the buffer", with(1, 1), [][4]float64{{40, 30, 20, 10}, {40, 50, 20, 10}}, []string{"1 buy A"}},
		{"and goes behind it", with(1, 1), [][4]float64{{40, 30, 20, 10}, {40, 50, 60, 10}, {40, 50, 60, 10}}, []string{"1 buy A", "2 sell A", "3 buy C"}},
		{"without a buffer it goes at once", with(1, 0), [][4]float64{{40, 30, 20, 10}, {40, 50, 20, 10}, {40, 50, 20, 10}}, []string{"1 buy A", "2 sell A", "3 buy B"}},
		{"the best of the others takes the place", nil, [][4]float64{{40, 30, 20, 10}, {90, 1, 50, 60}, {90, 1, 50, 60}}, []string{"1 buy A", "1 buy B", "2 sell B", "3 buy D"}},
		{"too low a grade is neither bought nor held", func(c *graderotation.Config) { c.MinGrade = 20 }, [][4]float64{{40, 20, 19, 0}, {40, 19, 19, 0}}, []string{"1 buy A", "1 buy B", "2 sell B"}},
		{"absent goes, and nothing takes more than its part", nil, [][4]float64{{40, 30, 20, 10}, {40, absent, absent, absent}}, []string{"1 buy A", "1 buy B", "2 sell B"}},
		{"absent stays and takes a place", kept, [][4]float64{{40, 30, 20, 10}, {40, absent, 90, 80}, {absent, absent, 90, 80}}, []string{"1 buy A", "1 buy B"}},
		{"absent never opens", kept, [][4]float64{{absent, absent, absent, absent}}, nil},
		{"on its dates only", func(c *graderotation.Config) { c.Schedule = "0 0 * * 1" }, make([][4]float64, 9), []string{"6 buy A", "6 buy B"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, moves(tell(t, c.set, c.days...))); diff != "" {
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
		want   string
	}{
		{"equal parts", nil, [4]float64{90, 30, 20, 10}, "A 5000 B 5000"},
		{"equal parts of at most", func(c *graderotation.Config) { c.MaxWeight = 0.3 }, [4]float64{90, 30, 20, 10}, "A 3000 B 3000"},
		{"in proportion", by(1), [4]float64{90, 30, 20, 10}, "A 7500 B 2500"},
		{"in proportion, the rest in cash", by(0.6), [4]float64{90, 30, 20, 10}, "A 6000 B 2500"},
		{"an empty place stays in cash", by(1), [4]float64{90, absent, absent, absent}, "A 5000"},
		{"grades of 0 are equal", by(1), [4]float64{0, 0, 0, 0}, "A 5000 B 5000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, line := range tell(t, c.set, c.grades) {
				words := strings.Fields(line)
				got = append(got, words[4][:1], words[6])
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
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
