package parity

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// purse values what orders brought at the last closes of the session.
type purse struct {
	instruments []market.Instrument
	marks       []decimal.Decimal
	unpriced    map[string]bool
}

// worth returns what an asset is worth in the quote of an instrument.
func (p *purse) worth(asset string, in *market.Instrument) decimal.Decimal {
	if asset == in.Quote || asset == "" {
		return decimal.New(1, 0)
	}
	for i := range p.instruments {
		if other := &p.instruments[i]; other.Base == asset && other.Quote == in.Quote && !p.marks[i].IsZero() {
			return p.marks[i]
		}
	}
	p.unpriced[asset] = true
	return decimal.Zero
}

// fees returns what the fees of an order are worth, in quote.
func (p *purse) fees(o *order, in *market.Instrument) decimal.Decimal {
	sum := decimal.Zero
	if o == nil {
		return sum
	}
	for i := range o.Updates {
		if f := o.Updates[i].Fill; f != nil {
			sum = sum.Add(f.Fee.Mul(p.worth(f.FeeAsset, in)))
		}
	}
	return sum
}

// gain returns what an order brought, in quote, at the last close and before fees.
func (p *purse) gain(o *order) decimal.Decimal {
	if o == nil || o.Order.Instrument < 0 {
		return decimal.Zero
	}
	gain := o.filled.Mul(p.marks[o.Order.Instrument]).Sub(o.value)
	if o.Order.Side == market.Sell {
		return gain.Neg()
	}
	return gain
}

// costs says by how much the first of two orders is worse than the other, in quote: for its
// prices, for its quantity, and for its fees. Either may be nil. The fees of a quantity that
// one of them did not trade belong to that quantity.
func (p *purse) costs(s, b *order) (prices, quantity, fees decimal.Decimal) {
	one := s
	if one == nil {
		one = b
	}
	if one.Order.Instrument < 0 {
		return prices, quantity, fees
	}
	in := &p.instruments[one.Order.Instrument]
	gains := p.gain(b).Sub(p.gain(s))
	paid, charged := p.fees(s, in), p.fees(b, in)
	all := gains.Add(paid).Sub(charged)
	switch {
	case s != nil && b != nil && s.filled.Equal(b.filled):
		return gains, decimal.Zero, paid.Sub(charged)
	case s == nil || b == nil || s.filled.IsZero() || b.filled.IsZero():
		return decimal.Zero, all, decimal.Zero
	}
	each := func(x, y decimal.Decimal) decimal.Decimal { // of what both traded
		const places = 12
		return market.Divide(x, s.filled, places).Sub(market.Divide(y, b.filled, places)).Mul(decimal.Min(s.filled, b.filled))
	}
	prices, fees = each(s.value, b.value), each(paid, charged)
	if one.Order.Side == market.Sell {
		prices = prices.Neg()
	}
	return prices, all.Sub(prices).Sub(fees), fees
}
