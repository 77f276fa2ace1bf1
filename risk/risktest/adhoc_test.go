package risktest_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func d(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func TestAdhocMaxQuantityFlatten(t *testing.T) {
	h := risktest.History(risktest.Closes(market.Hour, 100, 100, 90, 90, 90, 90, 90))
	h.Instruments[0].MaxQuantity = d("60")
	tr := risktest.Trial{History: h, Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.BuyFor(0, "5000")), risktest.At(1, risktest.BuyFor(0, "5000")))},
		Rules: []risk.Named{{Name: "dd", Rule: &halt.MaxDrawdown{Limit: d("0.05"), Per: "total", Scope: "account", Action: "flatten"}}}}.Run(t)
	for _, l := range tr.Log() {
		fmt.Println(l)
	}
}

func TestAdhocAll(t *testing.T) {
	for seed := uint64(1); seed < 400; seed++ {
		mk := func() risktest.Trial {
			o := sim.DefaultOptions()
			o.Latency = []market.Time{0, market.Time(market.Minute), 90 * market.Time(market.Minute), market.Time(market.Hour)}[seed%4]
			o.SlippageBps = d("5")
			h := risktest.History(risktest.Walk(seed, market.Hour, 400), risktest.Walk(seed+5000, market.Hour, 400))
			if seed%2 == 0 {
				for i := range h.Instruments {
					h.Instruments[i].Fees.InQuote = true
				}
			}
			act := []string{"halt", "flatten"}[seed/2%2]
			return risktest.Trial{History: h, Strategies: []strategy.Strategy{&risktest.Chance{Last: 400}, &risktest.Chance{Last: 400}}, Sim: o,
				Rules: []risk.Named{
					{Name: "dd", Rule: &halt.MaxDrawdown{Limit: d("0.01"), Per: "day", Scope: "account", Action: act}},
					{Name: "dds", Rule: &halt.MaxDrawdown{Limit: d("0.03"), Per: "week", Scope: "strategy", Action: act}},
					{Name: "max_order", Rule: &limit.MaxOrder{Percent: d("0.4"), Cut: true}},
					{Name: "max_position", Rule: &limit.MaxPosition{Percent: d("0.5")}},
					{Name: "max_open", Rule: &limit.MaxOpen{Count: 1}},
					{Name: "stop", Rule: &exit.StopLoss{Percent: d("0.02")}},
				}}
		}
		a := mk().Run(t)
		for _, o := range a.Open {
			if !o.Unsellable {
				t.Errorf("seed %d open %v %v", seed, o.Trade.Strategy, o.Quantity)
			}
		}
		rej := map[string]int{}
		for _, o := range a.Orders {
			if o.Rule != "" && o.State >= market.Rejected {
				rej[o.End]++
			}
			if o.Rule == "" && o.State == market.Rejected {
				rej["strategy: "+o.End]++
			}
		}
		if seed < 9 {
			fmt.Println(seed, len(a.Orders), len(a.Notices), rej)
		}
	}
}
