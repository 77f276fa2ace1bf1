package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// way is the order in which a bar visits its extremes.
type way int8

const (
	lowFirst  way = iota // O-L-H-C
	highFirst            // O-H-L-C
)

// walk lets a bar act on the orders of one strategy along a path inside it: what is at
// the open first, in order of arrival, and then leg by leg in the order in which the
// price meets them. It changes the book; match may take it back and walk another way.
type walk struct {
	venue *Venue
	book  *book
	tape  *tape
	group []*working      // in order of arrival
	price float64         // how far the path has come
	exact decimal.Decimal // the same
	open  bool            // it stands at the open
	peril peril           // of a position in a perpetual
}

// run follows a bar along a path.
func (k *walk) run(in way) {
	t := k.tape
	k.price, k.exact, k.open = t.Open, t.open, true
	for _, w := range k.group {
		w.spent = false
	}
	perpetual := k.book.perpetual()
	if perpetual {
		k.approach()
	}
	for _, w := range k.group {
		if k.acts(w) {
			k.atOpen(w)
		}
	}
	if k.open = false; perpetual {
		k.venue.pay(k.book, t.close)
	}
	legs := [3]float64{t.Low, t.High, t.Close}
	if in == highFirst {
		legs[0], legs[1] = t.High, t.Low
	}
	for _, to := range legs {
		k.leg(to)
	}
	for _, w := range k.group {
		w.rested = w.rested || k.lives(w)
	}
	k.book.collect()
}

// lives reports whether an order may act in this bar at all.
func (k *walk) lives(w *working) bool {
	return !w.done && !w.waits && w.from <= k.tape.OpenTime
}

// acts reports whether an order may act from here on.
func (k *walk) acts(w *working) bool { return k.lives(w) && !w.spent }

// atOpen lets the open act on an order.
func (k *walk) atOpen(w *working) {
	switch {
	case w.order.Type == market.Market, w.resting():
		k.take(w, w.atOpen(k.tape))
		w.rested = true
	case w.trailing():
		k.trailAtOpen(w)
	case w.beyond(k.price):
		k.meet(w)
	}
}

// take lets what the path does to an order happen, which is its turn in this bar.
func (k *walk) take(w *working, h hit) {
	w.spent = h.what != nothing
	k.venue.take(k.book, w, k.tape, h)
}

// trailAtOpen lets the open act on a trailing stop that follows.
func (k *walk) trailAtOpen(w *working) {
	if w.best == 0 {
		w.follow(k.price)
	}
	stop := market.Float(w.trail(k.book.instrument.Tick))
	if w.order.Side == market.Sell && k.price <= stop || w.order.Side == market.Buy && k.price >= stop {
		k.trade(w, true, false)
		return
	}
	w.follow(k.price)
}

// appear lets an exit act that came to life where the path stands.
func (k *walk) appear(w *working) {
	switch {
	case w.order.Type == market.TrailingStop && w.stop == 0:
		w.active = true
		w.follow(k.price)
	case w.order.Type == market.Limit && w.better(k.price):
		if w.order.PostOnly {
			k.take(w, hit{what: rejected})
			return
		}
		k.trade(w, false, false)
	case w.order.Type != market.Limit && w.beyond(k.price):
		k.meet(w)
	}
}

// leg follows the path to its next turn, where several orders may still act.
func (k *walk) leg(to float64) {
	perpetual := k.book.perpetual()
	if perpetual {
		k.turn(to)
	}
	rising, moves := to > k.price, to != k.price
	for moves {
		w, at := k.next(to, rising)
		if perpetual && k.liquidated(w, at, to) {
			continue
		}
		if w == nil {
			break
		}
		if at != k.price {
			k.price, k.exact = at, k.trigger(w)
		}
		k.meet(w)
	}
	k.price, k.exact = to, market.Price(to, k.tape.scale)
	for _, w := range k.group {
		if k.acts(w) && w.trailing() {
			w.follow(to)
		}
	}
}

// next returns the order that the price meets first on its way, the one that arrived
// first of several at one price, and the price.
func (k *walk) next(to float64, rising bool) (first *working, at float64) {
	for _, w := range k.group {
		if !k.acts(w) {
			continue
		}
		price, ok := k.meets(w, to, rising)
		if !ok {
			continue
		}
		if first == nil || !rising && price > at || rising && price < at {
			first, at = w, price
		}
	}
	return first, at
}

// meets returns where the price meets an order on its way up or down, if it does.
func (k *walk) meets(w *working, to float64, rising bool) (price float64, ok bool) {
	if w.trailing() {
		if rising == (w.order.Side == market.Sell) {
			return 0, false
		}
		stop := market.Float(w.trail(k.book.instrument.Tick))
		return k.within(stop, rising), rising && to >= stop || !rising && to <= stop
	}
	level, rises := w.trigger()
	if rises != rising {
		return 0, false
	}
	if w.resting() {
		return k.within(level, rising), w.through(to)
	}
	return k.within(level, rising), w.beyond(to)
}

// within returns a level, or where the path stands if it has passed it.
func (k *walk) within(level float64, rising bool) float64 {
	if rising {
		return max(level, k.price)
	}
	return min(level, k.price)
}

// trigger returns the exact price at which an order acts.
func (k *walk) trigger(w *working) decimal.Decimal {
	switch {
	case w.trailing():
		return w.trail(k.book.instrument.Tick)
	case w.order.Type == market.TrailingStop:
		return w.order.Trail.Activate
	case w.resting():
		return w.order.Price
	}
	return w.order.Stop
}

// meet lets an order act at the price that the path has come to.
func (k *walk) meet(w *working) {
	switch {
	case w.resting():
		k.trade(w, false, true)
	case w.order.Type == market.TrailingStop && !w.active:
		w.active = true
		w.follow(k.price)
	case w.order.Priced(): // its stop was reached: a limit order that arrives here
		w.active, w.rested = true, true
		if w.better(k.price) {
			k.trade(w, false, false)
		}
	default:
		k.trade(w, true, false)
	}
}

// trade fills an order where the path stands.
func (k *walk) trade(w *working, slip, maker bool) {
	h := hit{what: trades, price: k.exact, slip: slip, maker: maker, open: k.open && !maker}
	if maker {
		h.price = w.order.Price
	}
	k.take(w, h)
}
