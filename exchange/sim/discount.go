package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// discount is the asset that pays the account's fees, for less, while it lasts
// (semantics M1).
type discount struct {
	market.FeeDiscount
	purse   *purse          // of the asset
	shared  bool            // it is the account's balance of the asset, and not beside it
	book    *book           // whose last close values it
	columns *market.Columns // the last bar before the instant; nil before the first
	row     int32
}

// PayFeesIn lets fees be paid in an asset of which the account holds some beside its
// cash, valued at the last close of an instrument.
func (v *Venue) PayFeesIn(f market.FeeDiscount, by market.InstrumentID) {
	v.discount = &discount{FeeDiscount: f, purse: &purse{total: market.SumOf(f.Balance)}, book: v.books[by]}
	for _, b := range v.books {
		if !b.instrument.Perpetual() { // whose fees are paid from its margin
			b.discount = v.discount
		}
	}
}

// BurnFees lets fees of the spot pairs that are paid in one quote asset be paid from the
// account's own balance of another asset, valued at the last close of an instrument, as long
// as some of it is free. The balance that f names is not used.
func (v *Venue) BurnFees(f market.FeeDiscount, by market.InstrumentID) {
	v.discount = &discount{FeeDiscount: f, purse: v.purse(f.Asset, nil), shared: true, book: v.books[by]}
	for _, b := range v.books {
		if !b.instrument.Perpetual() && b.quote == v.discount.book.quote {
			b.discount = v.discount
		}
	}
}

// freeze keeps the last close before the bars of an instant, by which the fees of the
// instant are valued: the engine, which is told of fills before bars, knows no later one.
func (d *discount) freeze() {
	if d != nil {
		d.columns, d.row = d.book.columns, d.book.row
	}
}

// price returns the value of the asset in quote, and 0 before its first bar.
func (d *discount) price() decimal.Decimal {
	if d.columns == nil {
		return decimal.Zero
	}
	return market.Price(d.columns.Close[d.row], d.columns.PriceScale)
}

// worth returns the value of what is left beside what a book trades, in quote.
func (d *discount) worth(b *book) decimal.Decimal {
	if d == nil || d.purse == b.base || d.purse == b.quote {
		return decimal.Zero
	}
	return d.purse.total.Decimal().Mul(d.price())
}

// remember returns a function that gives back all that fees take from here on.
func (d *discount) remember() (back func()) {
	if d == nil {
		return func() {}
	}
	was := *d.purse
	return func() { *d.purse = was }
}

// pays reports whether a fee of a book can be paid from the balance, as far as is known
// without the fee.
func (d *discount) pays() bool {
	return d != nil && d.purse.free().IsPositive() && d.price().IsPositive()
}

// discounted settles a fill whose fee the discount asset pays, and reports whether it
// does. A buy of the asset itself pays out of what it receives.
func (b *book) discounted(w *working, f *market.Fill, cost market.Sum) bool {
	d, rate, own := b.discount, b.rate(f.Maker), b.receivesDiscount(w.order.Side)
	if d == nil || rate.IsZero() || !own && !d.pays() {
		return false
	}
	var fee decimal.Decimal
	if own {
		fee = market.Fee(f.Quantity, d.Rate(rate), b.instrument.BasePrecision)
	} else if fee = d.Fee(cost.Decimal(), rate, d.price()); fee.GreaterThan(d.left(b, w, f)) {
		return false
	}
	f.FeeAsset, f.Fee = d.Asset, fee
	if w.order.Side == market.Sell {
		b.quote.total, b.base.total = b.quote.total.Plus(cost), b.base.total.Minus(market.SumOf(f.Quantity))
	} else {
		b.quote.total, b.base.total = b.quote.total.Minus(cost), b.base.total.Plus(market.SumOf(f.Quantity))
	}
	if own {
		b.base.total = b.base.total.Minus(market.SumOf(fee))
	} else {
		d.purse.total = d.purse.total.Minus(market.SumOf(fee))
	}
	return true
}

// left returns what may pay a fee: not what the order itself sells of the asset.
func (d *discount) left(b *book, w *working, f *market.Fill) decimal.Decimal {
	left := d.purse.free()
	if d.purse == b.base && w.order.Side == market.Sell {
		left = left.Sub(f.Quantity).Sub(w.remaining)
	}
	return left
}

// receivesDiscount reports whether a side of the book receives the discount asset.
func (b *book) receivesDiscount(s market.Side) bool {
	return b.discount != nil && s == market.Buy && b.instrument.Base == b.discount.Asset
}

// charge returns the most quote that the fee of a buy costs whoever bought: what is
// paid in quote, or the value of what the discount asset pays.
func (b *book) charge(cost, rate decimal.Decimal) decimal.Decimal {
	in, charge := &b.instrument, decimal.Zero
	if in.Fees.InQuote {
		charge = market.Fee(cost, rate, in.QuotePrecision)
	}
	if d := b.discount; d.pays() && !b.receivesDiscount(market.Buy) {
		charge = decimal.Max(charge, d.Fee(cost, rate, d.price()).Mul(d.price()))
	}
	return charge
}

// chargedRate returns the rate of charge, rounding left out.
func (b *book) chargedRate() decimal.Decimal {
	switch d := b.discount; {
	case b.instrument.Fees.InQuote:
		return b.rate(false)
	case d.pays() && !b.receivesDiscount(market.Buy):
		return d.Rate(b.rate(false))
	}
	return decimal.Zero
}
