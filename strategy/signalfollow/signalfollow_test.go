package signalfollow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// row is what is said at the end of an hour of the story: a value, or null.
type row struct {
	hour    int
	value   float64
	null    bool
	subject market.Subject // "" is BTC
	kind    market.SignalKind
	source  string
}

const hours = market.Time(time.Hour)

// play runs over 80 hourly bars of BTC and ETH, perpetual futures where the strategy may be
// short.
func play(t *testing.T, set func(*signalfollow.Config), rows ...row) []string {
	t.Helper()
	c := signalfollow.Plugin().New().(*signalfollow.Config)
	if set != nil {
		set(c)
	}
	story := strategytest.Story{Interval: market.Hour, Perpetual: c.Short, Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: flat(80)}, {Symbol: "ETHUSDT", Closes: flat(80)},
	}}
	for _, r := range rows {
		s := market.Signal{Source: r.source, Kind: r.kind, Subject: r.subject, Effective: story.Start() + market.Time(r.hour)*hours, Value: r.value, Null: r.null}
		if s.Kind == "" {
			s.Kind = "trading_trend"
		}
		if s.Subject == "" {
			s.Subject = "BTC"
		}
		story.Signals = append(story.Signals, s)
	}
	return story.Sides(t, c)
}

func flat(n int) []float64 { return slices.Repeat([]float64{100}, n) }

func TestRules(t *testing.T) {
	keep := func(c *signalfollow.Config) { c.OnAbsent = strategy.Keep }
	for _, c := range []struct {
		name string
		set  func(*signalfollow.Config)
		rows []row
		want []string
	}{
		{"in while it says so, out while it does not", nil, []row{{hour: 5, value: 1}, {hour: 9, value: 1}, {hour: 12, value: -1}, {hour: 20, value: 1}}, []string{"5 buy BTCUSDT", "12 sell BTCUSDT", "20 buy BTCUSDT", "69 sell BTCUSDT"}},
		{"0 is to be out", nil, []row{{hour: 5, value: 1}, {hour: 9, value: 0}}, []string{"5 buy BTCUSDT", "9 sell BTCUSDT"}},
		{"a state that stood before the strategy began counts", nil, []row{{hour: -3, value: 1}}, []string{"1 buy BTCUSDT", "46 sell BTCUSDT"}},
		{"each asset on its own", nil, []row{{hour: 5, value: 1}, {hour: 6, value: 1, subject: "ETH"}, {hour: 8, value: -1}, {hour: 30, value: 1, subject: "ETH"}}, []string{"5 buy BTCUSDT", "6 buy ETHUSDT", "8 sell BTCUSDT", "79 sell ETHUSDT"}},
		{"null is absent: out", nil, []row{{hour: 5, value: 1}, {hour: 9, null: true}, {hour: 10, value: 1}}, []string{"5 buy BTCUSDT", "9 sell BTCUSDT", "10 buy BTCUSDT", "59 sell BTCUSDT"}},
		{"too old is absent: out", nil, []row{{hour: 5, value: 1}}, []string{"5 buy BTCUSDT", "54 sell BTCUSDT"}},
		{"absent is kept where that is wanted", keep, []row{{hour: 5, value: 1}, {hour: 9, null: true}, {hour: 12, value: -1}, {hour: 13, null: true}}, []string{"5 buy BTCUSDT", "12 sell BTCUSDT"}},
		{"absent never opens", keep, []row{{hour: 5, null: true}, {hour: -60, value: 1}}, nil},
		{"of the market", func(c *signalfollow.Config) { c.Kind, c.Subject = "market_trend", strategy.Whole },
			[]row{{hour: 5, value: 1, kind: "market_trend", subject: market.MarketWide}, {hour: 9, value: -1, kind: "market_trend", subject: market.MarketWide}},
			[]string{"5 buy BTCUSDT", "5 buy ETHUSDT", "9 sell BTCUSDT", "9 sell ETHUSDT"}},
		{"of one source", func(c *signalfollow.Config) { c.Source = "good" }, []row{{hour: 5, value: 1, source: "bad"}, {hour: 7, value: 1, source: "good"}, {hour: 8, value: -1, source: "bad"}}, []string{"7 buy BTCUSDT", "56 sell BTCUSDT"}},
		{"short while it says so", func(c *signalfollow.Config) { c.Short = true },
			[]row{{hour: 5, value: -1}, {hour: 9, value: 1}, {hour: 12, value: 0}, {hour: 15, value: -1}, {hour: 18, null: true}},
			[]string{"5 sell BTCUSDT", "9 buy BTCUSDT", "12 sell BTCUSDT", "15 sell BTCUSDT", "18 buy BTCUSDT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, c.set, c.rows...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: flat(1)}}}
	for word, set := range map[string]func(*signalfollow.Config){
		`follow the state that it leads to, "trading_trend"`:   func(c *signalfollow.Config) { c.Kind = "trading_signal" },
		`follow the state that it leads to, "hourly_position"`: func(c *signalfollow.Config) { c.Kind = "hourly_signal" },
		`follow the state that it leads to, "market_trend"`:    func(c *signalfollow.Config) { c.Kind = "market_signal" },
		"use grade_follow with enter = 0.5":                    func(c *signalfollow.Config) { c.Kind = "decision" },
		"kind is empty":                                        func(c *signalfollow.Config) { c.Kind = "" },
		"subject":                                              func(c *signalfollow.Config) { c.Subject = "planet" },
		"on_absent":                                            func(c *signalfollow.Config) { c.OnAbsent = "panic" },
		"max_age":                                              func(c *signalfollow.Config) { c.MaxAge = -1 },
		"weight":                                               func(c *signalfollow.Config) { c.Weight = 1.5 },
		"short = true":                                         func(c *signalfollow.Config) { c.Short = true },
	} {
		c := signalfollow.Plugin().New().(*signalfollow.Config)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
