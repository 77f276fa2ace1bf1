package graderotation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// BTC is the best of two, and then the second, where the buffer would keep it. A stop that has
// sold it takes its place away; what a limit refuses is asked for at each date.
func TestRulesInTheWay(t *testing.T) {
	story := strategytest.Story{Interval: market.Hour * 12, Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 80, 80, 80}}, {Symbol: "ETHUSDT", Closes: []float64{50, 50, 50, 50, 50, 50}},
	}}
	for day, grades := range [][2]float64{{90, 70}, {80, 85}, {80, 85}} {
		for k, grade := range grades {
			story.Signals = append(story.Signals, market.Signal{
				Kind: "trader_grade", Subject: []market.Subject{"BTC", "ETH"}[k], Value: grade, Effective: story.Start() + market.Time(day+1)*market.Day,
			})
		}
	}
	for _, c := range []struct {
		name string
		rule risk.Rule
		want []string
	}{
		{"a stop closes it", &exit.StopLoss{Percent: decimal.New(1, -1), At: "close"}, []string{
			"2 buy BTCUSDT 10000 (target)",
			"4 sell BTCUSDT 100 (rule)",
			"6 buy ETHUSDT 8000 (target)",
		}},
		{"a limit refuses it", &limit.MaxOrder{Amount: decimal.New(1000, 0)}, []string{
			"2 buy BTCUSDT 10000 (target) refused by rule: order for 10000 USDT of BTCUSDT, limit 1000 USDT",
			"4 buy ETHUSDT 10000 (target) refused by rule: order for 10000 USDT of ETHUSDT, limit 1000 USDT",
			"6 buy ETHUSDT 10000 (target) refused by rule: order for 10000 USDT of ETHUSDT, limit 1000 USDT",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := story
			told.Rules = []risk.Named{{Name: "rule", Rule: c.rule}}
			s := graderotation.Plugin().New().(*graderotation.Config)
			s.Top, s.MaxWeight, s.Schedule = 1, 1, "0 0 * * *"
			if diff := cmp.Diff(c.want, told.Orders(t, s)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
