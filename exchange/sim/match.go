package sim

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// way is the order in which a bar visits its extremes.
type way int8

const (
	lowFirst  way = iota // O-L-H-C
	highFirst            // O-H-L-C
)

// hit is what a bar does to one order.
type hit struct {
	at        hitPrice
	maker     bool
	slip      bool
	activated bool // a stop-limit's stop was reached
	rejected  bool // a post-only order would have taken
}

type hitPrice int8

const (
	noHit hitPrice = iota
	atOpen
	atLimit
	atStop
)

// tape is a bar while its volume is being shared out.
type tape struct {
	market.Bar
	close              market.Time
	open               decimal.Decimal // Bar.Open exactly
	scale, volumeScale int32
	usedF              float64 // of the participation cap
	used               decimal.Decimal
	plans              []plan
	columns            *market.Columns // of which the bar is a row
	row                int
}

// match lets a bar act on an instrument's orders.
func (v *Venue) match(b *book, c *market.Columns, row int) {
	bar := c.Bar(row)
	t := &tape{Bar: bar, close: c.Time(row), scale: c.PriceScale, open: market.Price(bar.Open, c.PriceScale), volumeScale: c.VolumeScale, columns: c, row: row}
	v.plan(b, t)
	for i := 0; i < len(b.orders); {
		w := b.orders[i]
		if w.from <= bar.OpenTime {
			v.takePart(b, w, t)
		}
		if i < len(b.orders) && b.orders[i] == w {
			i++
		}
	}
}

// takePart lets a bar act on one order.
func (v *Venue) takePart(b *book, w *working, t *tape) {
	if !w.rested && v.opts.MaxWait > 0 && t.OpenTime-w.from > v.opts.MaxWait {
		v.end(b, w, market.Expired, t.close, "max_wait")
		return
	}
	h := w.hit(&t.Bar, t.way(w.order.ID.Strategy), v.opts.Touch)
	waited := !w.rested && t.OpenTime-w.from > market.Time(b.interval)
	w.rested = true
	w.active = w.active || h.activated
	switch {
	case h.rejected:
		v.end(b, w, market.Rejected, t.close, "post-only order would take")
	case h.at != noHit:
		if waited {
			v.notes.Waited++
		}
		v.fill(b, w, t, h)
	}
}

// hit returns what a bar does to an order (semantics X4 to X6).
func (w *working) hit(bar *market.Bar, in way, touch bool) hit {
	switch w.order.Type {
	case market.Market:
		return hit{at: atOpen, slip: true}
	case market.Limit:
		return w.hitLimit(bar, touch)
	case market.Stop:
		switch {
		case w.beyond(bar.Open):
			return hit{at: atOpen, slip: true}
		case w.beyond(w.extremeTowards(bar)):
			return hit{at: atStop, slip: true}
		}
		return hit{}
	default:
		return w.hitStopLimit(bar, in, touch)
	}
}

func (w *working) hitLimit(bar *market.Bar, touch bool) hit {
	if !w.rested && w.better(bar.Open) {
		return hit{at: atOpen, rejected: w.order.PostOnly}
	}
	best := bar.Low
	if w.order.Side == market.Sell {
		best = bar.High
	}
	if w.through(best, touch) {
		return hit{at: atLimit, maker: true}
	}
	return hit{}
}

// hitStopLimit follows the path to the stop, and from there as a limit order that
// arrives at that price.
func (w *working) hitStopLimit(bar *market.Bar, in way, touch bool) hit {
	if w.active {
		resting := *w
		resting.rested = true
		return resting.hitLimit(bar, touch)
	}
	path := [4]float64{bar.Open, bar.Low, bar.High, bar.Close}
	if in == highFirst {
		path[1], path[2] = bar.High, bar.Low
	}
	for k, price := range path {
		if !w.beyond(price) {
			continue
		}
		h := hit{at: atStop, activated: true}
		here := w.stop
		if k == 0 {
			h.at, here = atOpen, price
		}
		if w.better(here) {
			return h
		}
		for _, later := range path[k:] {
			if w.through(later, touch) {
				return hit{at: atLimit, maker: true, activated: true}
			}
		}
		return hit{activated: true}
	}
	return hit{}
}

// better reports whether a price is at the limit or better.
func (w *working) better(price float64) bool {
	if w.order.Side == market.Buy {
		return price <= w.limit
	}
	return price >= w.limit
}

// through reports whether the market trades through the limit at a price.
func (w *working) through(price float64, touch bool) bool {
	if price == w.limit {
		return touch
	}
	return w.better(price)
}

// beyond reports whether a price reaches the stop.
func (w *working) beyond(price float64) bool {
	if w.order.Side == market.Buy {
		return price >= w.stop
	}
	return price <= w.stop
}

// extremeTowards returns the bar's extreme on the stop's side.
func (w *working) extremeTowards(bar *market.Bar) float64 {
	if w.order.Side == market.Buy {
		return bar.High
	}
	return bar.Low
}

// waits reports whether an order's fate depends on the path: it is a stop-limit whose
// stop was not reached.
func (w *working) waits() bool { return w.order.Type == market.StopLimit && !w.active }

// plan chooses the path of a bar for each strategy with an order that depends on it,
// before any order trades: all orders of a strategy take the same (semantics X7).
func (v *Venue) plan(b *book, t *tape) {
	for _, w := range b.orders {
		if w.waits() && w.from <= t.OpenTime && !t.planned(w.order.ID.Strategy) {
			t.plans = append(t.plans, plan{w.order.ID.Strategy, v.choose(b, w.order.ID.Strategy, t)})
		}
	}
}

// plan is the path that a strategy's orders take in a bar.
type plan struct {
	strategy string
	way      way
}

func (t *tape) planned(strategy string) bool {
	return slices.ContainsFunc(t.plans, func(p plan) bool { return p.strategy == strategy })
}

// way returns the path for an order's strategy; any will do where none was planned.
func (t *tape) way(strategy string) way {
	for _, p := range t.plans {
		if p.strategy == strategy {
			return p.way
		}
	}
	return lowFirst
}

// choose runs a strategy's orders both ways and keeps the one that the options ask for.
func (v *Venue) choose(b *book, strategy string, t *tape) way {
	if v.opts.Path == OHLC {
		return t.nearer()
	}
	diff := v.outcome(b, strategy, t, highFirst).Cmp(v.outcome(b, strategy, t, lowFirst))
	if diff < 0 && v.opts.Path == Pessimistic || diff > 0 && v.opts.Path == Optimistic {
		return highFirst
	}
	return lowFirst
}

// nearer returns the way to the nearer extreme first, the low where both are as near;
// exactly, since floats would decide ties at random.
func (t *tape) nearer() way {
	up, down := market.Price(t.High, t.scale).Sub(t.open), t.open.Sub(market.Price(t.Low, t.scale))
	if up.LessThan(down) {
		return highFirst
	}
	return lowFirst
}

// outcome returns what a bar changes in the equity at its close, by the fills of all
// orders of a strategy, along one path.
func (v *Venue) outcome(b *book, strategy string, t *tape, in way) decimal.Decimal {
	total, end := decimal.Zero, market.Price(t.Close, t.scale)
	for _, o := range b.orders {
		if o.order.ID.Strategy != strategy || o.from > t.OpenTime {
			continue
		}
		h := o.hit(&t.Bar, in, v.opts.Touch)
		if h.at == noHit || h.rejected {
			continue
		}
		price, quantity := v.price(b, o, h, t), o.remaining
		if o.order.Quote.IsPositive() {
			quantity = market.Affordable(o.order.Quote, price, b.instrument.Step)
		}
		gain := end.Sub(price).Mul(quantity)
		if o.order.Side == market.Sell {
			gain = gain.Neg()
		}
		total = total.Add(gain).Sub(price.Mul(quantity).Mul(b.rate(h.maker)))
	}
	return total
}

// price returns the price of a hit, slipped where it is.
func (v *Venue) price(b *book, w *working, h hit, t *tape) decimal.Decimal {
	p := t.open
	switch h.at {
	case atLimit:
		p = w.order.Price
	case atStop:
		p = w.order.Stop
	}
	if h.slip {
		return v.slip(b, w, t, p)
	}
	return p
}
