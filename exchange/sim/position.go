package sim

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Position is what the account has of a perpetual, as the venue keeps it. Amounts are in
// quote.
type Position struct {
	Quantity    decimal.Decimal // in base; negative where it is short
	Cost        decimal.Decimal // of it, with its sign: the average price of entry × Quantity
	Isolated    decimal.Decimal // margin of its own; 0 where it shares the account's
	Orders      decimal.Decimal // what its working orders hold back
	Liquidation decimal.Decimal // price of liquidation; 0: none
	Mark        decimal.Decimal // the last close, at which margins count it
	Margin      market.Margin   // its settings
}

// Position returns what the account has of a perpetual.
func (v *Venue) Position(i market.InstrumentID) Position {
	b := v.books[i]
	p := Position{Quantity: b.base.total.Decimal(), Cost: b.paid.Decimal(), Isolated: b.backing, Mark: b.lastPrice(), Margin: *b.instrument.Margin}
	p.Liquidation, _ = b.liquidationPrice()
	b.each(func(w *working) { p.Orders = p.Orders.Add(w.locked) })
	return p
}

// Free returns what of a quote asset neither a position nor an order holds back.
func (v *Venue) Free(quote string) decimal.Decimal {
	k := slices.IndexFunc(v.perpetuals, func(b *book) bool { return b.instrument.Quote == quote })
	if k < 0 {
		return v.purses[quote].free()
	}
	b := v.perpetuals[k]
	return b.marginAfter(decimal.Zero, b.lastPrice())
}

// Lever gives a perpetual other settings of the account, from now on: its working orders
// hold back what they need then. The margin that an isolated position has stays with it. Whether
// the venue allows the change is for the caller to say.
func (v *Venue) Lever(i market.InstrumentID, leverage decimal.Decimal, isolated bool) {
	b := v.books[i]
	b.each(b.unlock)
	m := *b.instrument.Margin
	m.Leverage, m.Isolated = leverage, isolated
	b.instrument.Margin = &m
	b.each(b.lock)
}

// Follows reports whether a working order has been triggered: the limit of a stop-limit or
// take-profit-limit order rests, a trailing stop follows the price.
func (v *Venue) Follows(id market.OrderID) bool {
	w := v.find(id)
	return w != nil && w.active
}
