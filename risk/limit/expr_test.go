package limit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/expression"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestExprJudges asks for a limit buy of 2 at 50 at bar 3, when 1 of the same instrument was
// bought at 100; all closes are 100, and a grade of 55 is two hours old.
func TestExprJudges(t *testing.T) {
	for _, c := range []struct{ allow, refused string }{
		{"position.notional + order.notional < 0.021 * equity", ""},
		{"position.notional + order.notional < 0.02 * equity", "position.notional 101.898, order.notional 100, equity 9999.9"},
		{"order.quantity == 2 and order.price == 50 and order.side == 'buy' and order.type == 'limit' and order.base == 'A0'", ""},
		{"order.symbol in ['A1USDT', 'B']", "order.symbol A0USDT"},
		{"position.quantity == 0.999 and position.open and abs(position.entry - 100.1001001001) < 1e-9 and position.pnl < 0", ""},
		{"not position.open", "position.open true"},
		{"strategy.open > 1 || strategy.cash > 9900 || strategy.exposure > 102", "strategy.open 1, strategy.cash 9900, strategy.exposure 101.898"},
		{"account.gross == account.net && account.equity == equity && equity == strategy.equity", ""},
		{"price == 100 and bar.age == 0 and now.hour == 3 and now.minute == 0 and now.weekday == 1 and now.unix == 1704078000", ""},
		{"now.weekday in [6, 7]", "now.weekday 1"},
		{"min(3, equity) == 3 and max(3, -equity) == 3 and (price > 1 ? price < 101 : false)", ""},
		{"signal('trader_grade').age == duration('2h') and signal('trader_grade', 's').value == 55", ""},
		{"signal('trader_grade').value > 60", "trader_grade 55 of 2h"},
		{"signal('trader_grade').source == 's' and signal('trader_grade').known == now.unix - 7200", ""},
		{"signal('trader_grade', 't').value > 5", "absent: trader_grade of A0 from t"},
		{"position.open || signal('investor_grade').value > 5", "absent: investor_grade of A0"}, // whatever the rest says
		{"not has_signal('investor_grade') || signal('investor_grade').value > 5", ""},
		{"has_signal('investor_grade') || signal('investor_grade').value > 5", "absent: investor_grade of A0"},
		{"has_signal('trader_grade') && signal('trader_grade').value > 50", ""},
		{"has_signal('null_kind') || has_market_signal('trader_grade') || has_signal('old_kind')", "null_kind absent, trader_grade absent, old_kind absent"},
		{"1 > 2", "nothing that changes"},
		{"market_signal('fear_greed').value == 20", ""},
		{"market_signal('trader_grade').value > 1", "absent: trader_grade of *"},
		{"!(equity / (price - 100) < 1)", "a result that is no finite number: +Inf"},
		{"!(0 * (1 / (price - 100)) < 1)", "a result that is no finite number: +Inf"},
		{"1e308 * price > 1 || true", "a result that is no finite number: +Inf"},
		{"(price - 100) / (price - 100) != 1", "a result that is no finite number: NaN"},
	} {
		null := signal("null_kind", "A0", 1, 0)
		null.Null = true
		h := risktest.History(flat()[:2]...)
		h.Signals = []market.Signal{null, signal("fear_greed", market.MarketWide, 1, 20), signal("trader_grade", "A0", 1, 55)}
		h.Sort()
		trace := risktest.Trial{
			History: h, Rules: []risk.Named{{Name: "x", Rule: &late{Expr: limit.Expr{Allow: expression.Condition(c.allow)}}}},
			Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.Buy(0, "1")), risktest.At(3, risktest.BuyLimit(0, "2", "50")))},
		}.Run(t)
		want := "3 a/2 buy limit A0USDT 2 at 50"
		if c.refused != "" {
			want += ": refused by x: " + c.refused + ", limit " + c.allow
		}
		if got := trace.Log(); len(got) != 3 || got[2] != want {
			t.Errorf("%s:\n got %q\nwant %s", c.allow, got, want)
		}
	}
}

// late lets the first order pass that it sees.
type late struct {
	limit.Expr
	seen int
}

func (l *late) Review(v *risk.View, o market.Order) (market.Order, error) {
	if l.seen++; l.seen == 1 {
		return o, nil
	}
	return l.Expr.Review(v, o)
}

func TestExprCuts(t *testing.T) {
	for _, c := range []struct {
		most string
		want []string
	}{
		{"0.05 * equity", []string{"1 a/1 buy market A0USDT 4.9019", "1 a/2 buy market A0USDT quote 500", "1 a/3 buy limit A0USDT 10 at 50"}},
		{"order.type == 'limit' ? 100 : 1e9", []string{"1 a/1 buy market A0USDT 10", "1 a/2 buy market A0USDT quote 700", "1 a/3 buy limit A0USDT 2 at 50"}},
		{"min(0, price)", []string{
			"1 a/1 buy market A0USDT 10: refused by x: order for 1020 USDT of A0USDT, price 100, limit 0 USDT by min(0, price)",
			"1 a/2 buy market A0USDT quote 700: refused by x: order for 700 USDT of A0USDT, price 100, limit 0 USDT by min(0, price)",
			"1 a/3 buy limit A0USDT 20 at 50: refused by x: order for 1000 USDT of A0USDT, price 100, limit 0 USDT by min(0, price)",
		}},
		{"signal('trader_grade').value", []string{
			"1 a/1 buy market A0USDT 10: refused by x: absent: trader_grade of A0, limit signal('trader_grade').value",
			"1 a/2 buy market A0USDT quote 700: refused by x: absent: trader_grade of A0, limit signal('trader_grade').value",
			"1 a/3 buy limit A0USDT 20 at 50: refused by x: absent: trader_grade of A0, limit signal('trader_grade').value",
		}},
	} {
		h := risktest.History(flat()[0])
		got := risktest.Trial{
			History: h.Between(0, risktest.Start+hour2), Rules: []risk.Named{{Name: "x", Rule: &limit.Expr{MaxNotional: expression.Amount(c.most)}}},
			Strategies: []strategy.Strategy{risktest.Play(
				risktest.At(1, risktest.Buy(0, "10")), risktest.At(1, risktest.BuyFor(0, "700")), risktest.At(1, risktest.BuyLimit(0, "20", "50")),
			)},
		}.Run(t).Log()
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: log differs (-want +got):\n%s", c.most, d)
		}
	}
}

const hour2 = market.Time(market.Hour) + 1

// TestExprInputs: what an expression reads stands among the inputs of the decision.
func TestExprInputs(t *testing.T) {
	trace := asked(t, &limit.Expr{Allow: "signal('trader_grade').value > 50"}, signal("trader_grade", "A0", 2, 55), signal("trader_grade", "A1", 2, 45))
	inputs := 0
	for _, r := range trace.Records {
		if d := r.Decision; d != nil {
			for _, in := range d.Inputs {
				if inputs++; in.Kind != "trader_grade" || (in.Value > 50) != (d.Refused == nil) {
					t.Errorf("%s: %+v, refused: %v", d.Order.ID, in, d.Refused)
				}
			}
		}
	}
	if inputs != 8 { // two orders at each of four bars
		t.Errorf("%d inputs", inputs)
	}
}

// TestExprOfTwoStrategies: an account is that of both strategies that share the rule.
func TestExprOfTwoStrategies(t *testing.T) {
	buy := func() strategy.Strategy { return risktest.Play(risktest.At(1, risktest.Buy(0, "1"))) }
	got := risktest.Trial{
		History:    risktest.History(flat()[0]),
		Rules:      []risk.Named{{Name: "x", Rule: &limit.Expr{Allow: "account.gross < 100"}}},
		Strategies: []strategy.Strategy{buy(), buy()},
	}.Run(t).Log()
	want := "1 b/1 buy market A0USDT 1: refused by x: account.gross 102, limit account.gross < 100"
	if len(got) != 3 || got[1] != want {
		t.Errorf("%q", got)
	}
}

func TestExprNeedsAnExpression(t *testing.T) {
	for _, r := range []limit.Expr{{}, {Allow: "price"}, {MaxNotional: "true"}} {
		if err := r.Init(nil); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}

// timed runs a rule over the same order again and again.
type timed struct {
	risk.Rule
	b *testing.B
}

func (r *timed) Review(v *risk.View, o market.Order) (market.Order, error) {
	r.b.ReportAllocs()
	for r.b.Loop() {
		if _, err := r.Rule.Review(v, o); err != nil {
			r.b.Fatal(err)
		}
	}
	return o, nil
}

// BenchmarkExpr measures a review by the expression of the documentation.
func BenchmarkExpr(b *testing.B) {
	for name, text := range map[string]expression.Condition{
		"limit":  "position.notional + order.notional < 0.2 * equity",
		"signal": "position.notional + order.notional < 0.2 * equity && signal('trader_grade').age < duration('36h')",
	} {
		b.Run(name, func(b *testing.B) {
			h := risktest.History(flat()[0])
			h.Signals = []market.Signal{signal("trader_grade", "A0", 1, 55)}
			risktest.Trial{
				History: h, Rules: []risk.Named{{Name: "x", Rule: &timed{&limit.Expr{Allow: text}, b}}},
				Strategies: []strategy.Strategy{risktest.Play(risktest.At(2, risktest.Buy(0, "1")))},
			}.Run(b)
		})
	}
}
