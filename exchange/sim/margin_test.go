package sim

import (
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestLiquidationPrice draws positions and accounts. At the liquidation price what backs
// the position does not exceed the maintenance margin, and one tick before it does.
func TestLiquidationPrice(t *testing.T) {
	d := decimal.RequireFromString
	found := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 5))
		in := market.Bare("AUSDT", "A", "USDT")
		in.Tick = d([]string{"0.01", "0.05", "1"}[r.IntN(3)])
		in.Margin = &market.Margin{Leverage: decimal.New(1+r.Int64N(40), 0), Isolated: r.IntN(2) == 0, Brackets: []market.MarginBracket{
			{Cap: d("5000"), Rate: d("0.004")}, {Cap: d("25000"), Rate: d("0.005"), Deduction: d("5")}, {Rate: d("0.01"), Deduction: d("130")},
		}[:3*r.IntN(2)]}
		cash := &purse{total: market.SumOf(decimal.New(1000+r.Int64N(9000), 0))}
		b, other := &book{instrument: in, base: &purse{}, quote: cash}, &book{instrument: in, base: &purse{}, quote: cash}
		b.peers = []*book{b, other}
		other.peers = b.peers
		for range 1 + r.IntN(3) { // fills
			side := []market.Side{market.Buy, market.Sell}[r.IntN(2)]
			price, quantity := decimal.New(5000+r.Int64N(10000), -2), decimal.New(1+r.Int64N(400_000), -3)
			b.carry(side, price, quantity)
			cash.total = cash.total.Minus(market.SumOf(sided(price.Mul(quantity), side)))
			b.base.total = b.base.total.Plus(market.SumOf(sided(quantity, side)))
		}
		if r.IntN(2) == 0 {
			c := market.MakeColumns(market.Minute, 1)
			c.Append(market.Bar{Open: 100, High: 100, Low: 100, Close: 100})
			other.columns, other.base.total = c, market.SumOf(decimal.New(r.Int64N(40)-20, 0))
		}
		price, ok := b.liquidationPrice()
		if !ok {
			continue
		}
		found++
		worth, others := b.worth()
		held := b.base.total.Decimal()
		over := func(p decimal.Decimal) bool {
			return worth.Add(held.Mul(p)).GreaterThan(in.Margin.Maintenance(held.Abs().Mul(p)).Add(others))
		}
		before := price.Add(sided(in.Tick, market.Buy))
		if held.IsNegative() {
			before = price.Sub(in.Tick)
		}
		if over(price) || before.IsPositive() && !over(before) {
			t.Fatalf("seed %d: held %s, worth %s, others %s: liquidated at %s, backed there: %v, a tick before: %v", seed, held, worth, others, price, over(price), over(before))
		}
	}
	if found < 1000 {
		t.Errorf("%d positions had a liquidation price: hardly a test", found)
	}
}
