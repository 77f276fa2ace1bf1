package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// link is what linked orders share (semantics X10): above all the base that their exits
// lock together, since at most one of them gives it.
type link struct {
	profile  market.Profile
	entry    *Order          // nil where the position was there already
	exits    []*Order        // in order of decision
	received decimal.Decimal // base that the entry brought, after its fees
	locked   decimal.Decimal // base
	missed   *Order          // an exit whose price was met before it arrived; see rescue
}

// SubmitLinked queues linked orders for the end of the instant.
func (b *book) SubmitLinked(l market.Linked) ([]market.OrderID, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	orders := append(make([]market.Order, 0, 3), l.Exits...)
	if l.Entry.Type != 0 {
		orders = slices.Insert(orders, 0, l.Entry)
	}
	for k := range orders {
		if err := errors.Join(b.asks(), b.known(&orders[k]), b.timed(&orders[k])); err != nil {
			return nil, err
		}
	}
	exit := &l.Exits[0]
	if exit.Side == market.Buy && !b.perpetual {
		return nil, fmt.Errorf("exits that buy %s: a spot position is closed by selling", b.engine.cfg.Instruments[exit.Instrument].Symbol)
	}
	return b.addLinked(orders, l.Profile, l.Entry.Type != 0), nil
}

// addLinked gives linked orders their ids, in sequence, and what ties them together.
func (b *book) addLinked(orders []market.Order, profile market.Profile, entered bool) (ids []market.OrderID) {
	l := &link{profile: profile}
	exits := len(orders)
	for k, o := range orders {
		o.Profile = profile
		o.ReduceOnly = o.ReduceOnly || b.perpetual && !(k == 0 && entered)
		order := b.add(o)
		order.link = l
		ids = append(ids, order.ID)
		if k == 0 && entered {
			l.entry = order
			exits--
			continue
		}
		if entered {
			order.Parent = l.entry.ID
		}
		if l.exits = append(l.exits, order); exits == 2 {
			order.Group = l.exits[0].ID.String()
		}
	}
	b.engine.intents = append(b.engine.intents, intent{book: b, kind: intentLinked, link: l})
	return ids
}

// all returns the orders of a link in sequence.
func (l *link) all() []*Order {
	if l.entry == nil {
		return l.exits
	}
	return append([]*Order{l.entry}, l.exits...)
}

// reviewLinked examines an entry and prepares its exits, and lets all leave or none.
func (b *book) reviewLinked(l *link) {
	orders := l.all()
	decisions := make([]market.Decision, len(orders))
	var err error
	for k, o := range orders {
		d := &decisions[k]
		if o == l.entry {
			err = b.examine(o, d)
		} else if err = b.prepareExit(l, o, d); err != nil && k > 0 {
			err = fromLinked(o, err)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		b.release(orders[0])
	}
	for k, o := range orders {
		o.closes = o.exits()
		decisions[k].Action, decisions[k].Order = market.Submit, o.Order
		if err == nil {
			b.work(o)
			continue
		}
		b.refuse(o, &decisions[k], err)
		if k == 0 {
			err = refusal("its linked order "+o.ID.String()+" was refused", "")
		}
	}
	if err == nil {
		b.relock(l)
		b.depart(orders, decisions)
	}
}

// fromLinked makes the refusal of an exit one of the order that leads its link.
func fromLinked(x *Order, err error) error {
	var r *market.Refusal
	if !errors.As(err, &r) {
		r = &market.Refusal{Rule: "engine", Measured: err.Error()}
	}
	return &market.Refusal{Rule: r.Rule, Measured: "its linked order " + x.ID.String() + ": " + r.Measured, Limit: r.Limit}
}

// prepareExit puts an exit on the grids, and gives it a quantity: of a list of the venue,
// at most what its entry brings.
func (b *book) prepareExit(l *link, x *Order, d *market.Decision) error {
	if l.entry == nil {
		err := b.prepare(x)
		x.locked, x.opens = decimal.Zero, decimal.Zero // they lock together: see relock
		return err
	}
	in := &b.engine.cfg.Instruments[x.Instrument]
	if err := onGrid(&x.Order, in); err != nil {
		return err
	}
	if l.profile == market.ByEngine {
		return nil
	}
	most := b.brings(&l.entry.Order, in)
	if most.IsZero() {
		return refusal("the entry brings nothing to close", in.Step.String())
	}
	if x.Quantity.GreaterThan(most) {
		d.Checks = append(d.Checks, market.Check{Rule: "engine", Measured: amount(x.Order), Limit: "quantity " + most.String(), Cut: true})
	}
	if x.Quantity.IsZero() || x.Quantity.GreaterThan(most) {
		x.Quantity = most
	}
	return nil
}

// brings returns the whole steps that an entry leaves after the fee that it pays in what
// it receives. Each fill rounds its fee up: where that shows, it counts a hundred fills.
func (b *book) brings(o *market.Order, in *market.Instrument) decimal.Decimal {
	rate := in.Fees.Worst()
	inBase := !in.Fees.InQuote || b.engine.cfg.Discount.Asset == in.Base
	if o.Side == market.Sell || !inBase || rate.IsZero() {
		return market.Floor(o.Quantity, in.Step)
	}
	fee := market.Fee(o.Quantity, rate, in.BasePrecision)
	if in.Step.Exponent()+rate.Exponent() < -in.BasePrecision {
		fee = fee.Add(decimal.New(100, -in.BasePrecision))
	}
	return market.Floor(o.Quantity.Sub(fee), in.Step)
}

// exits reports whether an order is an exit of a link.
func (o *Order) exits() bool { return o.link != nil && o != o.link.entry }

// idle reports whether an order is an exit that waits for its entry, and ends with it.
func (o *Order) idle() bool {
	return o.exits() && o.link.entered() && (o.link.profile == market.ByVenue || o.link.received.IsZero())
}

// entered reports whether the entry of a link still works.
func (l *link) entered() bool { return l.entry != nil && !l.entry.State.Final() }

// most returns the largest rest of an exit that works, whatever the others gave.
func (l *link) most() (most decimal.Decimal) {
	for _, x := range l.exits {
		if !x.State.Final() && (l.profile == market.ByVenue || l.entry == nil) {
			most = decimal.Max(most, x.Quantity.Sub(x.Filled))
		}
	}
	return most
}

// over reports whether exits have nothing to give any more, since the entry of a list of
// the venue ended before it filled whole.
func (l *link) over() bool {
	return l.entry != nil && l.profile == market.ByVenue && l.entry.State.Final() && l.entry.State != market.Filled
}

// sold returns what exits gave.
func (l *link) sold() (total decimal.Decimal) {
	for _, x := range l.exits {
		total = total.Add(x.Filled)
	}
	return total
}

// whole returns what exits may give in all: what a bracket's entry brought, or what the
// largest of them names. Of a list, which lives once its entry has filled whole, what was
// brought so far is kept for them.
func (l *link) whole(step decimal.Decimal) (most decimal.Decimal) {
	brought := market.Floor(l.received, step)
	if l.entry != nil && l.profile == market.ByEngine {
		return brought
	}
	for _, x := range l.exits {
		most = decimal.Max(most, x.Quantity)
	}
	if l.entered() {
		most = decimal.Min(most, brought)
	}
	return most
}

// left returns what an exit may still give.
func (l *link) left(x *Order, step decimal.Decimal) decimal.Decimal {
	if x.State.Final() || l.over() {
		return decimal.Zero
	}
	left := l.whole(step).Sub(l.sold())
	if x.Quantity.IsPositive() {
		left = decimal.Min(left, x.Quantity.Sub(x.Filled))
	}
	return decimal.Max(left, decimal.Zero)
}

// want returns what the exits of a link may still give: the largest quantity.
func (l *link) want(step decimal.Decimal) (most decimal.Decimal) {
	for _, x := range l.exits {
		most = decimal.Max(most, l.left(x, step))
	}
	return most
}

// relock locks what the exits of a link may still give, once for all of them. Base that
// is missing for it comes from the dust, if that has it. It reports whether some is
// missing.
func (b *book) relock(l *link) (short bool) {
	i := l.exits[0].Instrument
	if b.perpetual {
		b.rebalance(i)
		return false
	}
	p, in := &b.positions[i], &b.engine.cfg.Instruments[i]
	want := l.want(in.Step)
	p.locked = market.Minus(p.locked, l.locked)
	if missing := want.Sub(p.quantity.Sub(p.locked)); missing.IsPositive() {
		if short = !b.cover(i, missing); short {
			want = p.sellable(in.Step)
		}
	}
	l.locked = want
	p.locked = market.Plus(p.locked, want)
	return short
}

// cover lets dust join the open trade at its recorded cost, where what is left of that
// trade would not make up the steps that orders lock. It reports whether the dust sufficed.
func (b *book) cover(i market.InstrumentID, missing decimal.Decimal) bool {
	p := &b.positions[i]
	if p.trade == nil || p.dust.LessThan(missing) {
		return false
	}
	cost := share(p.dustCost, missing, p.dust)
	p.dust, p.dustCost = p.dust.Sub(missing), p.dustCost.Sub(cost)
	p.quantity, p.cost = p.quantity.Add(missing), p.cost.Plus(market.SumOf(cost))
	p.trade.Joined = p.trade.Joined.Add(cost)
	return true
}

// relink lets an update of one order change what its link locks. Exits that could give
// what is not there any more are cancelled.
func (b *book) relink(o *Order, f *market.Fill) {
	l := o.link
	if f != nil && o == l.entry {
		l.received = l.received.Add(flowOf(f, o.Side, &b.engine.cfg.Instruments[o.Instrument]).base)
	}
	if !b.relock(l) {
		return
	}
	b.desk.Log.Warn("exits are larger than what is held", "order", o.ID.String())
	for _, x := range l.exits {
		if !x.State.Final() {
			b.Cancel(x.ID) // working, so it cannot fail
		}
	}
}

// lockedByExits reports whether exits lock base of an instrument.
func (b *book) lockedByExits(i market.InstrumentID) bool {
	return slices.ContainsFunc(b.working, func(o *Order) bool {
		return o.Instrument == i && o.exits() && o.link.locked.IsPositive()
	})
}
