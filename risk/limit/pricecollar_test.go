package limit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func TestPriceCollar(t *testing.T) {
	tenth := &limit.PriceCollar{Percent: dec("0.1"), Marketable: decimal.NewNullDecimal(dec("0.01"))}
	order := func(o market.Order) risktest.Step { return risktest.At(1, o) }
	for _, s := range []script{{
		name: "a limit price below and above the last close", rule: tenth,
		steps: []risktest.Step{order(risktest.BuyLimit(0, "1", "90")), order(risktest.BuyLimit(0, "1", "89.99")), order(risktest.BuyLimit(1, "1", "101")), order(risktest.BuyLimit(1, "1", "101.01"))},
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 90",
			"1 a/2 buy limit A0USDT 1 at 89.99: refused by price_collar: limit price 89.99 is 10.01 % from the last close of 100, limit 10 %",
			"1 a/3 buy limit A1USDT 1 at 101",
			"1 a/4 buy limit A1USDT 1 at 101.01: refused by price_collar: limit price 101.01 is 1.01 % from the last close of 100, limit 1 %",
			"2 a/3 filled 1 at 100",
		},
	}, {
		name: "a stop, and the limit beyond it", rule: tenth,
		steps: []risktest.Step{
			order(risktest.BuyStop(0, "1", "110")), order(risktest.BuyStop(0, "1", "110.01")),
			order(stopLimit("105", "106.05")), order(stopLimit("105", "106.06")), order(stopLimit("105", "94.5")), order(stopLimit("105", "94.49")),
		},
		want: []string{
			"1 a/1 buy stop A0USDT 1 stop 110",
			"1 a/2 buy stop A0USDT 1 stop 110.01: refused by price_collar: stop price 110.01 is 10.01 % from the last close of 100, limit 10 %",
			"1 a/3 buy stop-limit A0USDT 1 at 106.05 stop 105",
			"1 a/4 buy stop-limit A0USDT 1 at 106.06 stop 105: refused by price_collar: limit price 106.06 is 1.01 % from the stop of 105, limit 1 %",
			"1 a/5 buy stop-limit A0USDT 1 at 94.5 stop 105",
			"1 a/6 buy stop-limit A0USDT 1 at 94.49 stop 105: refused by price_collar: limit price 94.49 is 10.01 % from the stop of 105, limit 10 %",
		},
	}, {
		name: "the distance of a trailing stop", rule: &limit.PriceCollar{Percent: dec("0.05")},
		steps: []risktest.Step{order(trailing("5", "0")), order(trailing("5.01", "0")), order(trailing("4.8", "96")), order(trailing("4", "94.99"))},
		want: []string{
			"1 a/1 buy trailing-stop A0USDT 1",
			"1 a/2 buy trailing-stop A0USDT 1: refused by price_collar: trailing price 105.01 is 5.01 % from the last close of 100, limit 5 %",
			"1 a/3 buy trailing-stop A0USDT 1",
			"1 a/4 buy trailing-stop A0USDT 1: refused by price_collar: activation price 94.99 is 5.01 % from the last close of 100, limit 5 %",
		},
	}, {
		name: "a sell that closes may lie anywhere", rule: &limit.PriceCollar{Percent: dec("0.01")},
		steps: []risktest.Step{order(risktest.Buy(0, "1")), risktest.At(2, risktest.SellLimit(0, "0.9", "900"))},
		want:  []string{"1 a/1 buy market A0USDT 1", "2 a/1 filled 1 at 100", "2 a/2 sell limit A0USDT 0.9 at 900"},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "price_collar") })
	}
}

func stopLimit(stop, price string) market.Order {
	o := risktest.BuyStop(0, "1", stop)
	o.Type, o.Price = market.StopLimit, dec(price)
	return o
}

func trailing(by, from string) market.Order {
	o := risktest.Buy(0, "1")
	o.Type, o.Trail = market.TrailingStop, market.Trail{By: dec(by), Activate: dec(from)}
	return o
}

// TestPriceCollarAfterAWildBar: a gap counts as a range does, and a limit order may leave.
func TestPriceCollarAfterAWildBar(t *testing.T) {
	calm := risktest.Closes(market.Hour, 100, 100, 105, 105, 105, 105)
	calm.Open[3], calm.Low[3], calm.High[3], calm.Close[3] = 110, 110, 111, 111 // a gap of 5 and a range of 1
	calm.Open[4], calm.Low[4], calm.High[4], calm.Close[4] = 111, 111, 111, 111
	calm.Open[5], calm.Low[5], calm.High[5], calm.Close[5] = 111, 111, 111, 111
	var steps []risktest.Step
	for bar := 1; bar < 6; bar++ {
		steps = append(steps, risktest.At(bar, risktest.BuyFor(0, "10")))
	}
	steps = append(steps, risktest.At(4, risktest.BuyLimit(0, "1", "100")))
	got := risktest.Trial{
		History: risktest.History(calm), Strategies: []strategy.Strategy{risktest.Play(steps...)},
		Rules: []risk.Named{{Name: "collar", Rule: &limit.PriceCollar{Percent: dec("0.1"), Bar: dec("0.05")}}},
	}.Run(t).Log()
	want := []string{
		"1 a/1 buy market A0USDT quote 10: refused by collar: no two bars of A0USDT to measure a market order by",
		"2 a/2 buy market A0USDT quote 10", "3 a/2 filled 0.1 at 100",
		"3 a/3 buy market A0USDT quote 10", "4 a/3 filled 0.0909 at 110",
		"4 a/4 buy market A0USDT quote 10: refused by collar: the last bar ranged over 5.71 % of the close before it, too much for a market order, limit 5 %",
		"4 a/5 buy limit A0USDT 1 at 100",
		"5 a/6 buy market A0USDT quote 10", "6 a/6 filled 0.09 at 111",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}
