package dca_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/strategy/dca"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// small makes deals of 8000: the first buy of 2000, as much 10 % below it and twice that
// 20 % below it; all is sold 10 % above the average.
func small(c *dca.Config) {
	c.Weight, c.SafetyOrders, c.Deviation, c.StepScale, c.SafetySize, c.SizeScale, c.TakeProfit, c.Pause = 0.8, 2, 0.1, 1, 1, 2, 0.1, 0
}

// play runs over daily closes, under rules.
func play(t *testing.T, rules []risk.Named, set func(*dca.Config), closes ...float64) []string {
	t.Helper()
	c := dca.Plugin().New().(*dca.Config)
	small(c)
	if set != nil {
		set(c)
	}
	return strategytest.Story{Rules: rules, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: closes}}}.Orders(t, c)
}

func TestRules(t *testing.T) {
	begin := []string{"1 buy 2000 (first buy)", "2 buy 22.22222222 at 90 (safety order)", "2 buy 50 at 80 (safety order)", "2 sell 20 at 110 (take profit)"}
	after := func(lines ...string) []string { return append(begin[:len(begin):len(begin)], lines...) }
	for _, c := range []struct {
		name   string
		set    func(*dca.Config)
		closes []float64
		want   []string
	}{
		{"a buy, then what rests around it", nil, []float64{100, 100, 100, 100}, begin},
		{"sold at the gain, it begins again with what there is", nil, []float64{100, 100, 111, 111}, after(
			"3 cancel buy 22.22222222 at 90 (safety order)", "3 cancel buy 50 at 80 (safety order)", "4 buy 2040 (first buy)")},
		{"after a pause", func(c *dca.Config) { c.Pause = market.Duration(2 * market.Day) }, []float64{100, 100, 111, 111, 111}, after(
			"3 cancel buy 22.22222222 at 90 (safety order)", "3 cancel buy 50 at 80 (safety order)", "5 buy 2040 (first buy)")},
		{"the sale follows the average", nil, []float64{100, 100, 89, 89}, after("3 sell 42.22222222 at 104.21052632 (take profit)")},
		{"once for two buys of one bar", nil, []float64{100, 100, 70, 70}, after("3 sell 92.22222222 at 95.42168675 (take profit)")},
		{"what never filled is cancelled", nil, []float64{100, 100, 89, 89, 105}, after(
			"3 sell 42.22222222 at 104.21052632 (take profit)", "5 cancel buy 50 at 80 (safety order)")},
		{"below the last one it waits", nil, []float64{100, 100, 70, 50, 30, 20}, after("3 sell 92.22222222 at 95.42168675 (take profit)")},
		{"a missing bar", nil, []float64{100, 0, 100, 0, 100}, []string{
			"1 buy 2000 (first buy)", "3 buy 22.22222222 at 90 (safety order)", "3 buy 50 at 80 (safety order)", "3 sell 20 at 110 (take profit)"}},
		{"no safety orders", func(c *dca.Config) { c.SafetyOrders = 0 }, []float64{100, 100, 100}, []string{
			"1 buy 8000 (first buy)", "2 sell 80 at 110 (take profit)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, play(t, nil, c.set, c.closes...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A rule that closes the position ends the deal: what rests is cancelled, and the next one
// begins after the pause. One that refuses an order is asked again on the next day.
func TestRulesOfRisk(t *testing.T) {
	begin := []string{"1 buy 2000 (first buy)", "2 buy 22.22222222 at 90 (safety order)", "2 buy 50 at 80 (safety order)", "2 sell 20 at 110 (take profit)"}
	after := func(lines ...string) []string { return append(begin[:len(begin):len(begin)], lines...) }
	for _, c := range []struct {
		name   string
		rule   risk.Rule
		closes []float64
		want   []string
	}{
		{"a stop", &exit.StopLoss{Percent: decimal.New(5, -2), At: "close"}, []float64{100, 100, 93, 92, 92}, after(
			"3 cancel buy 22.22222222 at 90 (safety order)", "3 cancel buy 50 at 80 (safety order)", "3 cancel sell 20 at 110 (take profit)",
			"3 sell 20 (rule)", "5 buy 1972 (first buy)")},
		{"no first buy", &limit.MaxOrder{Amount: decimal.New(1000, 0)}, []float64{100, 100}, []string{
			"1 buy 2000 (first buy) refused by rule: order for 2000 USDT of BTCUSDT, limit 1000 USDT",
			"2 buy 2000 (first buy) refused by rule: order for 2000 USDT of BTCUSDT, limit 1000 USDT"}},
		{"no large safety order", &limit.MaxOrder{Amount: decimal.New(2500, 0)}, []float64{100, 100, 93, 70, 70}, []string{
			begin[0], begin[1], begin[2] + " refused by rule: order for 4000 USDT of BTCUSDT, limit 2500 USDT", begin[3],
			"4 sell 42.22222222 at 104.21052632 (take profit)"}},
	} {
		if diff := cmp.Diff(c.want, play(t, []risk.Named{{Name: "rule", Rule: c.rule}}, nil, c.closes...)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestParameters(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	for word, set := range map[string]func(*dca.Config){
		"weight":    func(c *dca.Config) { c.Weight = 1.5 },
		"pause":     func(c *dca.Config) { c.Pause = -1 },
		"100 % bel": func(c *dca.Config) { c.Deviation, c.SafetyOrders = 0.1, 10 },
	} {
		c := dca.Plugin().New().(*dca.Config)
		small(c)
		set(c)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
