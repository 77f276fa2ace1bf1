package signalfollow_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// What a rule closed or refused is not asked for again until the state has turned and turned
// back: here down on the fifth day, and up on the sixth.
func TestRulesInTheWay(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 80, 80, 80, 80, 80}}}}
	for day, trend := range []float64{1, 1, 1, 1, -1, 1, 1} {
		story.Signals = append(story.Signals, market.Signal{
			Kind: "trading_trend", Subject: "BTC", Value: trend, Effective: story.Start() + market.Time(day+1)*market.Day,
		})
	}
	for _, c := range []struct {
		name string
		rule risk.Rule
		want []string
	}{
		{"a stop closes it", &exit.StopLoss{Percent: decimal.New(1, -1), At: "close"}, []string{
			"1 buy 10000 (target)",
			"3 sell 100 (rule)",
			"6 buy 8000 (target)",
		}},
		{"a limit refuses it", &limit.MaxOrder{Amount: decimal.New(1000, 0)}, []string{
			"1 buy 10000 (target) refused by rule: order for 10000 USDT of BTCUSDT, limit 1000 USDT",
			"6 buy 10000 (target) refused by rule: order for 10000 USDT of BTCUSDT, limit 1000 USDT",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := story
			told.Rules = []risk.Named{{Name: "rule", Rule: c.rule}}
			if diff := cmp.Diff(c.want, told.Orders(t, signalfollow.Plugin().New())); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
