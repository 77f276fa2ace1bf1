package sim

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// part is the orders of one strategy that a bar may concern, and the path they take.
type part struct {
	strategy string
	group    []*working
	winding  bool // what the bar does depends on the path
	way      way
}

// play lets a bar act on several orders, or on one whose fate depends on the path: the
// path of each strategy is chosen before any order trades (semantics X7), and the
// volume is shared in order of arrival (X9).
func (v *Venue) play(b *book, t *tape) {
	if b.perpetual() {
		v.playPerpetual(b, t)
		return
	}
	parts := v.parts()
	for i := range parts {
		if p := &parts[i]; p.winding {
			p.way = v.choose(b, p, t)
		}
	}
	if b.capped && slices.ContainsFunc(parts, func(p part) bool { return p.winding }) {
		v.shareOut(b, t, func() { v.perform(b, parts, t) })
	}
	v.perform(b, parts, t)
}

// parts sorts the acting orders by strategy, the strategies by the first arrival.
func (v *Venue) parts() []part {
	var parts []part
	for _, w := range v.acting {
		k := slices.IndexFunc(parts, func(p part) bool { return p.strategy == w.order.ID.Strategy })
		if k < 0 {
			k = len(parts)
			parts = append(parts, part{strategy: w.order.ID.Strategy})
		}
		p := &parts[k]
		p.group, p.winding = append(p.group, w), p.winding || w.winding()
	}
	return parts
}

// perform lets the bar act: orders whose fate no path changes in order of arrival, the
// others of a strategy together, when the first of them has its turn.
func (v *Venue) perform(b *book, parts []part, t *tape) {
	for _, w := range v.acting {
		k := slices.IndexFunc(parts, func(p part) bool { return p.strategy == w.order.ID.Strategy })
		switch p := &parts[k]; {
		case !p.winding:
			v.straight(b, w, t)
		case p.group[0] == w:
			v.along(b, p, t, p.way)
		}
	}
}

// along walks a strategy's orders along a path.
func (v *Venue) along(b *book, p *part, t *tape, in way) {
	v.walk = &walk{venue: v, book: b, tape: t, group: p.group}
	v.walk.run(in)
	v.walk = nil
}

// choose walks a strategy's orders both ways and returns the one that the options ask
// for; nothing has happened then.
func (v *Venue) choose(b *book, p *part, t *tape) way {
	if v.opts.Path == OHLC {
		return t.nearer()
	}
	diff := v.outcome(b, p, t, highFirst).Cmp(v.outcome(b, p, t, lowFirst))
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

// outcome returns what the account would be worth at the bar's close in this
// instrument, its quote and what pays fees, if a strategy's orders took a path and had all the volume
// they want.
func (v *Venue) outcome(b *book, p *part, t *tape, in way) decimal.Decimal {
	back := v.remember(b, t, p.group)
	t.trial = true
	v.along(b, p, t, in)
	worth := b.base.total.Decimal().Mul(market.Price(t.Close, t.scale)).Add(b.quote.total.Decimal()).Add(v.discount.worth(b))
	back()
	return worth
}

// shareOut gives each order that will trade its share of the participation cap, in
// order of arrival, if all of them together want more than the first may take. It lets
// the bar act to learn what they want, and takes that back.
func (v *Venue) shareOut(b *book, t *tape, perform func()) {
	back := v.remember(b, t, v.acting)
	t.trial, t.shares = true, nil
	perform()
	asked := t.shares
	back()
	slices.SortStableFunc(asked, func(a, b share) int { return int(int64(a.order.arrival) - int64(b.order.arrival)) })
	t.shares = []share{}
	for _, s := range asked {
		t.shares = append(t.shares, share{s.order, v.allowed(b, s.order, t, s.quantity)})
	}
}

// remember returns a function that takes back all that happens to orders, the book and
// the account from here on.
func (v *Venue) remember(b *book, t *tape, group []*working) (back func()) {
	type kept struct {
		order  *working
		was    working
		family *family
		shared family
	}
	orders := make([]kept, len(group))
	for i, w := range group {
		orders[i] = kept{order: w, was: *w, family: w.family}
		if w.family != nil {
			orders[i].shared = *w.family
		}
	}
	bookWas, baseWas, purseWas, tapeWas, volume, notes, trades, out := *b, *b.base, *b.quote, *t, v.volume, v.notes, v.trades, len(v.out)
	families, forgive := slices.Clone(v.families), v.discount.remember()
	return func() {
		for _, o := range orders {
			*o.order = o.was
			if o.family != nil {
				*o.family = o.shared
			}
		}
		*b, *b.base, *b.quote, *t = bookWas, baseWas, purseWas, tapeWas
		v.volume, v.notes, v.trades, v.families = volume, notes, trades, families
		forgive()
		clear(v.out[out:])
		v.out = v.out[:out]
	}
}
