package limit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

const hour = market.Duration(time.Hour)

func TestOrderRate(t *testing.T) {
	buy := func(bar int) risktest.Step { return risktest.At(bar, risktest.BuyFor(0, "10")) }
	two := func() risk.Rule { return &limit.OrderRate{Count: 2, Window: 2 * hour, Scope: "strategy"} }
	for _, s := range []script{{
		name: "an order counts until its window has passed", rule: two(),
		steps: []risktest.Step{buy(1), buy(2), buy(2), buy(3), buy(3)},
		want: []string{
			"1 a/1 buy market A0USDT quote 10", "2 a/1 filled 0.1 at 100", "2 a/2 buy market A0USDT quote 10",
			"2 a/3 buy market A0USDT quote 10: refused by order_rate: 2 orders of the strategy left in 2h, the next may at 2024-01-01T03:00:00Z, limit 2",
			"3 a/2 filled 0.1 at 100", "3 a/4 buy market A0USDT quote 10",
			"3 a/5 buy market A0USDT quote 10: refused by order_rate: 2 orders of the strategy left in 2h, the next may at 2024-01-01T04:00:00Z, limit 2",
			"4 a/4 filled 0.1 at 100",
		},
	}, {
		name: "what lacks the cash never counts, what is cancelled does", rule: two(),
		steps: []risktest.Step{
			risktest.At(1, risktest.BuyFor(0, "99999")), risktest.At(1, risktest.BuyLimit(0, "1", "90")), risktest.At(1, risktest.BuyLimit(0, "1", "91")),
			{Bar: 2, Do: func(c *strategy.Context) { risktest.CancelAll(c, 0) }}, buy(2),
		},
		want: []string{
			"1 a/1 buy market A0USDT quote 99999: refused by engine: needs 99999, limit 10000 of free cash",
			"1 a/2 buy limit A0USDT 1 at 90", "1 a/3 buy limit A0USDT 1 at 91", "2 a/2 cancel", "2 a/3 cancel",
			"2 a/4 buy market A0USDT quote 10: refused by order_rate: 2 orders of the strategy left in 2h, the next may at 2024-01-01T03:00:00Z, limit 2",
		},
	}, {
		name: "closing is free", rule: &limit.OrderRate{Count: 1, Window: 100 * hour, Scope: "account"},
		steps: []risktest.Step{buy(1), risktest.At(2, risktest.SellAll(0)), buy(3)},
		want: []string{
			"1 a/1 buy market A0USDT quote 10", "2 a/1 filled 0.1 at 100", "2 a/2 sell market A0USDT 0.0999", "3 a/2 filled 0.0999 at 100",
			"3 a/3 buy market A0USDT quote 10: refused by order_rate: 1 orders of the account left in 100h, the next may at 2024-01-05T05:00:00Z, limit 1",
		},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "order_rate") })
	}
}

// TestOrderRateCountsWhatLeft puts random orders of two strategies through the rule and one
// behind it, and says of each by a count of its own whether it may leave.
func TestOrderRateCountsWhatLeft(t *testing.T) {
	const bars = 300
	var refused, behind int
	for seed := range uint64(12) {
		r := limit.OrderRate{Count: int(1 + seed%4), Window: market.Duration(3+seed%7) * hour, Scope: []string{"strategy", "symbol", "account"}[seed%3]}
		set := r
		trace := risktest.Trial{
			History:    risktest.History(risktest.Walk(seed, market.Hour, bars), risktest.Walk(seed+99, market.Hour, bars)),
			Strategies: []strategy.Strategy{&risktest.Chance{Last: bars}, &risktest.Chance{Last: bars}},
			Rules:      []risk.Named{{Name: "rate", Rule: &r}, {Name: "size", Rule: &limit.MaxOrder{Amount: decimal.New(700, 0)}}},
		}.Run(t)
		var left []*market.Decision
		for _, rec := range trace.Records {
			d := rec.Decision
			if d == nil || d.Action != market.Submit || d.Order.Side != market.Buy {
				continue
			}
			if slices.ContainsFunc(d.Checks, func(c market.Check) bool { return c.Rule == "rate" }) {
				n := naive(left, d, &set)
				no := d.Refused != nil && d.Refused.Rule == "rate"
				if no != (n >= set.Count) {
					t.Fatalf("seed %d, %s: %d of %d left in %s by %s, and refused is %t", seed, d.Order.ID, n, set.Count, set.Window, set.Scope, no)
				}
				if no {
					refused++
				}
			}
			switch {
			case d.Refused == nil:
				left = append(left, d)
			case d.Refused.Rule != "rate":
				behind++
			}
		}
	}
	if refused < 100 || behind < 100 {
		t.Errorf("the runs proved little: %d refused, %d by others", refused, behind)
	}
}

// naive counts the orders that left within the window before a decision, of its scope.
func naive(left []*market.Decision, d *market.Decision, r *limit.OrderRate) (n int) {
	for _, l := range left {
		same := r.Scope == "account" || r.Scope == "symbol" && l.Order.Instrument == d.Order.Instrument ||
			r.Scope == "strategy" && l.Order.ID.Strategy == d.Order.ID.Strategy
		if same && l.Time > d.Time-market.Time(r.Window) {
			n++
		}
	}
	return n
}

// TestOrderRateOfTheAccountCountsOtherChains: the rule hears of strategies that do not name
// it.
func TestOrderRateOfTheAccountCountsOtherChains(t *testing.T) {
	for scope, want := range map[string]int{"account": 1, "strategy": 2} {
		r := &limit.OrderRate{Count: 2, Window: 9 * hour, Scope: scope}
		trial := risktest.Trial{
			History:    risktest.History(flat()...),
			Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.BuyFor(1, "20"))), risktest.Play(risktest.At(2, risktest.BuyFor(0, "10")), risktest.At(2, risktest.BuyFor(0, "11")))},
			Rules:      []risk.Named{{Name: "rate", Rule: only{r, "b"}}},
		}
		passed := 0
		for _, line := range trial.Run(t).Log() {
			if len(line) < 40 && line[:4] == "2 b/" {
				passed++
			}
		}
		if passed != want {
			t.Errorf("scope %s: %d orders of b left, not %d", scope, passed, want)
		}
	}
}

// only shows a rule the orders of one strategy.
type only struct {
	risk.Rule
	strategy string
}

// Review passes on what the rule says of the strategy's orders.
func (o only) Review(v *risk.View, order market.Order) (market.Order, error) {
	if v.Strategy() != o.strategy {
		v.Found("not asked", "none")
		return order, nil
	}
	return o.Rule.Review(v, order)
}

// TestRuleThatLosesCountHalts: what panics over an order that leaves stops new risk, and the
// order with it.
func TestRuleThatLosesCountHalts(t *testing.T) {
	const panicked = "the rule panicked: no idea"
	for _, s := range []script{{
		steps: []risktest.Step{risktest.At(1, risktest.BuyLimit(0, "1", "90")), risktest.At(1, risktest.BuyLimit(0, "2", "90"))},
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 90", "1 account: order_rate: " + panicked,
			"1 a/2 buy limit A0USDT 2 at 90: refused by order_rate: halted: " + panicked, "1 a/1 cancel",
		},
	}, {
		steps: []risktest.Step{{Bar: 1, Do: func(c *strategy.Context) { _ = c.Target(0, 0.5) }}},
		want:  []string{"1 a/1 buy market A0USDT quote 5000 (target)", "1 account: order_rate: " + panicked, "1 a/1 cancel"},
	}} {
		s.rule = &loser{}
		s.run(t, "order_rate")
	}
}

type loser struct{}

// Init listens to what leaves.
func (*loser) Init(s *risk.Setup) error {
	s.Passed(func(*risk.View, market.Order) { panic("no idea") })
	return nil
}

// Review lets everything pass.
func (*loser) Review(v *risk.View, o market.Order) (market.Order, error) { return o, nil }
