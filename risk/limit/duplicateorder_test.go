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

func TestDuplicateOrder(t *testing.T) {
	buy := func(bar int, quantity, price string) risktest.Step {
		return risktest.At(bar, risktest.BuyLimit(0, quantity, price))
	}
	cancel := func(bar int) risktest.Step {
		return risktest.Step{Bar: bar, Do: func(c *strategy.Context) { risktest.CancelAll(c, 0) }}
	}
	for _, s := range []script{{
		name: "once while it works", rule: &limit.DuplicateOrder{},
		steps: []risktest.Step{buy(1, "1", "90"), buy(1, "1", "90"), buy(2, "1", "90"), cancel(2), buy(3, "1", "90")},
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 90",
			"1 a/2 buy limit A0USDT 1 at 90: refused by duplicate_order: order a/1 says the same, and works, limit once while it works",
			"2 a/3 buy limit A0USDT 1 at 90: refused by duplicate_order: order a/1 says the same, and works, limit once while it works",
			"2 a/1 cancel", "3 a/4 buy limit A0USDT 1 at 90",
		},
	}, {
		name: "another size, price, type, stop or instrument is another order", rule: &limit.DuplicateOrder{},
		steps: []risktest.Step{
			buy(1, "1", "90"), buy(1, "1.0001", "90"), buy(1, "1", "90.01"), risktest.At(1, risktest.BuyStop(0, "1", "120")), risktest.At(1, risktest.BuyStop(0, "1", "121")),
			risktest.At(1, risktest.BuyLimit(1, "1", "90")), buy(1, "1.00", "90.000"),
		},
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 90", "1 a/2 buy limit A0USDT 1.0001 at 90", "1 a/3 buy limit A0USDT 1 at 90.01",
			"1 a/4 buy stop A0USDT 1 stop 120", "1 a/5 buy stop A0USDT 1 stop 121", "1 a/6 buy limit A1USDT 1 at 90",
			"1 a/7 buy limit A0USDT 1 at 90: refused by duplicate_order: order a/1 says the same, and works, limit once while it works",
		},
	}, {
		name: "any size", rule: &limit.DuplicateOrder{AnySize: true},
		steps: []risktest.Step{buy(1, "1", "90"), buy(1, "2", "90"), buy(1, "2", "91")},
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 90",
			"1 a/2 buy limit A0USDT 2 at 90: refused by duplicate_order: order a/1 says the same, and works, limit once while it works",
			"1 a/3 buy limit A0USDT 2 at 91",
		},
	}, {
		name: "within the window whatever became of it", rule: &limit.DuplicateOrder{Window: 2 * hour},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "10")), risktest.At(2, risktest.BuyFor(0, "10")), risktest.At(3, risktest.BuyFor(0, "10"))},
		want: []string{
			"1 a/1 buy market A0USDT quote 10", "2 a/1 filled 0.1 at 100",
			"2 a/2 buy market A0USDT quote 10: refused by duplicate_order: order a/1 says the same, and left at 2024-01-01T01:00:00Z, limit once while it works and in 2h",
			"3 a/3 buy market A0USDT quote 10", "4 a/3 filled 0.1 at 100",
		},
	}, {
		name: "what was refused never counts", rule: &limit.DuplicateOrder{Window: 9 * hour},
		steps: []risktest.Step{buy(1, "1000", "90"), buy(1, "1000", "90")},
		want: []string{
			"1 a/1 buy limit A0USDT 1000 at 90: refused by engine: needs 90000, limit 10000 of free cash",
			"1 a/2 buy limit A0USDT 1000 at 90: refused by engine: needs 90000, limit 10000 of free cash",
		},
	}, {
		name: "an order may replace its like", rule: &limit.DuplicateOrder{},
		steps: []risktest.Step{buy(1, "1", "90"), {Bar: 2, Do: func(c *strategy.Context) {
			if _, err := c.Replace(c.OpenOrders(0)[0].ID, risktest.BuyLimit(0, "1", "90")); err != nil {
				c.Fail(err)
			}
		}}},
		want: []string{"1 a/1 buy limit A0USDT 1 at 90", "2 a/2 buy limit A0USDT 1 at 90"},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "duplicate_order") })
	}
}

// TestDuplicatesGoByWhatWasAskedFor: a rule behind it cuts the first one, and the second says
// what the first one said. Another strategy may say it, too.
func TestDuplicatesGoByWhatWasAskedFor(t *testing.T) {
	twice := func() strategy.Strategy {
		return risktest.Play(risktest.At(1, risktest.BuyLimit(0, "20", "90")), risktest.At(1, risktest.BuyLimit(0, "20", "90")))
	}
	got := risktest.Trial{
		History: risktest.History(flat()...), Strategies: []strategy.Strategy{twice(), twice()},
		Rules: []risk.Named{{Name: "again", Rule: &limit.DuplicateOrder{}}, {Name: "max", Rule: &limit.MaxOrder{Amount: decimal.New(900, 0), Cut: true}}},
	}.Run(t).Log()
	want := []string{
		"1 a/1 buy limit A0USDT 10 at 90", "1 a/2 buy limit A0USDT 20 at 90: refused by again: order a/1 says the same, and works, limit once while it works",
		"1 b/1 buy limit A0USDT 10 at 90", "1 b/2 buy limit A0USDT 20 at 90: refused by again: order b/1 says the same, and works, limit once while it works",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

// TestDuplicatesAgainstAllThatLeft compares each answer with a look through every order that
// the strategy has sent.
func TestDuplicatesAgainstAllThatLeft(t *testing.T) {
	const bars = 240
	var refused int
	for seed := range uint64(8) {
		r := limit.DuplicateOrder{Window: market.Duration(seed%4*3) * hour, AnySize: seed%2 == 0}
		set := r
		var steps []risktest.Step
		for bar := range bars { // few words, so that they come again
			x := uint64(bar)*2654435761 + seed*97
			steps = append(steps, risktest.At(bar, risktest.BuyLimit(market.InstrumentID(x>>7%2), []string{"1", "2"}[x>>9%2], []string{"100", "150", "190"}[x>>11%3])))
			if x>>13%11 == 0 {
				steps = append(steps, risktest.Step{Bar: bar, Do: func(c *strategy.Context) { risktest.CancelAll(c, 0) }})
			}
		}
		trace := risktest.Trial{
			History:    risktest.History(risktest.Walk(seed, market.Hour, bars), risktest.Walk(seed+9, market.Hour, bars)),
			Strategies: []strategy.Strategy{risktest.Play(steps...)}, Cash: 1_000_000,
			Rules: []risk.Named{{Name: "again", Rule: &r}},
		}.Run(t)
		var left []*market.Decision
		ended := map[market.OrderID]bool{}
		for _, rec := range trace.Records {
			if u := rec.Event.Update; u != nil && u.State.Final() {
				ended[u.ID] = true
			}
			d := rec.Decision
			if d == nil || d.Action != market.Submit {
				continue
			}
			want := false
			for _, l := range left {
				same := l.Order.Instrument == d.Order.Instrument && l.Order.Price.Equal(d.Order.Price) && (set.AnySize || l.Order.Quantity.Equal(d.Order.Quantity))
				want = want || same && (!ended[l.Order.ID] || d.Time-l.Time < market.Time(set.Window))
			}
			if got := d.Refused != nil; got != want {
				t.Fatalf("seed %d, %s: refused %t, not %t", seed, d.Order.ID, got, want)
			}
			if want {
				refused++
			} else {
				left = append(left, d)
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d were refused", refused)
	}
}
