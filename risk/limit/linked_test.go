package limit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// bracketed buys with a stop and a target beside it.
func bracketed(bar int, quote string) risktest.Step {
	return risktest.Step{Bar: bar, Do: func(c *strategy.Context) {
		stop := market.Order{Side: market.Sell, Type: market.Stop, Stop: dec("80")}
		target := risktest.SellLimit(0, "0", "130")
		if _, err := c.SubmitLinked(market.Bracket(risktest.BuyFor(0, quote), stop, target)); err != nil {
			c.Fail(err)
		}
	}}
}

// TestEntriesWithExitsCount: what a rule counts is no less where exits go with an order, or
// where a stop rests at the venue for what it bought.
func TestEntriesWithExitsCount(t *testing.T) {
	week := func() risk.Rule { return &limit.OrderRate{Count: 1, Window: 7 * 24 * hour, Scope: "strategy"} }
	for _, c := range []struct {
		name  string
		rules []risk.Named
		steps []risktest.Step
		want  string // what becomes of the second entry
	}{
		{"brackets of one instant", []risk.Named{{Name: "most", Rule: &limit.MaxPosition{Amount: dec("1500")}}},
			[]risktest.Step{bracketed(1, "1500"), bracketed(1, "1500")}, "refused by most"},
		{"a bracket and an order of one instant", []risk.Named{{Name: "most", Rule: &limit.MaxPosition{Amount: dec("1500")}}},
			[]risktest.Step{bracketed(1, "1500"), risktest.At(1, risktest.BuyFor(0, "1500"))}, "refused by most"},
		{"the rate of brackets", []risk.Named{{Name: "rate", Rule: week()}},
			[]risktest.Step{bracketed(1, "100"), bracketed(3, "100")}, "refused by rate"},
		{"the rate beside a stop at the venue", []risk.Named{{Name: "rate", Rule: week()}, {Name: "stop", Rule: &exit.StopLoss{Percent: dec("0.3"), At: "venue"}}},
			[]risktest.Step{risktest.At(1, risktest.BuyFor(0, "100")), risktest.At(3, risktest.BuyFor(0, "200")), risktest.At(4, risktest.BuyFor(0, "300"))}, "quote 300: refused by rate"},
		{"duplicates beside a stop at the venue", []risk.Named{{Name: "twice", Rule: &limit.DuplicateOrder{Window: 7 * 24 * hour}}, {Name: "stop", Rule: &exit.StopLoss{Percent: dec("0.3"), At: "venue"}}},
			[]risktest.Step{risktest.At(1, risktest.BuyFor(0, "100")), risktest.At(3, risktest.BuyFor(0, "200")), risktest.At(4, risktest.BuyFor(0, "200"))}, "quote 200: refused by twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := risktest.Trial{
				History: risktest.History(flat()...), Strategies: []strategy.Strategy{risktest.Play(c.steps...)}, Rules: c.rules,
			}.Run(t).Log()
			if !slices.ContainsFunc(log, func(l string) bool { return strings.Contains(l, c.want) }) {
				t.Errorf("no line says %q:\n%s", c.want, strings.Join(log, "\n"))
			}
		})
	}
}
