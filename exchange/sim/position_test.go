package sim

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestPositions has two perpetuals with USDT as margin, the second isolated, and one with
// USDC. Each keeps to its own purse and to its own margin.
func TestPositions(t *testing.T) {
	d := decimal.RequireFromString
	list := []market.Instrument{market.Bare("AUSDT", "A", "USDT"), market.Bare("BUSDT", "B", "USDT"), market.Bare("AUSDC", "A", "USDC")}
	for k := range list {
		list[k].ID = market.InstrumentID(k)
		list[k].Fees.InQuote = true
		list[k].Margin = &market.Margin{Leverage: d("10"), Isolated: k == 1, Brackets: []market.MarginBracket{{Rate: d("0.01")}}}
	}
	v := New(list, map[string]decimal.Decimal{"USDT": d("1000"), "USDC": d("500")}, Options{})
	for k := range list {
		c := market.MakeColumns(market.Minute, 1)
		c.Append(market.Bar{Open: 100, High: 100, Low: 100, Close: 100})
		v.books[k].columns = c
		b := v.books[k]
		b.carry(market.Buy, d("100"), d("20"))
		b.quote.total = b.quote.total.Minus(market.SumOf(d("2000")))
		b.base.total = market.SumOf(d("20"))
	}
	check := func(what string, got decimal.Decimal, want string) {
		t.Helper()
		if !got.Equal(d(want)) {
			t.Errorf("%s is %s, want %s", what, got, want)
		}
	}
	check("free USDT", v.Free("USDT"), "600") // 200 for each of its two positions
	check("free USDC", v.Free("USDC"), "300")
	a, b, c := v.Position(0), v.Position(1), v.Position(2)
	check("cost of A", a.Cost, "2000")
	check("margin of A's own", a.Isolated, "0")
	check("margin of B's own", b.Isolated, "200")
	check("liquidation of A", a.Liquidation, "60.60606060") // 800 + 20 P − 2000 = 0.2 P, on the tick beyond
	check("liquidation of B", b.Liquidation, "90.90909090") // 200 + 20 P − 2000 = 0.2 P
	check("liquidation of A in USDC", c.Liquidation, "75.75757575")

	v.Submit(1, market.Order{ID: market.OrderID{Strategy: "x", Sequence: 1}, Side: market.Buy, Type: market.Limit, Price: d("90"), Quantity: d("10")})
	v.act(1)
	check("margin of the order", v.Position(0).Orders, "90")
	check("free USDT beside it", v.Free("USDT"), "510")
	v.Lever(0, d("20"), false)
	check("margin of the order at 20", v.Position(0).Orders, "45")
	check("free USDT at 20", v.Free("USDT"), "655")
	check("leverage", v.Position(0).Margin.Leverage, "20")
	check("the caller's own leverage", list[0].Margin.Leverage, "10")
	if v.Follows(market.OrderID{Strategy: "x", Sequence: 1}) || v.Follows(market.OrderID{Strategy: "x", Sequence: 2}) {
		t.Error("a limit order waits for no trigger")
	}
}
