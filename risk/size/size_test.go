package size_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/risk/size"
	"github.com/signalman-trading/signalman/strategy"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func TestSizers(t *testing.T) {
	limited := func(price string) market.Order { return risktest.BuyLimit(0, "0", price) }
	for _, c := range []struct {
		name  string
		sizer risk.Sizer
		rules []risk.Named
		steps []risktest.Step
		want  []string
	}{{
		name: "fixed_amount at the last price", sizer: &size.FixedAmount{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT 3.3333", "2 a/1 filled 3.3333 at 300"},
	}, {
		name: "fixed_amount at the order's own price", sizer: &size.FixedAmount{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, limited("250")), risktest.At(1, risktest.BuyStop(0, "0", "400"))},
		want:  []string{"1 a/1 buy limit A0USDT 4 at 250", "1 a/2 buy stop A0USDT 2.5 stop 400", "3 a/1 filled 4 at 250"},
	}, {
		name: "an order that names a quantity keeps it", sizer: &size.FixedAmount{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "1"))},
		want:  []string{"1 a/1 buy market A0USDT 1", "2 a/1 filled 1 at 300"},
	}, {
		name: "under one step", sizer: &size.FixedAmount{Amount: dec("0.02")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT: refused by sizer: size 0, limit one step"},
	}, {
		name: "percent_equity follows losses", sizer: &size.PercentEquity{Percent: dec("0.5")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0")), risktest.At(3, limited("100"))},
		want: []string{
			"1 a/1 buy market A0USDT 16.6666", "2 a/1 filled 16.6666 at 300",
			"3 a/2 buy limit A0USDT 41.65 at 100", // half of 5,000.02 + 16.6499 × 200
		},
	}, {
		name: "rules see the size", sizer: &size.PercentEquity{Percent: dec("0.5")},
		rules: []risk.Named{{Name: "max_order", Rule: &limit.MaxOrder{Amount: dec("600"), Cut: true}}},
		steps: []risktest.Step{risktest.At(1, limited("200"))},
		want:  []string{"1 a/1 buy limit A0USDT 3 at 200"},
	}, {
		name: "a market order for all of the cash leaves room for the collar", sizer: &size.PercentEquity{Percent: dec("1")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT 32.6797", "2 a/1 filled 32.6797 at 300"},
	}} {
		t.Run(c.name, func(t *testing.T) {
			got := risktest.Trial{
				History:    risktest.History(risktest.Closes(market.Hour, 300, 300, 200, 200)),
				Strategies: []strategy.Strategy{risktest.Play(c.steps...)},
				Rules:      c.rules, Sizer: &engine.Sizer{Name: "sizer", Sizer: c.sizer},
			}.Run(t).Log()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for name, s := range map[string]risk.Sizer{
		"no amount":     &size.FixedAmount{},
		"no share":      &size.PercentEquity{},
		"share above 1": &size.PercentEquity{Percent: dec("50")},
	} {
		if err := s.Init(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
