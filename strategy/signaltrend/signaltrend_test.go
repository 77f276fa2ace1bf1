package signaltrend_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/signaltrend"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const null = 9

// day is a close, and what is said of the asset at that time: 1, −1, null, or 0 for
// nothing new.
type day struct{ close, says float64 }

// play runs over days. The trend is the average of three of them.
func play(t *testing.T, set func(*signaltrend.Config), perpetual bool, days ...day) []string {
	t.Helper()
	c := signaltrend.Plugin().New().(*signaltrend.Config)
	c.Period, c.ADX, c.MaxAge = 3, 0, market.Duration(3*market.Day)
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Perpetual: perpetual, Markets: []strategytest.Prices{{Symbol: "BTCUSDT"}}}
	for k, d := range days {
		story.Markets[0].Closes = append(story.Markets[0].Closes, d.close)
		if d.says != 0 {
			story.Signals = append(story.Signals, market.Signal{
				Kind: "trading_trend", Subject: "BTC", Effective: story.Start() + market.Time(k+1)*market.Day, Value: d.says, Null: d.says == null,
			})
		}
	}
	return story.Sides(t, c)
}

func TestRules(t *testing.T) {
	keep := func(c *signaltrend.Config) { c.OnAbsent = "keep" }
	patient := func(c *signaltrend.Config) { c.TrendExit = false }
	short := func(c *signaltrend.Config) { c.Short = true }
	rise := []day{{100, 1}, {101, 0}, {102, 1}} // the average exists on the third day, at 101
	after := func(list ...day) []day { return append(rise[:3:3], list...) }
	for _, c := range []struct {
		name string
		set  func(*signaltrend.Config)
		days []day
		want []string
	}{
		{"in where both agree", nil, rise, []string{"3 buy"}},
		{"it waits for the trend", nil, []day{{102, 1}, {101, 0}, {100, 1}, {104, 0}}, []string{"4 buy"}},
		{"it waits for the signal", nil, []day{{100, -1}, {101, 0}, {102, 0}, {103, 1}}, []string{"4 buy"}},
		{"out where the signal turns", nil, after(day{103, -1}), []string{"3 buy", "4 sell"}},
		{"out where the trend turns, and in again with it", nil, after(day{90, 1}, day{105, 0}), []string{"3 buy", "4 sell", "5 buy"}},
		{"unless only the signal counts", patient, after(day{90, 1}, day{80, 1}), []string{"3 buy"}},
		{"a price at its average changes nothing", nil, []day{{100, 1}, {101, 0}, {102, 1}, {101.5, 0}, {101.75, 0}}, []string{"3 buy"}},
		{"null never opens", nil, []day{{100, 0}, {101, 0}, {102, null}, {103, 0}}, nil},
		{"null closes", nil, after(day{103, null}), []string{"3 buy", "4 sell"}},
		{"or keeps", keep, after(day{103, null}), []string{"3 buy"}},
		{"though not against the trend", keep, after(day{103, null}, day{90, 0}), []string{"3 buy", "5 sell"}},
		{"an old signal is absent", nil, after(day{103, 0}, day{104, 0}, day{105, 0}, day{106, 0}), []string{"3 buy", "7 sell"}},
		{"a weak trend opens nothing", func(c *signaltrend.Config) { c.ADX, c.ADXPeriod = 50, 1 }, []day{{100, 1}, {100, 1}, {100, 1}, {101, 1}, {101, 1}, {102, 1}}, []string{"4 buy"}},
		{"nor does one without a signal", nil, []day{{100, 0}, {101, 0}, {102, 0}, {103, 0}}, nil},
		{"a missing bar", nil, after(day{0, 0}, day{90, 0}), []string{"3 buy", "5 sell"}},
		{"short where both agree", short, []day{{102, -1}, {101, 0}, {100, -1}, {99, 0}}, []string{"3 sell"}},
		{"short against the trend never", short, []day{{100, -1}, {101, 0}, {102, -1}, {103, 0}}, nil},
		{"out of a short position", short, []day{{102, -1}, {101, 0}, {100, -1}, {99, 1}}, []string{"3 sell", "4 buy"}},
		{"long only by default", nil, []day{{102, -1}, {101, 0}, {100, -1}, {99, 0}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, strings.Contains(c.name, "short"), c.days...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*signaltrend.Config){
		"kind":      func(c *signaltrend.Config) { c.Kind = "" },
		"on_absent": func(c *signaltrend.Config) { c.OnAbsent = "" },
		"subject":   func(c *signaltrend.Config) { c.Subject = "planet" },
		"weight":    func(c *signaltrend.Config) { c.Weight = 2 },
		"enter":     func(c *signaltrend.Config) { c.Exit = 1 },
		"spot":      func(c *signaltrend.Config) { c.Short = true },
	} {
		c := signaltrend.Plugin().New().(*signaltrend.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// A trend of coarser bars, both sides of the market.
func TestSuiteOfPerpetuals(t *testing.T) {
	strategytest.Run(t, signaltrend.Plugin(), strategytest.Signals("trading_trend", -1, 1), strategytest.Perpetual(), strategytest.Bars(300),
		strategytest.With(func(c *signaltrend.Config) {
			c.Short, c.Interval, c.Period, c.ADXPeriod, c.OnAbsent = true, 4*market.Hour, 10, 5, "keep"
		}))
}
