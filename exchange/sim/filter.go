package sim

import (
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// relist gives the instruments of an instant's listings other filters. It comes after
// the bars, which lie before the instant: the filters that hold until then round their
// fills (semantics X11). Orders on the book stay as they are.
func (v *Venue) relist(events []market.Event) {
	for i := range events {
		e := &events[i]
		if e.Kind == market.KindListing {
			v.books[e.Instrument].instrument.Relist(e.Listing)
		} else if e.Kind.Rank() > market.KindListing.Rank() {
			return
		}
	}
}

// checkLimits applies the limits of an order's worth and of how many orders there are.
func (b *book) checkLimits(o *market.Order) string {
	in := &b.instrument
	if in.MinNotional.IsPositive() || in.MaxNotional.IsPositive() {
		switch n := b.notional(o); {
		case n.LessThan(in.MinNotional) && !(in.Perpetual() && o.ReduceOnly): // a rest of a future can always be closed
			return "notional " + n.String() + " is below the minimum " + in.MinNotional.String()
		case in.MaxNotional.IsPositive() && n.GreaterThan(in.MaxNotional):
			return "notional " + n.String() + " is above the maximum " + in.MaxNotional.String()
		}
	}
	if in.MaxOrders > 0 || in.MaxStops > 0 {
		return b.checkCounts(o)
	}
	return ""
}

// checkCounts bounds the orders that wait at the venue. An order that does not stay is
// not one of them, and neither is the one that is being amended.
func (b *book) checkCounts(o *market.Order) string {
	if !stays(o) {
		return ""
	}
	in := &b.instrument
	orders, stops := 1, 0
	if waits(o) {
		stops = 1
	}
	b.each(func(w *working) {
		switch {
		case w.order.ID == o.ID || !stays(&w.order):
			return
		case waits(&w.order) && !w.resting():
			stops++
		}
		orders++
	})
	switch {
	case in.MaxOrders > 0 && orders > in.MaxOrders:
		return "too many working orders: " + strconv.Itoa(orders) + ", limit " + strconv.Itoa(in.MaxOrders)
	case in.MaxStops > 0 && stops > in.MaxStops && waits(o):
		return "too many orders waiting for a trigger: " + strconv.Itoa(stops) + ", limit " + strconv.Itoa(in.MaxStops)
	}
	return ""
}

// each calls f for every order on the book.
func (b *book) each(f func(*working)) {
	for _, w := range b.fresh {
		f(w)
	}
	for _, l := range [...]*ladder{&b.falls, &b.rises} {
		for _, r := range l.rungs {
			f(r.w)
		}
	}
	for _, s := range [...]*trails{&b.sells, &b.buys} {
		for _, g := range s.groups {
			for _, w := range g.orders {
				f(w)
			}
		}
	}
}

// stays reports whether an order may rest on the book.
func stays(o *market.Order) bool {
	return o.Type != market.Market && o.TIF != market.IOC && o.TIF != market.FOK
}

// waits reports whether an order waits for a trigger price.
func waits(o *market.Order) bool { return o.Triggered() || o.Type == market.TrailingStop }

// Check returns why an order would be rejected on arrival whatever the account has: by the
// filters of its instrument, as they are now. "" is nothing.
func (v *Venue) Check(o market.Order, i market.InstrumentID) string {
	return v.books[i].checkFilters(&o)
}
