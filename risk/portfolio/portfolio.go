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

	working  bool    // there are working orders in other instruments
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

// fill makes the portfolio of an order. It returns the first instrument that has too few
// bars to be measured; nil is none.
func (p *portfolio) fill(b *Basis, v *risk.View, o *market.Order) *lacking {
	if p.profit == nil {
		p.profit, p.next, p.all = make([]float64, b.Bars), make([]float64, b.Bars), make([]float64, b.Bars)
	}
	own, short := b.row(v, o.Instrument)
	if short != nil {
		return short
	}
	p.parts, p.own, p.working = p.parts[:0], part{returns: own.returns}, false
	p.sign, p.side, p.notional = 1, 0, market.Float(v.Notional(o))
	if o.Side == market.Sell {
		p.sign = -1
	}
	for _, x := range v.Exposures(b.account()) {
		r, short := b.row(v, x.Instrument)
		if short != nil {
			return short
		}
		held, long, sold := collar*v.Price(x.Instrument)*market.Float(x.Held), market.Float(x.Long), -market.Float(x.Short)
		e := part{returns: r.returns, ends: [3]float64{held, end(held, long), end(held, sold)}}
		if x.Instrument != o.Instrument {
			p.parts = append(p.parts, e)
			p.working = p.working || e.ends[buys] != held || e.ends[sells] != held
			continue
		}
		if p.own, p.side = e, long; p.sign < 0 {
			p.side = sold
		}
	}
	p.count(none)
	return nil
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

// worst decides how the working orders of other instruments count, with an exposure of x
// in the order's, and returns what m measures then.
func (p *portfolio) worst(m measure, x float64) float64 {
	if p.working {
		p.count(none)
		p.worsen(m, x)
	}
	return m(p, x)
}

// before returns what m measures without the order under review.
func (p *portfolio) before(m measure) float64 {
	most := p.worst(m, p.own.ends[none])
	for _, x := range p.own.ends[buys:] {
		if x != p.own.ends[none] {
			most = max(most, p.worst(m, x))
		}
	}
	return most
}

// assume counts all working orders of other instruments as filled, those of the side that
// makes the larger position.
func (p *portfolio) assume() {
	if !p.working {
		return
	}
	for k := range p.parts {
		ends := &p.parts[k].ends
		x := ends[buys]
		if y := ends[sells]; max(y, -y) > max(x, -x) {
			x = y
		}
		*ends = [3]float64{x, x, x}
	}
	p.working = false
	p.count(none)
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

// worsen finds the way in which the working orders fill that is worst.
func (p *portfolio) worsen(m measure, x float64) {
	worst, most := none, m(p, x)
	for _, way := range [2]int{buys, sells} {
		p.count(way)
		if is := m(p, x); is > most {
			worst, most = way, is
		}
	}
	p.count(worst)
	for k := range p.parts {
		e := &p.parts[k]
		for _, other := range e.ends {
			if other == e.at {
				continue
			}
			add(p.next, p.profit, e.returns, other-e.at)
			p.profit, p.next = p.next, p.profit
			if is := m(p, x); is > most {
				e.at, most = other, is
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
	most := max(limit, p.before(m))
	most += float64(slack * max(most, -most))
	room, measured = p.notional, p.worst(m, p.with(p.notional))
	// What is worst for all of it need not be for a part: look again at what was found.
	for is, round := measured, 0; is > most; round++ {
		if room = p.largest(m, most, room); room == 0 || round == rounds {
			return 0, measured
		}
		is = p.worst(m, p.with(room))
	}
	return room, measured
}

// rounds is how often an order is cut again before it is refused. Two are the most that
// random portfolios needed.
const rounds = 8

// largest returns the largest part of an amount with which m is not above a bound, as the
// working orders count now; 0 where there is none.
func (p *portfolio) largest(m measure, most, amount float64) float64 {
	lo, hi := 0.0, amount
	for range 53 { // the digits of a float64
		if mid := (lo + hi) / 2; m(p, p.with(mid)) <= most {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
