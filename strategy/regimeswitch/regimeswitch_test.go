package regimeswitch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/regimeswitch"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const null = 9

// day is a close, and what is said of the market at that time: 1, −1, null, or 0 for
// nothing new.
type day struct{ close, says float64 }

// play runs over days. Average and mean are of three days, and the ADX is of one: 0 after a day without a
// change, 100 after one with.
func play(t *testing.T, set func(*regimeswitch.Config), days ...day) []string {
	t.Helper()
	c := regimeswitch.Plugin().New().(*regimeswitch.Config)
	c.ADXPeriod, c.Average, c.Window, c.Dip, c.MaxAge = 1, 3, 3, 1, market.Duration(4*market.Day)
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT"}}}
	for k, d := range days {
		story.Markets[0].Closes = append(story.Markets[0].Closes, d.close)
		if d.says != 0 {
			story.Signals = append(story.Signals, market.Signal{
				Kind: "market_trend", Subject: market.MarketWide, Effective: story.Start() + market.Time(k+1)*market.Day, Value: d.says, Null: d.says == null,
			})
		}
	}
	return story.Sides(t, c)
}

func TestRules(t *testing.T) {
	trends := func(c *regimeswitch.Config) { c.RangeADX, c.TrendADX = -1, 0 }
	ranges := func(c *regimeswitch.Config) { c.RangeADX, c.TrendADX = 100, 101 }
	keep := func(c *regimeswitch.Config) { trends(c); c.OnAbsent = "keep" }
	keepRange := func(c *regimeswitch.Config) { ranges(c); c.OnAbsent = "keep" }
	rise := []day{{100, 1}, {101, 0}, {102, 0}}
	dip := []day{{100, 1}, {100, 0}, {100, 0}, {90, 0}}
	after := func(list []day, more ...day) []day { return append(list[:len(list):len(list)], more...) }
	for _, c := range []struct {
		name string
		set  func(*regimeswitch.Config)
		days []day
		want []string
	}{
		{"a trend: in above the average", trends, rise, []string{"3 buy"}},
		{"out below it", trends, after(rise, day{98, 0}), []string{"3 buy", "4 sell"}},
		{"a range: in at a dip", ranges, dip, []string{"4 buy"}},
		{"out at the mean", ranges, after(dip, day{96, 0}), []string{"4 buy", "5 sell"}},
		{"not before", ranges, after(dip, day{92, 0}), []string{"4 buy"}},
		{"or above it", func(c *regimeswitch.Config) { ranges(c); c.Back = 1.3 }, after(dip, day{96, 1}, day{100, 0}, day{110, 0}), []string{"4 buy", "7 sell"}},
		{"a range does not buy strength", ranges, rise, nil},
		{"a trend does not buy dips", trends, dip, nil},
		{"the ADX says which", nil, []day{{100, 1}, {100, 0}, {100, 0}, {101, 0}}, []string{"4 buy"}},
		{"a trend that ends leaves the rest to the range", nil, after(rise, day{102, 0}, day{102, 0}), []string{"3 buy", "4 sell"}},
		{"a bad market: nothing is bought", trends, []day{{100, -1}, {101, 0}, {102, 0}}, nil},
		{"all is sold", trends, after(rise, day{103, -1}), []string{"3 buy", "4 sell"}},
		{"in again with the market", trends, after(rise, day{103, -1}, day{104, 1}), []string{"3 buy", "4 sell", "5 buy"}},
		{"null never buys", trends, []day{{100, 0}, {101, 0}, {102, null}, {103, 0}}, nil},
		{"nor where it keeps", keep, []day{{100, 0}, {101, 0}, {102, null}, {103, 0}}, nil},
		{"null sells", trends, after(rise, day{103, null}), []string{"3 buy", "4 sell"}},
		{"or keeps", keep, after(rise, day{103, null}), []string{"3 buy"}},
		{"though not against the rule", keep, after(rise, day{103, null}, day{98, 0}), []string{"3 buy", "5 sell"}},
		{"nor against that of the range", keepRange, after(dip, day{91, null}, day{96, 0}), []string{"4 buy", "6 sell"}},
		{"an old signal is absent", trends, after(rise, day{103, 0}, day{104, 0}, day{105, 0}), []string{"3 buy", "6 sell"}},
		{"a missing bar", trends, after(rise, day{0, 0}, day{98, 0}), []string{"3 buy", "5 sell"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, c.days...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*regimeswitch.Config){
		"kind":      func(c *regimeswitch.Config) { c.Kind = "" },
		"on_absent": func(c *regimeswitch.Config) { c.OnAbsent = "" },
		"subject":   func(c *regimeswitch.Config) { c.Subject = "planet" },
		"weight":    func(c *regimeswitch.Config) { c.Weight = 2 },
		"range_adx": func(c *regimeswitch.Config) { c.RangeADX = 25 },
		"back":      func(c *regimeswitch.Config) { c.Back = -2 },
	} {
		c := regimeswitch.Plugin().New().(*regimeswitch.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
