package sim

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// hit is what a bar does to one order.
type hit struct {
	what  verdict
	price decimal.Decimal // before slippage
	maker bool
	slip  bool
	open  bool // it trades at the open
}

// verdict is what becomes of an order.
type verdict int8

const (
	nothing  verdict = iota
	trades           // some of it trades at the price
	rejected         // a post-only order would have taken
	expires          // its time in force is over
)

// wouldTake is the venue's reason for a post-only order that would have taken.
const wouldTake = "post-only order would take"

// tape is a bar while its volume is being shared out.
type tape struct {
	market.Bar
	close              market.Time
	before             market.Time     // close of the bar before
	open               decimal.Decimal // Bar.Open exactly
	scale, volumeScale int32
	usedF              float64 // of the participation cap
	used               decimal.Decimal
	exact              bool            // used is kept
	trial              bool            // fills ask for their share of the cap, and get all
	shares             []share         // of the cap, by order; nil where it is first come, first served
	columns            *market.Columns // of which the bar is a row
	row                int
}

// share is what the participation cap leaves an order of a bar.
type share struct {
	order    *working
	quantity decimal.Decimal
}

// match lets a bar act on an instrument's orders.
func (v *Venue) match(b *book, c *market.Columns, row int) {
	if stirs := b.stirs(c, row); !stirs && !b.endangered(c, row) {
		return
	}
	bar, t := c.Bar(row), &v.tape
	*t = tape{Bar: bar, close: c.Time(row), scale: c.PriceScale, open: market.Price(bar.Open, c.PriceScale), volumeScale: c.VolumeScale, columns: c, row: row}
	if b.columns != nil {
		t.before = b.columns.Time(int(b.row))
	}
	v.gather(b, t)
	t.exact = len(v.acting) > 1
	if len(v.acting) == 1 && !v.acting[0].winding() && !b.perpetual() {
		v.straight(b, v.acting[0], t)
	} else {
		v.play(b, t)
	}
	for _, w := range v.acting {
		w.acting, w.late = false, false
		if !w.done && !w.waits {
			b.rest(w)
		}
	}
	clear(v.acting)
	v.acting = v.acting[:0]
}

// gather takes the orders that a bar may concern off their places: those that are new
// to it, those whose trigger it reaches, and the families of both.
func (v *Venue) gather(b *book, t *tape) {
	list := v.acting[:0]
	kept := b.fresh[:0]
	for _, w := range b.fresh {
		if w.from > t.OpenTime {
			kept = append(kept, w)
			continue
		}
		w.late = t.OpenTime-w.from > b.patience()
		list = append(list, w)
	}
	b.fresh = kept
	list = b.rises.take(t.High, b.falls.take(t.Low, list))
	if len(b.sells.groups)+len(b.buys.groups) > 0 {
		list = b.buys.take(t.Low, t.High, b.sells.take(t.Low, t.High, list))
	}
	for _, w := range list {
		w.acting, w.place = true, nowhere
		if v.opts.queues() && w.resting() {
			b.advance(w, t)
		}
	}
	for i := 0; i < len(list); i++ {
		if f := list[i].family; f != nil {
			list = f.gather(b, list)
		}
	}
	v.acting = v.expireLate(b, t, list)
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b *working) int { return cmp.Compare(a.arrival, b.arrival) })
	}
}

// gather adds the members of a family that a bar does not reach by itself.
func (f *family) gather(b *book, list []*working) []*working {
	for _, w := range append(f.exits[:len(f.exits):len(f.exits)], f.entry) {
		if w != nil && !w.acting && !w.done && w.arrived() {
			b.withdraw(w)
			w.acting = true
			list = append(list, w)
		}
	}
	return list
}

// expireLate ends the orders that waited too long for their first bar.
func (v *Venue) expireLate(b *book, t *tape, list []*working) []*working {
	if v.opts.MaxWait == 0 {
		return list
	}
	for _, w := range list {
		if !w.done && !w.rested && !w.waits && t.OpenTime-w.from > v.opts.MaxWait {
			v.end(b, w, market.Expired, t.close, "max_wait")
		}
	}
	return list
}

// straight lets a bar act on an order whose fate no path changes.
func (v *Venue) straight(b *book, w *working, t *tape) {
	if w.done || w.from > t.OpenTime {
		return
	}
	h := w.inBar(t)
	w.rested = true
	v.take(b, w, t, h)
}

// take lets what a bar does to an order happen.
func (v *Venue) take(b *book, w *working, t *tape, h hit) {
	switch h.what {
	case rejected:
		v.end(b, w, market.Rejected, t.close, wouldTake)
	case expires:
		v.end(b, w, market.Expired, t.close, market.TimeInForce)
	case trades:
		if w.late {
			v.notes.Waited++
		}
		v.fill(b, w, t, h)
	}
}

// inBar returns what a bar does to an order without a stop-limit's or a trailing stop's
// path (semantics X4 to X6).
func (w *working) inBar(t *tape) hit {
	if h := w.atOpen(t); h.what != nothing {
		return h
	}
	extreme := t.Low
	if _, rising := w.trigger(); rising {
		extreme = t.High
	}
	switch {
	case w.resting() && w.through(extreme):
		return hit{what: trades, price: w.order.Price, maker: true}
	case !w.resting() && w.beyond(extreme):
		return hit{what: trades, price: w.order.Stop, slip: true}
	}
	return hit{}
}

// goesOn reports whether an order took in the bar before all that this had for it: the
// rest of it arrives at the open.
func (w *working) goesOn(t *tape) bool { return w.took > 0 && w.took == t.before }

// atOpen returns what a bar's open does to such an order.
func (w *working) atOpen(t *tape) hit {
	switch {
	case w.order.Type == market.Market:
		return hit{what: trades, price: t.open, slip: true, open: true}
	case !w.resting() && w.beyond(t.Open):
		return hit{what: trades, price: t.open, slip: true, open: true}
	case !w.resting():
		return hit{}
	case w.rested && !w.goesOn(t) && w.through(t.Open):
		return hit{what: trades, price: w.order.Price, maker: true}
	case w.rested && !w.goesOn(t):
		return hit{}
	case w.better(t.Open) && w.order.PostOnly:
		return hit{what: rejected}
	case w.better(t.Open):
		return hit{what: trades, price: t.open, open: true}
	case w.order.TIF == market.IOC || w.order.TIF == market.FOK:
		return hit{what: expires}
	}
	return hit{}
}
