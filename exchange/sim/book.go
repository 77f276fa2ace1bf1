package sim

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// book is one instrument's side of the venue.
type book struct {
	instrument market.Instrument
	interval   market.Interval
	fresh      []*working // have not taken part in a bar, in order of arrival
	falls      ladder     // rest until the price falls to them
	rises      ladder     // rest until it rises to them
	sells      trails     // follow the price from below
	buys       trails     // follow it from above
	open       int        // orders on the book
	base       *purse     // of a perpetual: its position
	quote      *purse
	columns    *market.Columns // of the last bar; nil before the first
	row        int32
	capped     bool
	blind      bool      // its series has no volume
	volume     *volume   // of the account; nil without fee tiers
	discount   *discount // of the account; nil without one
	holding              // of a perpetual
}

// purse is the account's balance of an asset, whichever instruments trade it.
type purse struct {
	total  market.Sum
	locked decimal.Decimal
}

// free returns what no resting order locks.
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

// enter puts an order that lives on the book. What may rest locks what it would give.
func (b *book) enter(w *working) {
	w.entered = true
	b.open++
	b.lock(w)
}

// leave takes an order that ended off the book.
func (b *book) leave(w *working) {
	w.done = true
	if !w.entered {
		return
	}
	b.withdraw(w)
	b.open--
	b.unlock(w)
}

// await lets an order wait for its first bar.
func (b *book) await(w *working) {
	b.fresh = append(b.fresh, w)
	w.place = amongNew
}

// rest puts an order that bars did not end where its next trigger is found.
func (b *book) rest(w *working) {
	if w.trailing() {
		w.place = onTrails
		b.trails(w).add(w)
		return
	}
	price, rising := w.trigger()
	if w.place = onFalls; rising {
		w.place = onRises
	}
	b.ladder(rising).add(w, price)
}

// withdraw takes an order from where it waits.
func (b *book) withdraw(w *working) {
	switch w.place {
	case amongNew:
		i := slices.Index(b.fresh, w)
		b.fresh = slices.Delete(b.fresh, i, i+1)
	case onFalls, onRises:
		b.ladder(w.place == onRises).remove(w)
	case onTrails:
		b.trails(w).remove(w)
	}
	w.place = nowhere
}

func (b *book) ladder(rising bool) *ladder {
	if rising {
		return &b.rises
	}
	return &b.falls
}

func (b *book) trails(w *working) *trails {
	if w.order.Side == market.Sell {
		return &b.sells
	}
	return &b.buys
}

// stirs reports whether a bar may concern any order, and lets the trailing stops
// follow it where it does not reach theirs.
func (b *book) stirs(c *market.Columns, row int) bool {
	if len(b.fresh) > 0 {
		return true
	}
	low, high := c.Low[row], c.High[row]
	stirs := b.falls.meets(low) || b.rises.meets(high)
	return b.sells.stirs(low, high, stirs) || b.buys.stirs(low, high, stirs) || stirs
}

func (b *book) lock(w *working) {
	switch {
	case w.order.Type == market.Market:
	case b.perpetual():
		b.lockMargin(w)
	case w.family != nil:
		b.relock(w.family)
	case w.order.Side == market.Sell:
		w.locked = w.remaining
		b.base.locked = b.base.locked.Add(w.locked)
	default:
		w.locked = b.restCost(w)
		b.quote.locked = b.quote.locked.Add(w.locked)
	}
}

// restCost returns what the rest of a buy may take in quote.
func (b *book) restCost(w *working) decimal.Decimal {
	rest := w.order
	rest.Quantity = w.remaining
	return b.cost(&rest)
}

// own returns what is locked for an order already. Exits lock one quantity together.
func (w *working) own() decimal.Decimal {
	if w.family != nil && w != w.family.entry {
		return w.family.locked
	}
	return w.locked
}

func (b *book) unlock(w *working) {
	switch {
	case b.perpetual():
		b.quote.locked = b.quote.locked.Sub(w.locked)
	case w.family != nil:
		b.relock(w.family)
		return // it keeps what each of them locks
	case w.locked.IsZero():
	case w.order.Side == market.Sell:
		b.base.locked = b.base.locked.Sub(w.locked)
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
	switch reason := b.checkFilters(o); {
	case reason != "":
		return reason
	case b.perpetual():
		if reason = b.checkMargin(o); reason != "" {
			return reason
		}
	case o.ReduceOnly && o.Side == market.Buy:
		return "reduce-only order would not reduce"
	case !b.funded(o):
		return insufficient
	}
	if b.crossed(o) {
		return market.WouldTrigger
	}
	return ""
}

// insufficient is the venue's reason where the account cannot pay.
const insufficient = "insufficient balance"

// checkFilters applies the filters of the instrument.
func (b *book) checkFilters(o *market.Order) string {
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
	return b.checkLimits(o)
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
	for _, p := range [...]decimal.Decimal{o.Price, o.Stop, o.Trail.Activate} {
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
	if o.Quote.IsPositive() {
		return o.Quote
	}
	return market.Notional(o, b.lastPrice())
}

// funded reports whether the account could pay for an order now.
func (b *book) funded(o *market.Order) bool {
	if o.Side == market.Sell {
		return o.Quantity.LessThanOrEqual(b.base.free())
	}
	return b.cost(o).LessThanOrEqual(b.quote.free())
}

// crossed reports whether a trigger price was reached by the last close already (X6).
func (b *book) crossed(o *market.Order) bool {
	if !o.Triggered() || b.columns == nil {
		return false
	}
	if stop := market.Float(o.Stop); o.Rises() {
		return b.last() >= stop
	} else {
		return b.last() <= stop
	}
}

// patience is how long an order may wait for its first bar without mention.
func (b *book) patience() market.Time {
	if b.interval == market.Trades {
		return market.Time(market.Minute)
	}
	return market.Time(b.interval)
}
