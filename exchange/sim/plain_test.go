package sim_test

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// This file and plainwalk_test.go are a second simulated venue of one instrument, made
// to be read beside the semantics: each rule stands once, every order is looked at in
// every bar, whatever can be recomputed is. The tests in agree_test.go hold the real
// venue against it, update by update.

// plainBar is a bar as decimals.
type plainBar struct {
	opens, closes                  market.Time
	open, high, low, close, volume decimal.Decimal
}

// plainOrder is an order that has arrived.
type plainOrder struct {
	market.Order
	place    int // in the line of arrivals; an amended order goes to the end of it
	arrived  market.Time
	state    market.State
	waits    bool        // an exit whose entry has not filled yet
	since    market.Time // when an exit came to life
	said     market.Time // when what was told last of it happened
	part     bool        // it has taken part in a bar
	rests    bool        // its limit has arrived: from here on it is maker
	took     bool        // it took, and has a rest: that arrives at the next open
	turned   bool        // a stop-limit or take-profit-limit that has become a limit
	follows  bool        // a trailing stop that is active
	best     decimal.Decimal
	acted    bool // it has traded, or tried to, in this bar
	filled   decimal.Decimal
	received decimal.Decimal // filled, less the fees in base
}

func (o *plainOrder) alive() bool { return !o.state.Final() }

// isLimit reports whether the order is a limit order by now.
func (o *plainOrder) isLimit() bool { return o.Type == market.Limit || o.turned }

// atOrBetter reports whether a price is as good for the order as its limit.
func (o *plainOrder) atOrBetter(price decimal.Decimal) bool {
	if o.Side == market.Buy {
		return price.LessThanOrEqual(o.Price)
	}
	return price.GreaterThanOrEqual(o.Price)
}

// isReached reports whether a price is at a level of the order or beyond: above it, where
// a rise leads there.
func isReached(price, level decimal.Decimal, rise bool) bool {
	if rise {
		return price.GreaterThanOrEqual(level)
	}
	return price.LessThanOrEqual(level)
}

// plainBook is the orders and what is told of them.
type plainBook struct {
	orders []plainOrder
	told   []plainWord
	now    market.Time // of what is told
	then   market.Time // when it happened, where that is not now; or 0
}

// plainWord is an update, with the place that its order then had in the line.
type plainWord struct {
	market.OrderUpdate
	then  market.Time // when it happened
	place int
}

func (b *plainBook) find(id market.OrderID) *plainOrder {
	for i := range b.orders {
		if b.orders[i].ID == id {
			return &b.orders[i]
		}
	}
	return nil
}

// exits returns the orders whose entry o is.
func (b *plainBook) exits(o *plainOrder) (list []*plainOrder) {
	for i := range b.orders {
		if x := &b.orders[i]; x.Parent == o.ID {
			list = append(list, x)
		}
	}
	return list
}

func (b *plainBook) tell(o *plainOrder, state market.State, fill *market.Fill, reason string) {
	o.state = state
	u := market.OrderUpdate{ID: o.ID, State: state, Fill: fill, Filled: o.filled, Time: b.now, Reason: reason}
	w := plainWord{u, b.now, o.place}
	switch {
	case fill != nil:
		w.then = fill.Time
	case b.then > 0:
		w.then = b.then
	}
	o.said = max(o.said, w.then) // what is told of one order stays in order
	w.then = o.said
	b.told = append(b.told, w)
}

// end ends an order, and with it the exits that wait for it (X10).
func (b *plainBook) end(o *plainOrder, state market.State, reason string) {
	if !o.alive() {
		return
	}
	b.tell(o, state, nil, reason)
	for _, x := range b.exits(o) {
		if x.waits {
			b.end(x, market.Cancelled, market.EntryEnded)
		}
	}
}

// shared returns what the exits of a bracket may yet trade together: what their entry
// received, on the grid of the step, or without one the most that one of them names; less
// what they have traded.
func (b *plainBook) shared(exits []*plainOrder, step decimal.Decimal) decimal.Decimal {
	whole, traded := decimal.Zero, decimal.Zero
	for _, x := range exits {
		whole, traded = decimal.Max(whole, x.Quantity), traded.Add(x.filled)
	}
	if entry := b.find(exits[0].Parent); entry != nil {
		whole = floor(entry.received, step)
	}
	return whole.Sub(traded)
}

// left returns what an order has yet to trade.
func (b *plainBook) left(o *plainOrder, step decimal.Decimal) decimal.Decimal {
	own := o.Quantity.Sub(o.filled)
	if o.Profile != market.ByEngine || o.Group == "" {
		return own
	}
	if shared := b.shared(append(b.group(o), o), step); o.Quantity.IsZero() || shared.LessThan(own) {
		return shared
	}
	return own
}

// floor returns the multiple of step at or below x.
func floor(x, step decimal.Decimal) decimal.Decimal {
	n, rest := x.QuoRem(step, 0)
	if rest.IsNegative() {
		n = n.Sub(decimal.New(1, 0))
	}
	return n.Mul(step)
}

// ceil returns the multiple of step at or above x.
func ceil(x, step decimal.Decimal) decimal.Decimal { return floor(x.Neg(), step).Neg() }

// plainVenue is the second venue.
type plainVenue struct {
	plainBook
	in    market.Instrument
	o     sim.Options
	bars  []plainBar
	close decimal.Decimal // the last, or zero
}

// ask is what a strategy wants of the venue at a time.
type ask struct {
	at    market.Time
	verb  string // submit, cancel or amend
	order market.Order
}

// deed is an ask, or the expiry of an order, that takes effect.
type deed struct {
	asked  market.Time
	comes  market.Time // at the venue
	counts market.Time // before which bar, and so when its outcome is known
	lines  market.Time // up in the line of arrivals
	turn   int         // among those that line up at one time
	rank   int
	do     func(place int)
}

// play plays asks, which are in order of time, and returns what is told.
func (v *plainVenue) play(asks []ask) (told []market.OrderUpdate) {
	deeds := v.deeds(asks)
	times := []market.Time{}
	for _, b := range v.bars {
		times = append(times, b.closes)
	}
	for _, d := range deeds {
		times = append(times, d.counts)
	}
	slices.Sort(times)
	for _, v.now = range slices.Compact(times) {
		before := len(v.told)
		for _, b := range v.bars {
			if b.closes == v.now {
				v.bar(b)
			}
		}
		v.take(deeds, false)
		v.arrange(v.told[before:])
		before = len(v.told) // for now it is decided
		v.take(deeds, true)
		v.arrange(v.told[before:])
	}
	for _, w := range v.told {
		told = append(told, w.OrderUpdate)
	}
	return told
}

// take does what takes effect now, and is asked for now or was before.
func (v *plainVenue) take(deeds []deed, now bool) {
	for _, d := range deeds {
		if d.counts == v.now && now == (d.asked == v.now) {
			d.do(v.place(deeds, d))
		}
	}
}

// place returns where a deed puts its order in the line of arrivals: as they are submitted,
// whatever their latency; an amended one goes behind those that are submitted by the time
// at which the amend takes effect.
func (v *plainVenue) place(deeds []deed, of deed) (n int) {
	for _, d := range deeds {
		if cmp.Or(cmp.Compare(d.lines, of.lines), cmp.Compare(d.turn, of.turn), cmp.Compare(d.rank, of.rank)) < 0 {
			n++
		}
	}
	return n
}

// deeds says when asks take effect: an order on arrival; a cancel, an amend and the
// expiry of a GTD order before the first bar that opens then or later (X3).
func (v *plainVenue) deeds(asks []ask) []deed {
	var list []deed
	for i, a := range asks {
		comes := a.at + v.o.Latency
		d := deed{asked: a.at, lines: a.at, comes: comes, counts: nextOpen(comes), rank: i}
		switch a.verb {
		case "submit":
			if a.order.Replaces.Sequence == 0 {
				d.counts = comes
			}
			d.do = func(place int) { v.arrive(a.order, place) }
		case "cancel":
			d.do = func(int) { v.stop(a.order.ID, market.Cancelled, "") }
		case "amend":
			d.lines, d.turn = d.counts, 1
			if a.at < d.counts {
				d.turn = -1
			}
			d.do = func(place int) { v.amend(a.order, place, comes) }
		}
		list = append(list, d)
		if a.order.TIF == market.GTD {
			e := deed{asked: a.at, counts: nextOpen(max(d.counts, a.order.Expire)), rank: i}
			if e.counts == d.counts {
				e.comes = comes
			}
			e.do = func(int) { v.stop(a.order.ID, market.Expired, market.TimeInForce) }
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b deed) int {
		return cmp.Or(cmp.Compare(a.counts, b.counts), cmp.Compare(a.comes, b.comes), cmp.Compare(a.rank, b.rank))
	})
	return list
}

// nextOpen returns when the first bar opens that opens at t or later.
func nextOpen(t market.Time) market.Time { return (t + minute - 1) / minute * minute }

// arrange puts what is told at one time into the order of T2.
func (v *plainVenue) arrange(told []plainWord) {
	slices.SortStableFunc(told, func(a, b plainWord) int {
		return cmp.Or(cmp.Compare(a.then, b.then), cmp.Compare(a.place, b.place))
	})
}

// arrive takes an order.
func (v *plainVenue) arrive(order market.Order, place int) {
	v.orders = append(v.orders, plainOrder{Order: order, place: place, arrived: v.now})
	o := &v.orders[len(v.orders)-1]
	if entry := v.find(o.Parent); entry != nil && entry.alive() {
		o.waits = true
		v.tell(o, market.Accepted, nil, market.Waiting)
		return
	} else if entry != nil && entry.state != market.Filled {
		v.tell(o, market.Cancelled, nil, market.EntryEnded)
		return
	}
	if o.Replaces.Sequence > 0 {
		old := v.find(o.Replaces)
		if old == nil || !old.alive() {
			v.tell(o, market.Rejected, nil, "the order to replace has ended")
			return
		}
		v.end(old, market.Cancelled, market.Replaced)
	}
	if reason := v.unlisted(o); reason != "" {
		v.tell(o, market.Rejected, nil, reason)
		v.refuse(o)
		return
	}
	if o.ReduceOnly && o.Side == market.Buy {
		v.tell(o, market.Rejected, nil, "reduce-only order would not reduce")
		v.refuse(o)
		return
	}
	if o.Triggered() && v.close.IsPositive() && isReached(v.close, o.Stop, o.Rises()) {
		v.tell(o, market.Rejected, nil, "would trigger immediately")
		v.refuse(o)
		return
	}
	if o.Type == market.TrailingStop && v.close.IsPositive() {
		follow(o, v.close)
	}
	v.tell(o, market.Accepted, nil, "")
}

const listRejected = "another order of the list was rejected"

// group returns the other orders of a group.
func (b *plainBook) group(o *plainOrder) (others []*plainOrder) {
	for i := range b.orders {
		if x := &b.orders[i]; o.Group != "" && x.Group == o.Group && x.ID.Strategy == o.ID.Strategy && x != o {
			others = append(others, x)
		}
	}
	return others
}

// list returns the other orders of a venue's list that an order belongs to.
func (b *plainBook) list(o *plainOrder) []*plainOrder {
	if o.Profile != market.ByVenue {
		return nil
	}
	return b.group(o)
}

// unlisted says why a venue does not take an order into a list without an entry, if so.
func (v *plainVenue) unlisted(o *plainOrder) string {
	switch {
	case o.Group == "" || o.Parent.Sequence > 0:
	case slices.ContainsFunc(v.group(o), func(x *plainOrder) bool { return x.state == market.Rejected }):
		return listRejected
	case o.Type == market.Limit && v.close.IsPositive() && o.atOrBetter(v.close):
		return "the relationship of the prices for the orders is not correct"
	}
	return ""
}

// refuse lets the orders of such a list go where one of them is rejected on arrival.
func (v *plainVenue) refuse(o *plainOrder) {
	for _, x := range v.group(o) {
		if o.Parent.Sequence == 0 {
			v.end(x, market.Rejected, listRejected)
		}
	}
}

// stop ends an order from outside.
func (v *plainVenue) stop(id market.OrderID, state market.State, reason string) {
	if o := v.find(id); o != nil {
		v.end(o, state, reason)
	}
}

// amend changes a limit order, which then arrives anew.
func (v *plainVenue) amend(to market.Order, place int, comes market.Time) {
	o := v.find(to.ID)
	switch {
	case o == nil || !o.alive():
		return
	case o.Type != market.Limit || to.Quantity.LessThanOrEqual(o.filled) || o.Profile != market.Unlinked:
		v.tell(o, o.state, nil, market.AmendRejected)
		return
	}
	o.Quantity, o.Price, o.rests, o.part = to.Quantity, to.Price, false, false
	o.place, o.arrived = place, comes
	v.tell(o, o.state, nil, market.Amended)
}

// bar takes a bar: each strategy's orders go one way through it (X7).
func (v *plainVenue) bar(b plainBar) {
	low := map[string]bool{}
	for _, s := range v.strategies() {
		low[s] = v.lowFirst(b, s)
	}
	w := v.settle(b, low)
	v.plainBook = w.plainBook
	v.close = b.close
}

func (v *plainVenue) strategies() (list []string) {
	for _, o := range v.orders {
		list = append(list, o.ID.Strategy)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// lowFirst says which way the orders of a strategy go.
func (v *plainVenue) lowFirst(b plainBar, strategy string) bool {
	if v.o.Path == sim.OHLC {
		return b.high.Sub(b.open).GreaterThanOrEqual(b.open.Sub(b.low))
	}
	low := v.walk(b, map[string]bool{strategy: true}, nil).gain
	high := v.walk(b, map[string]bool{strategy: false}, nil).gain
	if v.o.Path == sim.Pessimistic {
		return low.LessThanOrEqual(high)
	}
	return low.GreaterThanOrEqual(high)
}

// settle walks the bar twice: to see what each order would take of its volume, and with what
// it may.
func (v *plainVenue) settle(b plainBar, lowFirst map[string]bool) *plainWalk {
	w := v.walk(b, lowFirst, nil)
	if share := v.o.Participation; share.IsZero() || share.Equal(decimal.New(1, 0)) {
		return w
	}
	return v.walk(b, lowFirst, w.share())
}
