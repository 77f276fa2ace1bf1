package sim

import (
	"math"

	"github.com/signalman-trading/signalman/market"
)

// queues reports whether limit orders stand in a queue at their price.
func (o *Options) queues() bool { return o.Queue.IsPositive() }

// enqueue puts an order that arrives behind the volume that the options assume. Before
// the first bar nothing is known, and only a price that trades through fills.
func (v *Venue) enqueue(b *book, w *working) {
	w.touch = v.opts.Touch
	if !v.opts.queues() {
		return
	}
	if w.ahead = math.Inf(1); b.columns != nil && !b.blind {
		w.ahead = market.Float(v.opts.Queue) * b.columns.Volume[b.row]
	}
}

// advance takes off what a bar trades at the limit of an order that it touches: the
// bar's volume, spread evenly over the ticks of its range. When nothing is left ahead,
// the touch fills; a price that trades through always does.
func (b *book) advance(w *working, t *tape) {
	extreme := t.Low
	if w.order.Side == market.Sell {
		extreme = t.High
	}
	if extreme != w.limit {
		return
	}
	ticks := (t.High-t.Low)/market.Float(b.instrument.Tick) + 1
	w.ahead -= t.Volume / ticks
	w.touch = w.ahead < 0
}
