package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// fill trades what a bar's hit allows of an order, under the participation cap.
func (v *Venue) fill(b *book, w *working, t *tape, h hit) {
	if b.perpetual() {
		v.fillPerpetual(b, w, t, h)
		return
	}
	price := v.price(b, w, t, h)
	if v.opts.Bounded && !b.blind && h.maker && !t.trial {
		v.fillResting(b, w, t, h, price)
		return
	}
	quantity := w.remaining
	if w.order.Quote.IsPositive() {
		quantity = b.affordable(w.order.Quote, price)
	}
	if quantity.IsZero() {
		v.end(b, w, market.Rejected, t.close, "quote amount buys less than one step")
		return
	}
	if reason := b.checkQuantity(quantity); reason != "" && w.order.Quote.IsPositive() {
		v.end(b, w, market.Rejected, t.close, reason)
		return
	}
	take := v.granted(b, w, t, h, quantity)
	if !w.closing() {
		v.fillOpening(b, w, t, h, price, quantity, take)
		return
	}
	if quantity.GreaterThan(b.base.total.Decimal()) { // another sell was there first
		v.end(b, w, market.Rejected, t.close, insufficient)
		return
	}
	worse, over := v.overflow(b, w, price, market.Minus(quantity, take))
	if now := market.Minus(quantity, over); now.IsPositive() {
		v.execute(b, w, t, h, price, now)
	}
	if over.IsPositive() {
		v.execute(b, w, t, h, worse, over)
	}
}

// fillResting trades of a resting order what others left of the bar's volume. The rest stays.
func (v *Venue) fillResting(b *book, w *working, t *tape, h hit, price decimal.Decimal) {
	left := market.Floor(market.Price(t.Volume, t.volumeScale).Sub(t.used), b.instrument.Step)
	take := decimal.Min(w.remaining, left)
	switch {
	case !take.IsPositive():
		return
	case w.order.Side == market.Buy && !b.affords(w, price, take, true), w.closing() && take.GreaterThan(b.base.total.Decimal()):
		v.end(b, w, market.Rejected, t.close, insufficient)
		return
	}
	t.used = t.used.Add(take)
	v.execute(b, w, t, h, price, take)
}

// overflow returns the price of what a closing order trades beyond its share of the
// volume, and how much of it: worse, but not worse than its limit (semantics X5, X9), and
// none where that is the same price.
func (v *Venue) overflow(b *book, w *working, price, over decimal.Decimal) (worse, apart decimal.Decimal) {
	if !over.IsPositive() {
		return price, decimal.Zero
	}
	v.notes.Overflow++
	worse = market.Slip(price, w.order.Side, v.opts.OverflowBps, b.instrument.Tick)
	switch {
	case !w.order.Priced():
	case w.order.Side == market.Buy:
		worse = decimal.Min(worse, w.order.Price)
	default:
		worse = decimal.Max(worse, w.order.Price)
	}
	if worse.Equal(price) {
		return price, decimal.Zero
	}
	return worse, over
}

// fillOpening trades new risk: at most what the cap leaves. A limit order's rest stays,
// unless its time in force is over, and where it took it goes on with that at the next
// open; the rest of others expires.
func (v *Venue) fillOpening(b *book, w *working, t *tape, h hit, price, quantity, take decimal.Decimal) {
	if w.order.TIF == market.FOK && take.LessThan(quantity) {
		v.end(b, w, market.Expired, t.close, market.TimeInForce)
		return
	}
	if take.IsPositive() {
		if !b.affords(w, price, take, h.maker) {
			v.end(b, w, market.Rejected, t.close, insufficient)
			return
		}
		w.remaining = quantity
		v.execute(b, w, t, h, price, take)
	}
	switch {
	case w.done:
	case w.order.TIF == market.IOC && w.order.Priced():
		v.end(b, w, market.Expired, t.close, market.TimeInForce)
	case !w.order.Priced():
		v.end(b, w, market.Expired, t.close, market.NoVolume)
	case !h.maker:
		w.took = t.close
	}
}

// affordable returns what a quote amount buys at a price, its fee included where
// quote pays it (semantics M2).
func (b *book) affordable(quote, price decimal.Decimal) decimal.Decimal {
	in := &b.instrument
	rate := b.chargedRate()
	if rate.IsZero() {
		return market.Affordable(quote, price, in.Step)
	}
	unit := price.Add(price.Mul(rate))
	return market.Largest(market.Affordable(quote, unit, in.Step), in.Step, func(q decimal.Decimal) bool {
		cost := q.Mul(price)
		return !cost.Add(b.charge(cost, b.rate(false))).GreaterThan(quote)
	})
}

// affords reports whether the account can pay for a fill now. What the order itself
// locked is its own.
func (b *book) affords(w *working, price, quantity decimal.Decimal, maker bool) bool {
	if w.order.Quote.IsPositive() && b.quote.locked.IsZero() && w.order.Quote.LessThanOrEqual(b.quote.total.Decimal()) {
		return true
	}
	cost := price.Mul(quantity)
	if b.instrument.Fees.InQuote {
		cost = cost.Add(market.Fee(cost, b.rate(maker), b.instrument.QuotePrecision))
	}
	return cost.LessThanOrEqual(b.quote.free().Add(w.own()))
}

// granted returns how much of a quantity an order may trade in this bar: its share of
// the cap, or what is left of it for the first that comes. Of bars that are trades, who
// takes meets no cap: the trade says the price, and not how much there is at it.
func (v *Venue) granted(b *book, w *working, t *tape, h hit, quantity decimal.Decimal) decimal.Decimal {
	switch {
	case v.opts.Bounded && !h.maker:
		return quantity
	case t.trial:
		t.shares = append(t.shares, share{w, quantity})
		return quantity
	case t.shares == nil || !b.capped:
		return v.allowed(b, w, t, quantity)
	}
	for i := range t.shares {
		if s := &t.shares[i]; s.order == w {
			take := decimal.Min(quantity, s.quantity)
			s.quantity = s.quantity.Sub(take)
			return take
		}
	}
	return v.allowed(b, w, t, quantity)
}

// allowed returns how much of a quantity the cap leaves an order, a multiple of the step,
// and counts it as used. The float test spares the exact one where the cap is far away.
func (v *Venue) allowed(b *book, w *working, t *tape, quantity decimal.Decimal) decimal.Decimal {
	if !b.capped {
		return quantity
	}
	q := market.Float(quantity)
	if q+t.usedF < float64(t.Volume*v.share)*0.999999 {
		t.usedF += q
		if t.exact {
			t.used = t.used.Add(quantity)
		}
		return quantity
	}
	limit := market.Price(t.Volume, t.volumeScale).Mul(v.opts.Participation)
	take := decimal.Min(quantity, market.Floor(limit.Sub(t.used), b.instrument.Step)) // used may be of an older step
	if w.order.TIF == market.FOK && !w.closing() && take.LessThan(quantity) {
		return decimal.Zero // it will not trade at all
	}
	t.used = t.used.Add(take)
	t.usedF += market.Float(take)
	return take
}

// execute books one fill on the account and reports it.
func (v *Venue) execute(b *book, w *working, t *tape, h hit, price, quantity decimal.Decimal) {
	f := v.fills.New()
	*f = market.Fill{Trade: v.trade(), Time: t.close, Price: price, Quantity: quantity, Maker: h.maker}
	if h.open {
		f.Time = max(t.OpenTime, w.born)
	}
	b.settle(w, f)
	state := market.Partial
	if w.remaining.IsZero() {
		state = market.Filled
	}
	if w.fills++; state == market.Filled {
		b.leave(w)
	}
	v.tell(w, f.Time, market.OrderUpdate{ID: w.order.ID, Symbol: b.instrument.Symbol, State: state, Fill: f, Filled: w.filled, Time: t.close})
	if w.family != nil {
		v.linked(b, w, f)
	}
}

// price returns the price of a hit, slipped where it is.
func (v *Venue) price(b *book, w *working, t *tape, h hit) decimal.Decimal {
	if h.slip {
		return v.slip(b, w, t, h.price)
	}
	return h.price
}

// settle moves a fill's amounts and charges its fee (semantics M1).
func (b *book) settle(w *working, f *market.Fill) {
	in := &b.instrument
	cost := market.Product(f.Price, f.Quantity)
	b.unlock(w)
	if b.perpetual() {
		b.carry(w.order.Side, f.Price, f.Quantity)
	}
	w.filled, w.remaining = market.Plus(w.filled, f.Quantity), market.Minus(w.remaining, f.Quantity)
	switch {
	case b.discounted(w, f, cost):
	case w.order.Side == market.Sell:
		f.FeeAsset, f.Fee = in.Quote, market.FeeOn(cost, b.rate(f.Maker), in.QuotePrecision)
		b.quote.total = b.quote.total.Plus(cost).Minus(market.SumOf(f.Fee))
		b.base.total = b.base.total.Minus(market.SumOf(f.Quantity))
	case in.Fees.InQuote:
		f.FeeAsset, f.Fee = in.Quote, market.FeeOn(cost, b.rate(f.Maker), in.QuotePrecision)
		b.quote.total = b.quote.total.Minus(cost).Minus(market.SumOf(f.Fee))
		b.base.total = b.base.total.Plus(market.SumOf(f.Quantity))
	default:
		f.FeeAsset, f.Fee = in.Base, market.Fee(f.Quantity, b.rate(f.Maker), in.BasePrecision)
		b.quote.total = b.quote.total.Minus(cost)
		b.base.total = b.base.total.Plus(market.SumOf(f.Quantity)).Minus(market.SumOf(f.Fee))
	}
	if b.volume != nil {
		b.volume.add(cost.Decimal())
	}
	if w.remaining.IsPositive() {
		b.lock(w)
	}
}
