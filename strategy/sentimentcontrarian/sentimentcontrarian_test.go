package sentimentcontrarian_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/sentimentcontrarian"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

const hours = market.Time(time.Hour)

// mood is what is known of it at the end of an hour; null is a day without.
type mood struct {
	hour    int
	value   float64
	null    bool
	subject market.Subject // "" is the market
}

// play runs over 60 hourly bars of BTC and ETH, perpetual futures where the strategy may be
// short.
func play(t *testing.T, set func(*sentimentcontrarian.Config), moods ...mood) []string {
	t.Helper()
	c := sentimentcontrarian.Plugin().New().(*sentimentcontrarian.Config)
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Interval: market.Hour, Perpetual: c.Short, Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: flat(60)}, {Symbol: "ETHUSDT", Closes: flat(60)},
	}}
	for _, m := range moods {
		if m.subject == "" {
			m.subject = market.MarketWide
		}
		story.Signals = append(story.Signals, market.Signal{
			Kind: "fear_greed", Subject: m.subject, Effective: story.Start() + market.Time(m.hour)*hours, Value: m.value, Null: m.null,
		})
	}
	return story.Sides(t, c)
}

func flat(n int) []float64 { return slices.Repeat([]float64{100}, n) }

func TestRules(t *testing.T) {
	closes := func(c *sentimentcontrarian.Config) { c.OnAbsent = strategy.Close }
	both := func(at ...string) (list []string) {
		for _, x := range at {
			list = append(list, x+" BTCUSDT", x+" ETHUSDT")
		}
		return list
	}
	for _, c := range []struct {
		name  string
		set   func(*sentimentcontrarian.Config)
		moods []mood
		want  []string
	}{
		{"in below fear, out above greed", nil, []mood{{hour: 5, value: 24}, {hour: 9, value: 50}, {hour: 12, value: 76}, {hour: 20, value: 50}}, both("5 buy", "12 sell")},
		{"the thresholds themselves do nothing", nil, []mood{{hour: 5, value: 25}, {hour: 6, value: 24}, {hour: 9, value: 75}}, both("6 buy")},
		{"between them nothing opens", nil, []mood{{hour: 5, value: 50}, {hour: 7, value: 80}}, nil},
		{"null is absent: keep", nil, []mood{{hour: 5, value: 10}, {hour: 9, null: true}}, both("5 buy")},
		{"null is absent: close", closes, []mood{{hour: 5, value: 10}, {hour: 9, null: true}, {hour: 11, value: 50}}, both("5 buy", "9 sell")},
		{"too old is absent", closes, []mood{{hour: 5, value: 10}}, both("5 buy", "54 sell")},
		{"absent never opens", nil, []mood{{hour: -50, value: 10}, {hour: 3, null: true}}, nil},
		{"of each asset", func(c *sentimentcontrarian.Config) { c.Subject = strategy.Asset }, []mood{{hour: 5, value: 10}, {hour: 6, value: 10, subject: "ETH"}}, []string{"6 buy ETHUSDT"}},
		{"short from greed until fear", func(c *sentimentcontrarian.Config) { c.Short = true }, []mood{{hour: 5, value: 80}, {hour: 9, value: 50}, {hour: 12, value: 20}, {hour: 20, value: 80}}, both("5 sell", "12 buy", "20 sell")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, c.moods...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat(1)}}}
	for word, set := range map[string]func(*sentimentcontrarian.Config){
		"greed = 25":    func(c *sentimentcontrarian.Config) { c.Greed = c.Fear },
		"kind is empty": func(c *sentimentcontrarian.Config) { c.Kind = "" },
		"subject":       func(c *sentimentcontrarian.Config) { c.Subject = "planet" },
		"on_absent":     func(c *sentimentcontrarian.Config) { c.OnAbsent = "panic" },
		"max_age":       func(c *sentimentcontrarian.Config) { c.MaxAge = -1 },
		"weight":        func(c *sentimentcontrarian.Config) { c.Weight = -1 },
		"short = true":  func(c *sentimentcontrarian.Config) { c.Short = true },
	} {
		c := sentimentcontrarian.Plugin().New().(*sentimentcontrarian.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
