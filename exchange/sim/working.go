package sim

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// working is an order at the venue. Trigger prices are cached as floats, so that a
// bar that triggers nothing costs comparisons only.
type working struct {
	order     market.Order
	arrival   uint64
	from      market.Time // takes part from the first bar that opens then or later
	born      market.Time // of an exit: when its entry brought it to life; no fill of it is earlier
	told      market.Time // when what was last told of it happened
	limit     float64
	stop      float64     // of a trailing stop: the price that activates it
	best      float64     // of an active trailing stop: the best price it has followed; 0 before the first
	took      market.Time // close of the last bar in which it took, for lack of volume not all
	ahead     float64     // volume that stands before it in the queue at its limit
	place     place
	entered   bool // it is or was on the book
	rested    bool // it took part in a bar already, or lives since its entry filled
	active    bool // a stop-limit whose stop was reached, a trailing stop that follows
	waits     bool // an exit whose entry has not filled
	spent     bool // it had its turn in the bar at hand
	late      bool // it waited more than one interval for its first bar
	acting    bool // it stands among those that the bar at hand may concern
	touch     bool // its limit fills where the price touches it
	done      bool
	filled    decimal.Decimal
	remaining decimal.Decimal
	locked    decimal.Decimal // of the asset it would give, while it rests
	fills     uint32
	family    *family // of a linked order
}

// place is where on the book an order stands.
type place int8

const (
	nowhere  place = iota
	amongNew       // has not taken part in a bar
	onFalls        // rests until the price falls to its trigger
	onRises        // rests until the price rises to its trigger
	onTrails       // follows the price
)

// closing reports whether an order reduces a position: on spot every sell does (X9).
func (w *working) closing() bool { return w.order.Side == market.Sell }

// state returns where an order on the book stands.
func (w *working) state() market.State {
	if w.filled.IsPositive() {
		return market.Partial
	}
	return market.Accepted
}

// arrived reports whether the venue has seen the order.
func (w *working) arrived() bool { return w.from > 0 }

// resting reports whether an order waits at its limit price.
func (w *working) resting() bool {
	return w.order.Type == market.Limit || w.active && w.order.Priced()
}

// trailing reports whether an order follows the price.
func (w *working) trailing() bool { return w.active && w.order.Type == market.TrailingStop }

// winding reports whether what a bar does to an order depends on the path inside it.
func (w *working) winding() bool {
	return w.family != nil || w.order.Type == market.TrailingStop || w.order.Priced() && w.order.Type != market.Limit && !w.active
}

// trigger returns the price at which an order that does not trail acts next, and
// whether a rising price gets there.
func (w *working) trigger() (price float64, rising bool) {
	switch {
	case w.resting():
		return w.limit, w.order.Side == market.Sell
	case w.order.Type == market.TrailingStop:
		return w.stop, w.order.Side == market.Sell
	}
	return w.stop, w.order.Rises()
}

// better reports whether a price is at the limit or better.
func (w *working) better(price float64) bool {
	if w.order.Side == market.Buy {
		return price <= w.limit
	}
	return price >= w.limit
}

// through reports whether the market trades through the limit at a price.
func (w *working) through(price float64) bool {
	if price == w.limit {
		return w.touch
	}
	return w.better(price)
}

// beyond reports whether a price reaches the trigger.
func (w *working) beyond(price float64) bool {
	level, rising := w.trigger()
	if rising {
		return price >= level
	}
	return price <= level
}

// follow lets a trailing stop follow to a price.
func (w *working) follow(price float64) {
	if w.best == 0 || w.order.Side == market.Sell && price > w.best || w.order.Side == market.Buy && price < w.best {
		w.best = price
	}
}

// trail returns the stop of a trailing stop as it stands, on the tick that is farther
// from the market.
func (w *working) trail(tick decimal.Decimal) decimal.Decimal {
	best, by := market.Price(w.best, market.FreeScale), w.order.Trail.By
	switch w.order.Trail.Unit {
	case market.TrailPercent:
		by = best.Mul(by).Shift(-2)
	case market.TrailBps:
		by = best.Mul(by).Shift(-4)
	}
	if w.order.Side == market.Sell {
		by = by.Neg()
	}
	return market.ToTick(best.Add(by), tick, market.Against(w.order.Side))
}
