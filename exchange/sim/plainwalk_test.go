package sim_test

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// plainWalk follows the price through a bar, with a copy of the orders.
type plainWalk struct {
	plainBook
	in     market.Instrument
	o      sim.Options
	bar    plainBar
	here   decimal.Decimal // where the price is
	atOpen bool
	cap    *plainCap                          // nil where there is none
	wants  map[market.OrderID]decimal.Decimal // what they would take
	gain   decimal.Decimal                    // in equity at the close
}

// walk goes through a bar with the orders of some strategies, each its way.
func (v *plainVenue) walk(b plainBar, lowFirst map[string]bool, c *plainCap) *plainWalk {
	w := &plainWalk{in: v.in, o: v.o, bar: b, cap: c, wants: map[market.OrderID]decimal.Decimal{}}
	w.orders, w.told, w.now = slices.Clone(v.orders), slices.Clone(v.told), v.now
	for _, s := range v.strategies() {
		if low, ok := lowFirst[s]; ok {
			w.follow(s, low)
		}
	}
	return w
}

// follow goes the way of one strategy: first what happens at the open, in order of
// arrival, then the three legs.
func (w *plainWalk) follow(strategy string, lowFirst bool) {
	own := w.own(strategy)
	for _, o := range own {
		o.acted = false
	}
	w.here, w.atOpen = w.bar.open, true
	for _, o := range own {
		w.begin(o)
	}
	w.atOpen = false
	turns := []decimal.Decimal{w.bar.low, w.bar.high, w.bar.close}
	if !lowFirst {
		turns[0], turns[1] = turns[1], turns[0]
	}
	for _, to := range turns {
		w.leg(own, to)
	}
}

// own returns the orders of a strategy that take part, or wait to, in order of arrival.
func (w *plainWalk) own(strategy string) (list []*plainOrder) {
	for i := range w.orders {
		if o := &w.orders[i]; o.alive() && o.ID.Strategy == strategy && o.arrived <= w.bar.opens {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *plainOrder) int { return cmp.Compare(a.place, b.place) })
	return list
}

// begin is what the open does to an order.
func (w *plainWalk) begin(o *plainOrder) {
	if !o.alive() || o.waits || o.acted {
		return
	}
	first := !o.part
	o.part = true
	if o.took {
		o.took, o.rests = false, false
	}
	switch {
	case first && w.o.MaxWait > 0 && w.bar.opens-o.arrived > w.o.MaxWait:
		w.end(o, market.Expired, "max_wait")
	case o.Type == market.Market:
		w.trade(o, w.here, taking)
	case o.isLimit():
		w.beginLimit(o)
	case o.Type == market.TrailingStop:
		if o.follows && w.able(o) && isReached(w.here, w.trailed(o), o.Rises()) {
			w.trigger(o, w.here)
			return
		}
		follow(o, w.here)
	case w.able(o) && isReached(w.here, o.Stop, o.Rises()):
		w.trigger(o, w.here)
	}
}

// able reports whether an order can act: an exit of a bracket cannot before there is
// something to exit from, and none does twice in a bar.
func (w *plainWalk) able(o *plainOrder) bool {
	return o.alive() && !o.waits && !o.acted && (o.Quote.IsPositive() || w.left(o, w.in.Step).IsPositive())
}

// beginLimit is what the open does to a limit order: one that rests trades where the market
// gapped through it.
func (w *plainWalk) beginLimit(o *plainOrder) {
	switch {
	case o.rests && w.isThrough(o, w.here):
		w.trade(o, o.Price, resting)
		return
	case o.rests:
		return
	case o.atOrBetter(w.here) && o.PostOnly:
		w.end(o, market.Rejected, "post-only order would take")
		return
	case o.atOrBetter(w.here):
		w.trade(o, w.here, arriving)
	}
	o.rests = true
	if o.TIF == market.IOC || o.TIF == market.FOK {
		w.end(o, market.Expired, market.TimeInForce)
	}
}

// leg goes straight on to a price. The orders act in the order in which it meets them.
func (w *plainWalk) leg(own []*plainOrder, to decimal.Decimal) {
	for {
		var next *plainOrder
		var where decimal.Decimal
		for _, o := range own {
			if at, ok := w.meets(o, to); ok && (next == nil || w.nearer(at, where)) {
				next, where = o, at
			}
		}
		if next == nil {
			break
		}
		w.here = where
		if next.isLimit() {
			w.trade(next, next.Price, resting)
		} else {
			w.trigger(next, where)
		}
	}
	w.here = to
	for _, o := range own {
		if o.Type == market.TrailingStop && o.alive() && !o.waits {
			follow(o, to)
		}
	}
}

func (w *plainWalk) nearer(a, than decimal.Decimal) bool {
	return a.Sub(w.here).Abs().LessThan(than.Sub(w.here).Abs())
}

// isThrough reports whether a resting limit order trades where the price is.
func (w *plainWalk) isThrough(o *plainOrder, price decimal.Decimal) bool {
	return o.atOrBetter(price) && (w.o.Touch || !price.Equal(o.Price))
}

// meets says where on the way to a price an order acts, if it does.
func (w *plainWalk) meets(o *plainOrder, to decimal.Decimal) (at decimal.Decimal, ok bool) {
	if !w.able(o) {
		return at, false
	}
	level, done := o.Stop, func(price decimal.Decimal) bool { return isReached(price, o.Stop, o.Rises()) }
	switch {
	case o.isLimit():
		level, done = o.Price, func(price decimal.Decimal) bool { return w.isThrough(o, price) }
	case o.Type == market.TrailingStop && !o.follows:
		return at, false
	case o.Type == market.TrailingStop:
		level = w.trailed(o)
		done = func(price decimal.Decimal) bool { return isReached(price, level, o.Rises()) }
	}
	switch {
	case done(w.here):
		return w.here, true
	case done(to):
		return level, true
	}
	return at, false
}

// trailed returns the stop of a trailing stop as it stands.
func (w *plainWalk) trailed(o *plainOrder) decimal.Decimal {
	by := o.Trail.By
	switch o.Trail.Unit {
	case market.TrailPercent:
		by = o.best.Mul(by).Shift(-2)
	case market.TrailBps:
		by = o.best.Mul(by).Shift(-4)
	}
	if o.Side == market.Sell {
		return floor(o.best.Sub(by), w.in.Tick)
	}
	return ceil(o.best.Add(by), w.in.Tick)
}

// follow shows a price to a trailing stop, which becomes active or moves its best.
func follow(o *plainOrder, price decimal.Decimal) {
	better := o.Side == market.Sell // a rise
	switch a := o.Trail.Activate; {
	case !o.follows && (a.IsZero() || isReached(price, a, better)):
		o.follows, o.best = true, price
	case o.follows && isReached(price, o.best, better):
		o.best = price
	}
}

// trigger is what becomes of a stop or take-profit at a price of the path.
func (w *plainWalk) trigger(o *plainOrder, price decimal.Decimal) {
	if o.Type != market.StopLimit && o.Type != market.TakeProfitLimit {
		w.trade(o, price, taking)
		return
	}
	o.turned, o.rests = true, true
	if o.atOrBetter(price) {
		w.trade(o, price, arriving)
	}
}

// wake brings an exit to life where the price is.
func (w *plainWalk) wake(o *plainOrder, time market.Time) {
	o.waits, o.part, o.rests = false, true, true
	reached := o.Triggered() && isReached(w.here, o.Stop, o.Rises())
	o.since = time
	w.then = time
	w.tell(o, market.Accepted, nil, "")
	w.then = 0
	switch {
	case o.Type == market.TrailingStop:
		follow(o, w.here)
	case !w.able(o):
	case reached:
		w.trigger(o, w.here)
	case o.Type == market.Limit && o.atOrBetter(w.here):
		w.trade(o, w.here, arriving)
	}
}

// manner is how an order trades.
type manner int

const (
	taking   manner = iota // as a market order: slipped
	arriving               // a limit order that takes
	resting                // a limit order that makes
)

// trade lets an order trade at a price, as far as the volume goes (X9).
func (w *plainWalk) trade(o *plainOrder, price decimal.Decimal, how manner) {
	o.acted = true
	if how == taking {
		price = w.worse(price, o.Side, w.o.SlippageBps)
	}
	want := w.left(o, w.in.Step)
	if o.Quote.IsPositive() {
		want = w.affordable(o.Quote, price)
		if want.IsZero() {
			w.end(o, market.Rejected, "quote amount buys less than one step")
			return
		}
	}
	w.wants[o.ID] = want
	within := w.cap.take(o, want)
	last := o.filled.Add(want)
	switch {
	case o.Side == market.Sell:
		over := w.worse(price, o.Side, w.o.OverflowBps)
		if how != taking { // never worse than its limit
			over = decimal.Max(over, o.Price)
		}
		if over.Equal(price) {
			within = want
		}
		w.fill(o, within, price, how, last)
		w.fill(o, want.Sub(within), over, how, last)
	case o.TIF == market.FOK && within.LessThan(want):
	default:
		w.fill(o, within, price, how, last)
	}
	if o.filled.Add(want).GreaterThan(last) {
		w.link(o, w.time(o, how))
	}
	switch {
	case o.TIF == market.FOK:
		w.end(o, market.Expired, market.TimeInForce)
	case how == taking:
		w.end(o, market.Expired, market.NoVolume)
	}
	o.took = how == arriving && o.alive()
}

// time returns the time of a fill: the open for what takes there, unless the order came to
// life later.
func (w *plainWalk) time(o *plainOrder, how manner) market.Time {
	if w.atOpen && how != resting {
		return max(w.bar.opens, o.since)
	}
	return w.bar.closes
}

// fill books one fill; last is what the order has filled when it is done.
func (w *plainWalk) fill(o *plainOrder, q, price decimal.Decimal, how manner, last decimal.Decimal) {
	if q.IsZero() {
		return
	}
	f := market.Fill{Time: w.time(o, how), Price: price, Quantity: q, Maker: how == resting}
	rate := w.in.Fees.Taker
	if f.Maker {
		rate = w.in.Fees.Maker
	}
	signed := q
	if o.Side == market.Sell {
		signed = q.Neg()
	}
	value := w.bar.close.Sub(price).Mul(signed)
	o.filled, o.received = o.filled.Add(q), o.received.Add(q)
	if o.Side == market.Buy && !w.in.Fees.InQuote {
		f.Fee, f.FeeAsset = q.Mul(rate).RoundUp(w.in.BasePrecision), w.in.Base
		o.received = o.received.Sub(f.Fee)
		value = value.Sub(f.Fee.Mul(w.bar.close))
	} else {
		f.Fee, f.FeeAsset = q.Mul(price).Mul(rate).RoundUp(w.in.QuotePrecision), w.in.Quote
		value = value.Sub(f.Fee)
	}
	w.gain = w.gain.Add(value)
	state := market.Partial
	if o.filled.Equal(last) {
		state = market.Filled
	}
	w.tell(o, state, &f, "")
}

// link is what a fill does to the orders that are linked to it (X10), by the time of the
// fill.
func (w *plainWalk) link(o *plainOrder, time market.Time) {
	cancel := func(x *plainOrder, reason string) {
		w.then = time
		w.end(x, market.Cancelled, reason)
		w.then = 0
	}
	for _, x := range w.list(o) {
		cancel(x, market.ExitFilled)
	}
	if o.Profile == market.ByEngine && o.Group != "" {
		for _, x := range w.group(o) {
			if !w.left(x, w.in.Step).IsPositive() {
				cancel(x, market.ExitFilled)
			}
		}
		if entry := w.find(o.Parent); entry != nil && !w.shared(append(w.group(o), o), w.in.Step).IsPositive() {
			cancel(entry, market.ExitFilled)
		}
	}
	for _, x := range w.exits(o) {
		due := o.state == market.Filled
		if x.Profile == market.ByEngine {
			due = w.left(x, w.in.Step).IsPositive()
		}
		switch {
		case !x.alive():
		case !x.waits:
			x.since = time // it has more to give from here on
		case due:
			w.wake(x, time)
		case o.state == market.Filled: // it brought less than a step
			cancel(x, market.EntryEnded)
		}
	}
}

// worse returns a price that is some basis points worse for the trader.
func (w *plainWalk) worse(price decimal.Decimal, side market.Side, bps decimal.Decimal) decimal.Decimal {
	move := price.Mul(bps).Shift(-4)
	switch {
	case bps.IsZero():
		return price
	case side == market.Buy:
		return ceil(price.Add(move), w.in.Tick)
	}
	return decimal.Max(floor(price.Sub(move), w.in.Tick), w.in.Tick)
}

// affordable returns the most that an amount of quote buys (M2).
func (w *plainWalk) affordable(quote, price decimal.Decimal) decimal.Decimal {
	q := floor(quote.DivRound(price, 30), w.in.Step).Add(w.in.Step)
	for {
		cost := q.Mul(price)
		if w.in.Fees.InQuote {
			cost = cost.Add(cost.Mul(w.in.Fees.Taker).RoundUp(w.in.QuotePrecision))
		}
		if cost.LessThanOrEqual(quote) {
			return q
		}
		q = q.Sub(w.in.Step)
	}
}

// plainCap is what orders may take of a bar's volume (X9).
type plainCap struct {
	of   map[market.OrderID]decimal.Decimal // what an order is sure of
	rest decimal.Decimal                    // for those that would take nothing, but for the cut of others
}

// share gives the orders what they would take, in order of arrival, as far as it goes.
func (w *plainWalk) share() *plainCap {
	c := &plainCap{map[market.OrderID]decimal.Decimal{}, floor(w.bar.volume.Mul(w.o.Participation), w.in.Step)}
	line := slices.Clone(w.orders)
	slices.SortFunc(line, func(a, b plainOrder) int { return cmp.Compare(a.place, b.place) })
	for _, o := range line {
		take := decimal.Min(w.wants[o.ID], c.rest)
		if o.Side == market.Buy && o.TIF == market.FOK && take.LessThan(w.wants[o.ID]) {
			take = decimal.Zero
		}
		c.of[o.ID] = take
		c.rest = c.rest.Sub(take)
	}
	return c
}

// take returns how much of what an order wants the volume allows.
func (c *plainCap) take(o *plainOrder, want decimal.Decimal) decimal.Decimal {
	if c == nil {
		return want
	}
	got := decimal.Min(want, c.of[o.ID].Add(c.rest))
	if more := got.Sub(c.of[o.ID]); more.IsPositive() {
		c.rest = c.rest.Sub(more)
	}
	return got
}
