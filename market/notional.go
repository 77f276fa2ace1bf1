package market

import "github.com/shopspring/decimal"

// Notional returns what a venue's filters count an order at, in quote: its quote amount,
// or its quantity at its limit price, its trigger price, or the last close.
func Notional(o *Order, last decimal.Decimal) decimal.Decimal {
	if o.Quote.IsPositive() {
		return o.Quote
	}
	return o.Quantity.Mul(o.ownPrice(last))
}

func (o *Order) ownPrice(last decimal.Decimal) decimal.Decimal {
	switch {
	case o.Priced():
		return o.Price
	case o.Triggered():
		return o.Stop
	case o.Type == TrailingStop && o.Trail.Activate.IsPositive():
		return o.Trail.Activate
	}
	return last
}

// WorstNotional returns what an order is worth at the worst price at which limits and
// reservations count it, in quote (semantics D2): its quote amount, its limit price, or the
// collar above its trigger price or the last close. A trailing buy counts as triggered by
// the first turn of the price. A limit sell, which fills at its price or at a better one, may
// open a short position worth more than that: it counts at the collar at least.
func WorstNotional(o *Order, last decimal.Decimal) decimal.Decimal {
	switch {
	case o.Quote.IsPositive():
		return o.Quote
	case o.Priced() && o.Side == Sell && last.IsPositive():
		if o.Triggered() {
			last = o.Stop
		}
		return o.Quantity.Mul(decimal.Max(o.Price, CollarPrice(last)))
	case o.Priced():
		return o.Quantity.Mul(o.Price)
	}
	price := o.ownPrice(last)
	if o.Type == TrailingStop {
		price = price.Add(o.Trail.Distance(price))
	}
	return o.Quantity.Mul(CollarPrice(price))
}

// Distance returns how far a trailing stop stays behind a best price, in quote.
func (t *Trail) Distance(best decimal.Decimal) decimal.Decimal {
	switch t.Unit {
	case TrailPercent:
		return best.Mul(t.By).Shift(-2)
	case TrailBps:
		return best.Mul(t.By).Shift(-4)
	}
	return t.By
}
