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

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// flat is a market of three instruments that stay at 100.
func flat() []*market.Columns {
	c := func() *market.Columns { return risktest.Closes(market.Hour, 100, 100, 100, 100, 100, 100) }
	return []*market.Columns{c(), c(), c()}
}

type script struct {
	name  string
	rule  risk.Rule
	steps []risktest.Step
	want  []string
}

func (s script) run(t *testing.T, name string) {
	got := risktest.Trial{
		History: risktest.History(flat()...), Strategies: []strategy.Strategy{risktest.Play(s.steps...)},
		Rules: []risk.Named{{Name: name, Rule: s.rule}},
	}.Run(t).Log()
	if d := cmp.Diff(s.want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

func TestMaxPosition(t *testing.T) {
	quarter := func() risk.Rule { return &limit.MaxPosition{Percent: dec("0.25")} }
	for _, s := range []script{{
		name: "cuts a quote amount to a share of equity", rule: quarter(),
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "5000"))},
		want:  []string{"1 a/1 buy market A0USDT quote 2500", "2 a/1 filled 25 at 100"},
	}, {
		name: "cuts a quantity at 2 % above the close", rule: quarter(),
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "50"))},
		want:  []string{"1 a/1 buy market A0USDT 24.5098", "2 a/1 filled 24.5098 at 100"},
	}, {
		name: "counts a limit buy at its price and the one that works", rule: quarter(),
		steps: []risktest.Step{risktest.At(1, risktest.BuyLimit(0, "20", "90")), risktest.At(2, risktest.BuyLimit(0, "20", "80"))},
		want:  []string{"1 a/1 buy limit A0USDT 20 at 90", "2 a/2 buy limit A0USDT 8.75 at 80"},
	}, {
		name: "counts a stop buy above its stop", rule: quarter(),
		steps: []risktest.Step{risktest.At(1, risktest.BuyStop(0, "20", "200"))},
		want:  []string{"1 a/1 buy stop A0USDT 12.2549 stop 200"},
	}, {
		name: "counts orders of the same instant", rule: quarter(),
		steps: []risktest.Step{
			risktest.At(1, risktest.BuyFor(0, "2000")), risktest.At(1, risktest.BuyFor(0, "2000")), risktest.At(1, risktest.BuyFor(0, "2000")),
		},
		want: []string{
			"1 a/1 buy market A0USDT quote 2000", "1 a/2 buy market A0USDT quote 500",
			"1 a/3 buy market A0USDT quote 2000: refused by max_position: A0USDT position and working buys of 2500 USDT, and the order 2000, limit 2500 USDT",
			"2 a/1 filled 20 at 100", "2 a/2 filled 5 at 100",
		},
	}, {
		name: "bounds each instrument alone", rule: quarter(),
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "9000")), risktest.At(1, risktest.BuyFor(1, "9000"))},
		want: []string{
			"1 a/1 buy market A0USDT quote 2500", "1 a/2 buy market A1USDT quote 2500",
			"2 a/1 filled 25 at 100", "2 a/2 filled 25 at 100",
		},
	}, {
		name: "counts the position", rule: &limit.MaxPosition{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "500")), risktest.At(2, risktest.BuyFor(0, "800"))},
		want: []string{
			"1 a/1 buy market A0USDT quote 500", "2 a/1 filled 5 at 100",
			"2 a/2 buy market A0USDT quote 490.51", "3 a/2 filled 4.9051 at 100",
		},
	}, {
		name: "takes the lower of share and amount", rule: &limit.MaxPosition{Percent: dec("0.1"), Amount: dec("2000")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "5000"))},
		want:  []string{"1 a/1 buy market A0USDT quote 1000", "2 a/1 filled 10 at 100"},
	}, {
		name: "refuses what is left under the minimum notional", rule: &limit.MaxPosition{Amount: dec("4.99")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "1"))},
		want:  []string{"1 a/1 buy market A0USDT 1: refused by max_position: A0USDT position and working buys of 0 USDT, and the order 102, limit 4.99 USDT"},
	}, {
		name: "lets a position be closed that exceeds it", rule: &limit.MaxPosition{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "1000")), risktest.At(3, risktest.SellAll(0))},
		want: []string{
			"1 a/1 buy market A0USDT quote 1000", "2 a/1 filled 10 at 100",
			"3 a/2 sell market A0USDT 9.99", "4 a/2 filled 9.99 at 100",
		},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "max_position") })
	}
}

func TestMaxOrder(t *testing.T) {
	for _, s := range []script{{
		name: "cuts to the amount", rule: &limit.MaxOrder{Amount: dec("1000"), Cut: true},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "1500")), risktest.At(1, risktest.BuyLimit(0, "20", "80"))},
		want:  []string{"1 a/1 buy market A0USDT quote 1000", "1 a/2 buy limit A0USDT 12.5 at 80", "2 a/1 filled 10 at 100"},
	}, {
		name: "cuts to a share of equity", rule: &limit.MaxOrder{Percent: dec("0.05"), Cut: true},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "1500"))},
		want:  []string{"1 a/1 buy market A0USDT quote 500", "2 a/1 filled 5 at 100"},
	}, {
		name: "refuses where it may not cut", rule: &limit.MaxOrder{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "1000.01")), risktest.At(1, risktest.BuyFor(0, "1000"))},
		want: []string{
			"1 a/1 buy market A0USDT quote 1000.01: refused by max_order: order for 1000.01 USDT of A0USDT, limit 1000 USDT",
			"1 a/2 buy market A0USDT quote 1000", "2 a/2 filled 10 at 100",
		},
	}, {
		name: "lets a sell be larger", rule: &limit.MaxOrder{Amount: dec("600")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyFor(0, "600")), risktest.At(1, risktest.BuyFor(0, "600")), risktest.At(2, risktest.SellAll(0))},
		want: []string{
			"1 a/1 buy market A0USDT quote 600", "1 a/2 buy market A0USDT quote 600", "2 a/1 filled 6 at 100", "2 a/2 filled 6 at 100",
			"2 a/3 sell market A0USDT 11.988", "3 a/3 filled 11.988 at 100",
		},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "max_order") })
	}
}

func TestMaxOpen(t *testing.T) {
	for _, s := range []script{{
		name: "counts working buys of the same instant", rule: &limit.MaxOpen{Count: 2},
		steps: []risktest.Step{
			risktest.At(1, risktest.BuyLimit(0, "1", "90")), risktest.At(1, risktest.BuyFor(1, "100")), risktest.At(1, risktest.BuyFor(2, "100")),
		},
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 90", "1 a/2 buy market A1USDT quote 100",
			"1 a/3 buy market A2USDT quote 100: refused by max_open: 2 instruments open, A2USDT would be one more, limit 2",
			"2 a/2 filled 1 at 100",
		},
	}, {
		name: "lets one that is open grow", rule: &limit.MaxOpen{Count: 1},
		steps: []risktest.Step{
			risktest.At(1, risktest.BuyFor(0, "100")), risktest.At(1, risktest.BuyFor(0, "100")), risktest.At(2, risktest.BuyFor(0, "100")),
		},
		want: []string{
			"1 a/1 buy market A0USDT quote 100", "1 a/2 buy market A0USDT quote 100", "2 a/1 filled 1 at 100", "2 a/2 filled 1 at 100",
			"2 a/3 buy market A0USDT quote 100", "3 a/3 filled 1 at 100",
		},
	}, {
		name: "makes room when one is closed", rule: &limit.MaxOpen{Count: 1},
		steps: []risktest.Step{
			risktest.At(1, risktest.BuyFor(0, "100")), risktest.At(2, risktest.SellAll(0)),
			risktest.At(2, risktest.BuyFor(1, "100")), risktest.At(3, risktest.BuyFor(1, "100")),
		},
		want: []string{
			"1 a/1 buy market A0USDT quote 100", "2 a/1 filled 1 at 100", "2 a/2 sell market A0USDT 0.999",
			"2 a/3 buy market A1USDT quote 100: refused by max_open: 1 instruments open, A1USDT would be one more, limit 1",
			"3 a/2 filled 0.999 at 100", "3 a/4 buy market A1USDT quote 100", "4 a/4 filled 1 at 100",
		},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "max_open") })
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for name, r := range map[string]risk.Rule{
		"no limit":         &limit.MaxPosition{},
		"percent above 1":  &limit.MaxPosition{Percent: dec("25")},
		"negative percent": &limit.MaxOrder{Percent: dec("-0.1")},
		"negative amount":  &limit.MaxOrder{Percent: dec("0.1"), Amount: dec("-1")},
		"count of zero":    &limit.MaxOpen{},
	} {
		if err := r.Init(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestMaxPositionOfPerpetuals bounds both sides: 1,020 is 10 at 2 % above the close. An order
// that turns a position is cut in the part that opens the next one.
func TestMaxPositionOfPerpetuals(t *testing.T) {
	h := risktest.History(flat()...)
	for i := range h.Instruments {
		h.Instruments[i].Fees.InQuote, h.Instruments[i].Margin = true, &market.Margin{Leverage: dec("3")}
	}
	got := risktest.Trial{
		History: h, Rules: []risk.Named{{Name: "m", Rule: &limit.MaxPosition{Amount: dec("1020")}}},
		Strategies: []strategy.Strategy{risktest.Play(
			risktest.At(1, risktest.Sell(0, "20")), risktest.At(2, risktest.Sell(0, "1")), risktest.At(3, risktest.Buy(0, "25")), risktest.At(4, risktest.Buy(0, "1")),
		)},
	}.Run(t).Log()
	want := []string{
		"1 a/1 sell market A0USDT 10", "2 a/1 filled 10 at 100",
		"2 a/2 sell market A0USDT 1: refused by m: A0USDT position and working buys of 1020 USDT, and the order 102, limit 1020 USDT",
		"3 a/3 buy market A0USDT 20", "4 a/3 filled 20 at 100",
		"4 a/4 buy market A0USDT 1: refused by m: A0USDT position and working buys of 1020 USDT, and the order 102, limit 1020 USDT",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}
