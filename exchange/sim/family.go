package sim

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// family is what linked orders share (semantics X10).
type family struct {
	key      market.OrderID // of the first that was submitted: they arrive together
	profile  market.Profile
	entry    *working // nil where the position was there already
	exits    []*working
	received decimal.Decimal // base that the entry brought, after its fees
	sold     decimal.Decimal // base that exits gave
	locked   decimal.Decimal // what the living exits give together: base of sells, quote of buys
	refused  bool            // the venue rejected one of them on arrival
}

// join puts an order that was submitted into its family.
func (v *Venue) join(w *working) {
	o := &w.order
	if o.Profile == market.Unlinked {
		return
	}
	entry := v.find(o.Parent)
	switch {
	case entry != nil && entry.family != nil:
		w.family = entry.family
	case entry == nil && o.Group != "":
		if k := slices.IndexFunc(v.families, func(f *family) bool { return f.key.Strategy == o.ID.Strategy && f.group() == o.Group }); k >= 0 {
			w.family = v.families[k]
		}
	}
	if w.family == nil {
		w.family = &family{key: o.ID, profile: o.Profile}
		v.families = append(v.families, w.family)
	}
	f := w.family
	if o.Parent == (market.OrderID{}) && o.Group == "" {
		f.entry = w
		return
	}
	w.waits = o.Parent != (market.OrderID{})
	f.exits = append(f.exits, w)
}

// group returns the name of the exits that exclude each other, or "".
func (f *family) group() string {
	if len(f.exits) == 0 {
		return ""
	}
	return f.exits[0].order.Group
}

// over reports whether every order of the family has ended.
func (f *family) over() bool {
	return (f.entry == nil || f.entry.done) && !slices.ContainsFunc(f.exits, func(w *working) bool { return !w.done })
}

// relock keeps what the living exits lock: one quantity, which they share. An entry
// locks what it needs by itself.
func (b *book) relock(f *family) {
	if b.perpetual() {
		return // each order holds back its own margin
	}
	if e := f.entry; e != nil {
		locked, need := &b.quote.locked, b.restCost
		if e.order.Side == market.Sell {
			locked, need = &b.base.locked, func(w *working) decimal.Decimal { return w.remaining }
		}
		*locked = locked.Sub(e.locked)
		if e.locked = decimal.Zero; !e.done && e.order.Type != market.Market {
			e.locked = need(e)
		}
		*locked = locked.Add(e.locked)
	}
	if len(f.exits) == 0 {
		return
	}
	locked, sell := decimal.Zero, f.exits[0].order.Side == market.Sell
	for _, x := range f.exits {
		switch {
		case x.done || x.waits || !x.arrived():
		case sell:
			locked = decimal.Max(locked, x.remaining)
		default:
			locked = decimal.Max(locked, b.restCost(x))
		}
	}
	if sell {
		b.base.locked = b.base.locked.Add(locked).Sub(f.locked)
	} else {
		b.quote.locked = b.quote.locked.Add(locked).Sub(f.locked)
	}
	f.locked = locked
}

// linked lets a fill of one order of a family change the others.
func (v *Venue) linked(b *book, w *working, f *market.Fill) {
	fam := w.family
	switch {
	case w == fam.entry:
		got := f.Quantity
		if f.FeeAsset == b.instrument.Base {
			got = got.Sub(f.Fee)
		}
		fam.received = fam.received.Add(got)
		v.entered(b, fam, f.Time)
	case fam.profile == market.ByVenue:
		v.cancelOthers(b, fam, w, f.Time)
	default:
		fam.sold = fam.sold.Add(f.Quantity)
		v.apportion(b, fam, w, f.Time)
	}
	b.relock(fam)
}

// entered brings exits to life that their entry's fill allows: all of a venue's list at
// the full fill, ours with each part.
func (v *Venue) entered(b *book, fam *family, at market.Time) {
	if fam.profile == market.ByVenue && !fam.entry.remaining.IsZero() {
		return
	}
	for _, x := range fam.exits {
		if x.done {
			continue
		}
		if fam.profile == market.ByEngine {
			x.remaining = fam.left(x, b.instrument.Step)
		}
		switch {
		case !x.waits:
			x.born = at // what it gives from here on was not there before
		case x.remaining.IsPositive() && !b.tooSmall(x):
			v.live(b, x, at)
		case fam.entry.remaining.IsZero(): // it brought less than the venue trades
			v.end(b, x, market.Cancelled, at, market.EntryEnded)
		}
	}
}

// tooSmall reports whether the venue takes no order for what an exit of our bracket may
// give so far (semantics X11). A position in a perpetual can always be closed.
func (b *book) tooSmall(x *working) bool {
	in, o := &b.instrument, x.order
	if o.Quantity = x.remaining; x.family.profile == market.ByVenue || in.Perpetual() {
		return false
	}
	return o.Quantity.LessThan(in.MinQuantity) || b.notional(&o).LessThan(in.MinNotional)
}

// left returns what an exit of our bracket may still give: its share of what no exit has
// given; at most what it named.
func (f *family) left(x *working, step decimal.Decimal) decimal.Decimal {
	left := f.whole(step).Sub(f.sold)
	if x.order.Quantity.IsPositive() {
		left = decimal.Min(left, x.order.Quantity.Sub(x.filled))
	}
	return decimal.Max(left, decimal.Zero)
}

// whole returns what exits of our bracket may give in all: what the entry brought, in
// whole steps, or without one what the largest of them names.
func (f *family) whole(step decimal.Decimal) (most decimal.Decimal) {
	if f.entry != nil {
		return market.Floor(f.received, step)
	}
	for _, x := range f.exits {
		most = decimal.Max(most, x.order.Quantity)
	}
	return most
}

// apportion takes from the other exits of our bracket what one of them gave. When nothing
// is left for them, they and the rest of the entry end.
func (v *Venue) apportion(b *book, fam *family, w *working, at market.Time) {
	step := b.instrument.Step
	over := fam.whole(step).LessThanOrEqual(fam.sold)
	for _, x := range fam.exits {
		if x == w || x.done || !x.arrived() {
			continue
		}
		if x.remaining = fam.left(x, step); x.remaining.IsZero() {
			v.end(b, x, market.Cancelled, at, market.ExitFilled)
		}
	}
	if over && fam.entry != nil && !fam.entry.done {
		v.end(b, fam.entry, market.Cancelled, at, market.ExitFilled)
	}
}

// cancelOthers ends the exits that one which traded excludes.
func (v *Venue) cancelOthers(b *book, fam *family, w *working, at market.Time) {
	for _, x := range fam.exits {
		if x != w && !x.done && x.arrived() { // one on its way in place of another finds that gone
			v.end(b, x, market.Cancelled, at, market.ExitFilled)
		}
	}
}

// parted lets the end of one order of a family change the others: exits that still wait
// for an entry which has ended end with it.
func (v *Venue) parted(b *book, w *working, s market.State, at market.Time) {
	fam := w.family
	b.relock(fam) // one that never came onto the book may be counted in
	fam.refused = fam.refused || s == market.Rejected && w.fills == 0 && !w.follows()
	if w == fam.entry {
		for _, x := range fam.exits {
			if x.waits && !x.done && x.arrived() {
				v.end(b, x, market.Cancelled, at, market.EntryEnded)
			}
		}
	}
	if fam.over() {
		if k := slices.Index(v.families, fam); k >= 0 {
			v.families = slices.Delete(v.families, k, k+1)
		}
	}
}

// live brings an exit to life at the point of the path where its entry filled.
func (v *Venue) live(b *book, x *working, at market.Time) {
	x.waits, x.rested, x.born = false, true, at
	if !b.perpetual() && x.order.Side == market.Sell && x.remaining.GreaterThan(b.base.free().Add(x.family.locked)) {
		v.end(b, x, market.Rejected, at, insufficient)
		return
	}
	v.enqueue(b, x)
	b.enter(x)
	v.report(b, x, market.Accepted, at, "")
	v.walk.appear(x)
}

// arriveLinked accepts or rejects an order of a family. An exit that waits is checked
// for its filters only; of a list without an entry, the venue takes all orders or none.
func (v *Venue) arriveLinked(b *book, w *working, now market.Time) {
	fam := w.family
	reason := ""
	switch entered := fam.entry != nil && fam.entry.done; {
	case w.waits && entered && fam.entry.filled.IsZero():
		v.end(b, w, market.Cancelled, now, market.EntryEnded)
		return
	case !fam.lists(w):
		reason = unsupported
	case w.waits && w.order.Quantity.IsZero():
		reason = b.checkPrices(&w.order)
	case w.waits:
		reason = b.checkFilters(&w.order)
	case w != fam.entry && fam.refused:
		reason = otherRejected
	case w != fam.entry && b.marketable(&w.order):
		reason = "the relationship of the prices for the orders is not correct"
	default:
		reason = b.checkFamily(w)
	}
	if reason != "" {
		v.end(b, w, market.Rejected, now, reason)
		if w != fam.entry && !w.waits && !w.follows() {
			v.rejectOthers(b, fam, now)
		}
		return
	}
	if w.waits {
		v.report(b, w, market.Accepted, now, market.Waiting)
		return
	}
	v.admitted(b, w, now)
}

// follows reports whether an order takes the place of another: its rejection is its own.
func (w *working) follows() bool { return w.order.Replaces.Sequence > 0 }

const otherRejected = "another order of the list was rejected"

// rejectOthers ends the orders of a list that arrived before one that is rejected.
func (v *Venue) rejectOthers(b *book, fam *family, now market.Time) {
	for _, x := range fam.exits {
		if !x.done && x.arrived() {
			v.end(b, x, market.Rejected, now, otherRejected)
		}
	}
}

// checkFamily is check, for an order that shares what the living orders of its family
// lock already.
func (b *book) checkFamily(w *working) string {
	fam := w.family
	if w == fam.entry {
		return b.check(&w.order)
	}
	locked := &b.quote.locked
	if w.order.Side == market.Sell {
		locked = &b.base.locked
	}
	*locked = locked.Sub(fam.locked)
	reason := b.check(&w.order)
	*locked = locked.Add(fam.locked)
	return reason
}

// marketable reports whether a limit order would trade at the last close.
func (b *book) marketable(o *market.Order) bool {
	if o.Type != market.Limit || b.columns == nil {
		return false
	}
	limit := market.Float(o.Price)
	return o.Side == market.Buy && limit >= b.last() || o.Side == market.Sell && limit <= b.last()
}
