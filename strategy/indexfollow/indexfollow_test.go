package indexfollow_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/indexfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const null = -1

// day is what is published at 00:00 of it about AUSDT, BUSDT and CUSDT, in percent, and
// what their prices are by then; 0 is no change, from 100.
type day struct{ weights, closes [3]float64 }

// play looks daily at 00:00. A day of bars comes before, because schedules start after the
// first instant.
func play(t *testing.T, set func(*indexfollow.Config), days ...day) []string {
	t.Helper()
	c := indexfollow.Plugin().New().(*indexfollow.Config)
	c.Schedule, c.MaxAge = "0 0 * * *", market.Duration(2*market.Day)
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Lead: 1}
	for k, symbol := range []string{"AUSDT", "BUSDT", "CUSDT"} {
		closes := []float64{100}
		for n, d := range days {
			closes = append(closes, d.closes[k])
			if d.closes[k] == 0 {
				closes[n+1] = closes[n]
			}
			if d.weights[k] != 0 {
				story.Signals = append(story.Signals, market.Signal{
					Kind: "index_weight_1", Subject: market.Subject(symbol[:1]), Value: max(d.weights[k], 0), Null: d.weights[k] == null,
					Effective: story.Start() + market.Time(n+2)*market.Day,
				})
			}
		}
		story.Markets = append(story.Markets, strategytest.Prices{Symbol: symbol, Closes: closes})
	}
	return story.Orders(t, c)
}

func TestRules(t *testing.T) {
	weights := func(a, b, c float64) day { return day{weights: [3]float64{a, b, c}} }
	keep := func(c *indexfollow.Config) { c.OnAbsent = "keep" }
	begin := []string{"1 buy AUSDT 5000 (target)", "1 buy BUSDT 3000 (target)", "1 buy CUSDT 2000 (target)"}
	after := func(lines ...string) []string { return append(begin[:3:3], lines...) }
	for _, c := range []struct {
		name string
		set  func(*indexfollow.Config)
		days []day
		want []string
	}{
		{"in proportion", nil, []day{weights(50, 30, 20)}, begin},
		{"as much as is invested", func(c *indexfollow.Config) { c.Invest = 0.5 }, []day{weights(50, 30, 20)}, []string{"1 buy AUSDT 2500 (target)", "1 buy BUSDT 1500 (target)", "1 buy CUSDT 1000 (target)"}},
		{"what is not traded is left out", nil, []day{weights(40, 24, 16)}, begin},
		{"with too little of it known, nothing", nil, []day{weights(20, 20, 5)}, nil},
		{"within the band nothing moves", nil, []day{weights(50, 30, 20), weights(46, 33, 21)}, begin},
		{"beyond it all go back", nil, []day{weights(50, 30, 20), weights(44, 33, 23)}, after("2 sell AUSDT 6 (target)", "3 buy BUSDT 300 (target)", "3 buy CUSDT 300 (target)")},
		{"prices drift too", nil, []day{weights(50, 30, 20), {[3]float64{50, 30, 20}, [3]float64{150, 100, 100}}, weights(50, 30, 20)},
			after("2 sell AUSDT 8.33333333 (target)", "3 buy BUSDT 750 (target)", "3 buy CUSDT 499.9999995 (target)")},
		{"what leaves the index goes, the rest grows", nil, []day{weights(50, 30, 20), weights(50, 30, null)}, after("2 sell CUSDT 20 (target)", "3 buy AUSDT 1250 (target)", "3 buy BUSDT 750 (target)")},
		{"or stays, and the rest shares what it leaves", keep, []day{weights(50, 30, 20), weights(50, 30, null)}, begin},
		{"what was never there is not bought", keep, []day{weights(50, 30, null)}, []string{"1 buy AUSDT 6250 (target)", "1 buy BUSDT 3750 (target)"}},
		{"a small one comes in without a drift", func(c *indexfollow.Config) { c.Invest = 0.9 }, []day{weights(50, 50, null), weights(48, 48, 4)}, []string{"1 buy AUSDT 4500 (target)", "1 buy BUSDT 4500 (target)", "2 buy CUSDT 360 (target)"}},
		{"an old row is absent", nil, []day{weights(50, 30, 20), weights(0, 0, 0), weights(0, 0, 0), weights(0, 0, 0)}, after("4 sell AUSDT 50 (target)", "4 sell BUSDT 30 (target)", "4 sell CUSDT 20 (target)")},
		{"and may be kept", keep, []day{weights(50, 30, 20), weights(0, 0, 0), weights(0, 0, 0), weights(0, 0, 0)}, begin},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, append(c.days, day{})...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*indexfollow.Config){
		"kind":      func(c *indexfollow.Config) { c.Kind = "" },
		"on_absent": func(c *indexfollow.Config) { c.OnAbsent = "" },
		"max_age":   func(c *indexfollow.Config) { c.MaxAge = -1 },
		"band":      func(c *indexfollow.Config) { c.Band = -1 },
		"invest":    func(c *indexfollow.Config) { c.Invest = 0 },
		"min_cover": func(c *indexfollow.Config) { c.MinCover = 2 },
		"schedule":  func(c *indexfollow.Config) { c.Schedule = "@every 1h" },
	} {
		c := indexfollow.Plugin().New().(*indexfollow.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// A schedule that falls between bars, and positions that stay without a row.
func TestSuiteBetweenBars(t *testing.T) {
	strategytest.Run(t, indexfollow.Plugin(), strategytest.Signals("index_weight_1", 0, 40), strategytest.Seed(5), strategytest.Bars(500),
		strategytest.With(func(c *indexfollow.Config) { c.Schedule, c.OnAbsent, c.Band = "30 */6 * * *", "keep", 0.01 }))
}
