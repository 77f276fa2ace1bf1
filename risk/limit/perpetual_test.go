package limit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestGatesOfPerpetuals: a sell that opens a short position passes the gates as a buy does,
// and the part of an order that closes one passes none.
func TestGatesOfPerpetuals(t *testing.T) {
	for name, x := range map[string]struct {
		rule  risk.Rule
		steps []risktest.Step
		want  []string
	}{
		"a short sale counts, and what only closes does not": {
			&limit.OrderRate{Count: 2, Window: 9 * hour, Scope: "strategy"},
			[]risktest.Step{
				risktest.At(1, risktest.Sell(0, "10")), risktest.At(2, risktest.Buy(0, "4")), risktest.At(2, risktest.Buy(0, "1")),
				risktest.At(3, risktest.Buy(0, "8")), risktest.At(4, risktest.Sell(0, "5")), risktest.At(5, risktest.Sell(0, "1")),
			},
			[]string{
				"1 a/1 sell market A0USDT 10", "2 a/1 filled 10 at 100", "2 a/2 buy market A0USDT 4", "2 a/3 buy market A0USDT 1",
				"3 a/2 filled 4 at 100", "3 a/3 filled 1 at 100", "3 a/4 buy market A0USDT 8", "4 a/4 filled 8 at 100",
				"4 a/5 sell market A0USDT 3", "5 a/5 filled 3 at 100",
				"5 a/6 sell market A0USDT 1: refused by gate: 2 orders of the strategy left in 9h, the next may at 2024-01-01T10:00:00Z, limit 2",
			},
		},
		"a sell below the last close trades at once": {
			&limit.PriceCollar{Percent: dec("0.1"), Marketable: value("0.01")},
			[]risktest.Step{risktest.At(1, risktest.SellLimit(0, "1", "98.99")), risktest.At(1, risktest.SellLimit(0, "1", "110")), risktest.At(1, risktest.SellLimit(0, "1", "110.01"))},
			[]string{
				"1 a/1 sell limit A0USDT 1 at 98.99: refused by gate: limit price 98.99 is 1.01 % from the last close of 100, limit 1 %",
				"1 a/2 sell limit A0USDT 1 at 110",
				"1 a/3 sell limit A0USDT 1 at 110.01: refused by gate: limit price 110.01 is 10.01 % from the last close of 100, limit 10 %",
			},
		},
		"a sell is no duplicate of a buy": {
			&limit.DuplicateOrder{},
			[]risktest.Step{risktest.At(1, risktest.SellLimit(0, "1", "110")), risktest.At(1, risktest.BuyLimit(0, "1", "110")), risktest.At(1, risktest.SellLimit(0, "1", "110"))},
			[]string{
				"1 a/1 sell limit A0USDT 1 at 110", "1 a/2 buy limit A0USDT 1 at 110",
				"1 a/3 sell limit A0USDT 1 at 110: refused by gate: order a/1 says the same, and works, limit once while it works", "2 a/2 filled 1 at 100",
			},
		},
	} {
		h := risktest.History(flat()...)
		for i := range h.Instruments {
			h.Instruments[i].Fees.InQuote, h.Instruments[i].Margin = true, &market.Margin{Leverage: dec("3")}
		}
		got := risktest.Trial{History: h, Rules: []risk.Named{{Name: "gate", Rule: x.rule}}, Strategies: []strategy.Strategy{risktest.Play(x.steps...)}}.Run(t).Log()
		if d := cmp.Diff(x.want, got); d != "" {
			t.Errorf("%s: log differs (-want +got):\n%s", name, d)
		}
	}
}
