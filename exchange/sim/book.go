package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// book is one instrument's side of the venue.
type book struct {
	instrument market.Instrument
	interval   market.Interval
	orders     []*working // that have arrived, in order of arrival
	base       market.Sum
	locked     decimal.Decimal // base in resting sells
	quote      *purse
	columns    *market.Columns // of the last bar; nil before the first
	row        int32
	capped     bool
	blind      bool    // its series has no volume
	volume     *volume // of the account; nil without fee tiers
}

// purse is the account's balance of a quote asset.
type purse struct {
	total  market.Sum
	locked decimal.Decimal
}

// free returns what no resting buy locks.
func (p *purse) free() decimal.Decimal {
	if p.locked.IsZero() {
		return p.total.Decimal()
	}
	return p.total.Decimal().Sub(p.locked)
}

// last returns the last close, and 0 before the first bar.
func (b *book) last() float64 {
	if b.columns == nil {
		return 0
	}
	return b.columns.Close[b.row]
}

// lastPrice returns the last close exactly.
func (b *book) lastPrice() decimal.Decimal {
	if b.columns == nil {
		return decimal.Zero
	}
	return market.Price(b.last(), b.columns.PriceScale)
}

// working is an order at the venue. Trigger prices are cached as floats, so that a
// bar that triggers nothing costs comparisons only.
type working struct {
	order     market.Order
	arrival   uint64
	from      market.Time // takes part from the first bar that opens then or later
	limit     float64
	stop      float64
	rested    bool // it took part in a bar already
	active    bool // a stop-limit whose stop was reached
	done      bool
	filled    decimal.Decimal
	remaining decimal.Decimal
	locked    decimal.Decimal // of the asset it would give, while it rests
	fills     uint32
}

// closing reports whether an order reduces a position: on spot every sell does (X9).
func (w *working) closing() bool { return w.order.Side == market.Sell }

// enter puts an arrived order on the book. What may rest locks what it would give.
func (b *book) enter(w *working, now market.Time) {
	w.from = now
	b.orders = append(b.orders, w)
	b.lock(w)
}

// leave takes an order that ended off the book, keeping the order of arrival.
func (b *book) leave(w *working) {
	w.done = true
	for i, o := range b.orders {
		if o == w {
			b.orders = append(b.orders[:i], b.orders[i+1:]...)
			b.unlock(w)
			return
		}
	}
}

func (b *book) lock(w *working) {
	switch {
	case w.order.Type == market.Market:
	case w.order.Side == market.Sell:
		w.locked = w.remaining
		b.locked = b.locked.Add(w.locked)
	default:
		rest := w.order
		rest.Quantity = w.remaining
		w.locked = b.cost(&rest)
		b.quote.locked = b.quote.locked.Add(w.locked)
	}
}

func (b *book) unlock(w *working) {
	switch {
	case w.locked.IsZero():
	case w.order.Side == market.Sell:
		b.locked = b.locked.Sub(w.locked)
	default:
		b.quote.locked = b.quote.locked.Sub(w.locked)
	}
	w.locked = decimal.Zero
}

// cost returns what a buy may take in quote, its fee included where quote pays it.
func (b *book) cost(o *market.Order) decimal.Decimal {
	n := b.notional(o)
	if b.instrument.Fees.InQuote && o.Quote.IsZero() {
		n = n.Add(market.Fee(n, b.instrument.Fees.Worst(), b.instrument.QuotePrecision))
	}
	return n
}

// check applies the venue's filters and funds to an order that arrives, and returns
// why it is rejected, or "".
func (b *book) check(o *market.Order) string {
	in := &b.instrument
	if o.Quote.IsZero() {
		if !market.OnGrid(o.Quantity, in.Step) || !o.Quantity.IsPositive() {
			return "quantity " + o.Quantity.String() + " is not a multiple of step " + in.Step.String()
		}
		if r := b.checkQuantity(o.Quantity); r != "" {
			return r
		}
	}
	if r := b.checkPrices(o); r != "" {
		return r
	}
	if in.MinNotional.IsPositive() {
		if n := b.notional(o); n.LessThan(in.MinNotional) {
			return "notional " + n.String() + " is below the minimum " + in.MinNotional.String()
		}
	}
	if !b.funded(o) {
		return "insufficient balance"
	}
	if b.crossed(o) {
		return "would trigger immediately"
	}
	return ""
}

// checkQuantity applies the limits of a quantity: on arrival, and to a quote amount
// once its price is known.
func (b *book) checkQuantity(q decimal.Decimal) string {
	in := &b.instrument
	switch {
	case q.LessThan(in.MinQuantity):
		return "quantity " + q.String() + " is below the minimum " + in.MinQuantity.String()
	case in.MaxQuantity.IsPositive() && q.GreaterThan(in.MaxQuantity):
		return "quantity " + q.String() + " is above the maximum " + in.MaxQuantity.String()
	}
	return ""
}

func (b *book) checkPrices(o *market.Order) string {
	in := &b.instrument
	for _, p := range [2]decimal.Decimal{o.Price, o.Stop} {
		if p.IsPositive() && !market.OnGrid(p, in.Tick) {
			return "price " + p.String() + " is not a multiple of tick " + in.Tick.String()
		}
	}
	if !o.Priced() || b.columns == nil {
		return ""
	}
	last := b.lastPrice()
	if in.PriceBandUp.IsPositive() && o.Price.GreaterThan(last.Mul(in.PriceBandUp)) ||
		in.PriceBandDown.IsPositive() && o.Price.LessThan(last.Mul(in.PriceBandDown)) {
		return "price " + o.Price.String() + " is outside the band around " + last.String()
	}
	return ""
}

// notional returns what an order is worth: at its own price, or at the last close.
func (b *book) notional(o *market.Order) decimal.Decimal {
	switch {
	case o.Quote.IsPositive():
		return o.Quote
	case o.Priced():
		return o.Price.Mul(o.Quantity)
	case o.Triggered():
		return o.Stop.Mul(o.Quantity)
	}
	return b.lastPrice().Mul(o.Quantity)
}

// funded reports whether the account could pay for an order now.
func (b *book) funded(o *market.Order) bool {
	if o.Side == market.Sell {
		return o.Quantity.LessThanOrEqual(b.freeBase())
	}
	return b.cost(o).LessThanOrEqual(b.quote.free())
}

// crossed reports whether a stop was reached by the last close already (X6).
func (b *book) crossed(o *market.Order) bool {
	if !o.Triggered() || b.columns == nil {
		return false
	}
	stop := market.Float(o.Stop)
	return o.Side == market.Buy && b.last() >= stop || o.Side == market.Sell && b.last() <= stop
}

// freeBase returns the base that no resting sell locks.
func (b *book) freeBase() decimal.Decimal {
	if b.locked.IsZero() {
		return b.base.Decimal()
	}
	return b.base.Decimal().Sub(b.locked)
}
