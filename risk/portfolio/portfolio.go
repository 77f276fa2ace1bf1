package portfolio

import (
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// portfolio is what would have been won and lost in each bar of the window with what is
// held now, and with the order under review.
//
// A working order may fill or not, and counts where that is worse: one that would hedge
// hedges nothing before it has filled. Of all the ways in which they may fill it finds
// the worst of none, all buys and all sells (what it comes to where one factor moves all
// prices), and then changes one instrument after another where that is worse still.
type portfolio struct {
	parts  []part    // of other instruments than the order's
	profit []float64 // of these, in quote, by slot
	next   []float64 // likewise, with one of them changed
	all    []float64 // of the order's instrument too

	own      part    // the order's instrument
	sign     float64 // 1 where the order buys, −1 where it sells
	side     float64 // exposure in it that the order adds to, signed
	notional float64 // of the order, above 0
}

// part is what is held of one instrument, in quote, negative where it is short.
type part struct {
	returns []float64
	ends    [3]float64 // without working orders, with the buys, with the sells
	at      float64    // the one of them that counts
}

// The ways in which working orders may fill.
const (
	none = iota
	buys
	sells
)

// measure is what a rule measures with an exposure of x in the order's instrument, the
// larger the worse.
type measure func(p *portfolio, x float64) float64

// collar is the worst price of the collar, as a share of the last close (semantics D2).
const collar = 1.02

// fill makes the portfolio of an order; each instrument has enough bars.
func (p *portfolio) fill(b *Basis, v *risk.View, o *market.Order) {
	if p.profit == nil {
		p.profit, p.next, p.all = make([]float64, b.Bars), make([]float64, b.Bars), make([]float64, b.Bars)
	}
	p.sign, p.side, p.notional = 1, 0, market.Float(v.Notional(o))
	if o.Side == market.Sell {
		p.sign = -1
	}
	p.parts, p.own = p.parts[:0], part{returns: b.row(v, o.Instrument).returns}
	for _, x := range v.Exposures(b.account()) {
		held, long, short := collar*v.Price(x.Instrument)*market.Float(x.Held), market.Float(x.Long), -market.Float(x.Short)
		e := part{returns: b.row(v, x.Instrument).returns, ends: [3]float64{held, end(held, long), end(held, short)}, at: held}
		if x.Instrument != o.Instrument {
			p.parts = append(p.parts, e)
			continue
		}
		if p.own, p.side = e, long; p.sign < 0 {
			p.side = short
		}
	}
}

// end returns what a position comes to once the working orders of one side have filled:
// what is held where there are none, rounding left out.
func end(held, filled float64) float64 {
	by := filled - held
	if filled == 0 || max(by, -by) <= 1e-9*max(filled, -filled) {
		return held
	}
	return filled
}

// with returns the exposure in the order's instrument once so much of it has filled.
func (p *portfolio) with(notional float64) float64 { return p.side + float64(p.sign*notional) }

// profits returns those of the whole portfolio with an exposure of x in the order's
// instrument. They are valid until the next call.
func (p *portfolio) profits(x float64) []float64 {
	add(p.all, p.profit, p.own.returns, x)
	return p.all
}

// add sets sum to base + x × returns.
func add(sum, base, returns []float64, x float64) {
	base, returns = base[:len(sum)], returns[:len(sum)]
	for k := range sum {
		sum[k] = base[k] + float64(x*returns[k])
	}
}

// settle decides how the working orders count, and returns what m measures before the
// order under review.
func (p *portfolio) settle(m measure) float64 {
	p.count(none)
	if p.works() {
		p.worsen(m)
	}
	before := m(p, p.own.ends[none])
	for _, x := range p.own.ends[buys:] {
		if x != p.own.ends[none] {
			before = max(before, m(p, x))
		}
	}
	return before
}

// count adds the profits up, with the working orders filled in one way.
func (p *portfolio) count(way int) {
	clear(p.profit)
	for k := range p.parts {
		e := &p.parts[k]
		e.at = e.ends[way]
		add(p.profit, p.profit, e.returns, e.at)
	}
}

// works reports whether there are working orders in other instruments than the order's.
func (p *portfolio) works() bool {
	for k := range p.parts {
		if e := &p.parts[k].ends; e[buys] != e[none] || e[sells] != e[none] {
			return true
		}
	}
	return false
}

// worsen finds the way in which the working orders fill that is worst with the order.
func (p *portfolio) worsen(m measure) {
	full := p.with(p.notional)
	worst, most := none, m(p, full)
	for _, way := range [2]int{buys, sells} {
		p.count(way)
		if is := m(p, full); is > most {
			worst, most = way, is
		}
	}
	p.count(worst)
	for k := range p.parts {
		e := &p.parts[k]
		for _, x := range e.ends {
			if x == e.at {
				continue
			}
			add(p.next, p.profit, e.returns, x-e.at)
			p.profit, p.next = p.next, p.profit
			if is := m(p, full); is > most {
				e.at, most = x, is
			} else {
				p.profit, p.next = p.next, p.profit
			}
		}
	}
}

// slack is what rounding may add: 95 ÷ 100 − 1 is a little more than 5 % in floats.
const slack = 1e-12

// room returns how much of an order's notional fits, in quote, and what m measures with
// all of it. What fits is the most at which m is not above the limit or, where it is
// already without the order, not above what it is: so an order that lowers the measure
// passes whole, whatever the limit.
func (p *portfolio) room(m measure, limit float64) (room, measured float64) {
	most := max(limit, p.settle(m))
	most += float64(slack * max(most, -most))
	measured = m(p, p.with(p.notional))
	if measured <= most {
		return p.notional, measured
	}
	lo, hi := 0.0, p.notional
	for range 53 { // the digits of a float64
		if mid := (lo + hi) / 2; m(p, p.with(mid)) <= most {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, measured
}
