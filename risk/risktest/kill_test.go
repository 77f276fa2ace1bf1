package risktest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func TestKillStopsNewRiskUntilResume(t *testing.T) {
	trace := risktest.Trial{
		History: risktest.History(risktest.Closes(market.Hour, 100, 100, 100, 100, 100, 100, 100)),
		Strategies: []strategy.Strategy{risktest.Play(
			risktest.At(1, risktest.BuyFor(0, "1000")),
			risktest.At(2, risktest.BuyLimit(0, "5", "90")),
			risktest.At(2, risktest.SellLimit(0, "5", "120")),
			risktest.At(3, risktest.BuyFor(0, "1000")),
			risktest.At(3, risktest.Sell(0, "1")),
			risktest.Step{Bar: 4, Do: func(c *strategy.Context) { _ = c.Target(0, 1) }},
			risktest.At(5, risktest.BuyFor(0, "1000")),
		)},
		Commands: []risktest.Command{{Bar: 3, Say: market.Kill}, {Bar: 5, Say: market.Resume}},
	}.Run(t)
	want := []string{
		"1 a/1 buy market A0USDT quote 1000", "2 a/1 filled 10 at 100",
		"2 a/2 buy limit A0USDT 5 at 90", "2 a/3 sell limit A0USDT 5 at 120",
		"3 account: kill: new risk stopped by the operator until resume", "3 a/2 cancel",
		"3 a/4 buy market A0USDT quote 1000: refused by kill: halted: new risk stopped by the operator until resume",
		"3 a/5 sell market A0USDT 1", "4 a/5 filled 1 at 100",
		"4 a/6 buy market A0USDT quote 9000 (target): refused by kill: halted: new risk stopped by the operator until resume",
		"5 account: lifted kill", "5 a/7 buy market A0USDT quote 1000", "6 a/7 filled 10 at 100",
	}
	got := trace.Log()
	for k := range got {
		if strings.Contains(got[k], "(target)") { // its amount is the rest of the equity
			before, after, _ := strings.Cut(got[k], "quote ")
			_, after, _ = strings.Cut(after, " ")
			got[k] = before + "quote 9000 " + after
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

// TestKillProperty kills and resumes at any bar amid random orders.
func TestKillProperty(t *testing.T) {
	sells := 0
	rapid.Check(t, func(rt *rapid.T) {
		kill := rapid.IntRange(2, 150).Draw(rt, "kill")
		resume := kill + rapid.IntRange(1, 60).Draw(rt, "for")
		seed := rapid.Uint64().Draw(rt, "market")
		trace := risktest.Trial{
			History:    risktest.History(risktest.Walk(seed, market.Hour, 200), risktest.Walk(seed+1, market.Hour, 200)),
			Strategies: []strategy.Strategy{&risktest.Chance{Last: 200}, &risktest.Chance{Last: 200}},
			Commands:   []risktest.Command{{Bar: kill, Say: market.Kill}, {Bar: resume, Say: market.Resume}},
		}.Run(t)
		killed := false
		working := map[market.OrderID]bool{} // buys
		for k := range trace.Records {
			r := &trace.Records[k]
			switch d, u := r.Decision, r.Event.Update; {
			case r.Kind == market.RecordHalt:
				killed = strings.HasPrefix(r.Text, "kill")
			case d != nil && d.Action == market.Submit && d.Order.Side == market.Buy && d.Refused == nil:
				if killed {
					rt.Fatalf("%s: buy %s left while new risk was stopped", d.Time, d.Order.ID)
				}
				working[d.Order.ID] = true
			case d != nil && d.Order.Side == market.Sell && d.Action == market.Submit && killed:
				if sells++; d.Refused != nil && d.Refused.Rule == "kill" {
					rt.Fatalf("%s: sell %s was refused", d.Time, d.Order.ID)
				}
			case u != nil && u.Fill != nil && killed && working[u.ID] && trace.Bar(u.Time) > kill:
				rt.Fatalf("%s: buy %s filled after the kill", u.Time, u.ID)
			case u != nil && u.State.Final():
				delete(working, u.ID)
			}
			if killed && trace.Bar(r.Time) > kill && len(working) > 0 {
				rt.Fatalf("%s: buys work after the kill: %v", r.Time, working)
			}
		}
	})
	if sells == 0 {
		t.Error("nothing was sold while new risk was stopped")
	}
}
