package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// intent is what a strategy or rule asked for in this instant.
type intent struct {
	book       *book
	kind       intentKind
	order      *Order
	amended    *market.Order
	instrument market.InstrumentID
	link       *link
}

// increase is an order of a target that adds to a position.
type increase struct {
	book  *book
	order market.Order
}

type intentKind int8

const (
	intentSubmit intentKind = iota
	intentCancel
	intentAmend
	intentTarget
	intentLinked
)

// resolve turns the intents of the instant into decisions: in the order made, except
// that increases of targets come last (semantics D1). Inlined, its frame would cost the
// instants without intents, which most are.
//
//go:noinline
func (e *Engine) resolve() {
	if e.flattens {
		e.flattens = false
		for _, b := range e.books {
			if b.flattens {
				b.closeAll()
				e.flattens = e.flattens || b.flattens
			}
		}
	}
	if e.rounds > maxRounds {
		e.breakCircle()
	}
	for i := 0; ; { // what shields end may queue a target
		for ; i < len(e.intents); i++ {
			e.resolveOne(&e.intents[i])
		}
		if e.tend(); i == len(e.intents) {
			break
		}
	}
	asked := len(e.intents)
	for i := range e.increases {
		b, o := e.increases[i].book, e.increases[i].order
		if funded, ok := b.fund(o); ok {
			b.decideTarget(funded)
		}
	}
	for i := asked; i < len(e.intents); i++ { // what a halt cancels that came over them
		e.resolveOne(&e.intents[i])
	}
	e.intents, e.increases = e.intents[:0], e.increases[:0]
}

// maxRounds is how often a strategy may answer at one time to what became of what it
// asked for at that time.
const maxRounds = 1000

// breakCircle stops the strategies that answer every outcome with another request.
func (e *Engine) breakCircle() {
	circling := e.intents
	e.intents = nil
	for i := range circling {
		circling[i].book.stop(fmt.Errorf("it answered %d outcomes at %s with another request each: act on bars instead", maxRounds, e.market.Now))
	}
}

func (e *Engine) resolveOne(in *intent) {
	b := in.book
	b.consulted = b.consulted[:0]
	switch in.kind {
	case intentSubmit:
		b.review(in.order)
	case intentLinked:
		b.reviewLinked(in.link)
	case intentCancel:
		if !in.order.State.Final() && !b.recall(in.order) {
			e.decide(&market.Decision{Action: market.Cancel, Order: in.order.Order}, b)
		}
	case intentAmend:
		if !in.order.State.Final() {
			in.order.pending = append(in.order.pending, *in.amended)
			e.decide(&market.Decision{Action: market.Amend, Order: *in.amended}, b)
		}
	case intentTarget:
		b.targets[in.instrument].queued = false
		o, ok := b.aim(in.instrument)
		switch {
		case !ok:
		case b.decreases(o.Instrument, o.Side):
			b.decideTarget(o)
		default:
			e.increases = append(e.increases, increase{b, o})
		}
	}
}

// decideTarget submits the order that serves a target.
func (b *book) decideTarget(o market.Order) {
	order := b.add(o)
	b.targets[o.Instrument].order = order
	b.review(order)
}

// cancelNow decides the end of an order while intents are being resolved.
func (b *book) cancelNow(o *Order) {
	if !o.cancelling && !b.recall(o) {
		o.cancelling = true
		b.engine.decide(&market.Decision{Action: market.Cancel, Order: o.Order}, b)
	}
}

// closeAll serves halts that flatten: it cancels what works, then closes what is held, at
// most once a bar, so that a venue that rejects an order is not asked in a circle.
func (b *book) closeAll() {
	busy := false
	for _, o := range b.working {
		if b.flatten[o.Instrument] == "" {
			continue
		}
		busy = true
		if b.adds(o) || o.Type != market.Market && !o.idle() {
			b.drop(o) // exits that wait end with their entry
		}
	}
	if busy || b.closing == b.engine.market.Now || b.closing > 0 && b.closed == b.engine.bars {
		return
	}
	sold := false
	for i, rule := range b.flatten {
		if q, side := b.flattening(market.InstrumentID(i)); rule != "" && q.IsPositive() {
			_, err := b.Exit(rule, market.Order{Instrument: market.InstrumentID(i), Side: side, Type: market.Market, Quantity: q, Reason: rule})
			sold = sold || err == nil
		}
	}
	b.closing, b.closed = b.engine.market.Now, b.engine.bars
	if !sold {
		clear(b.flatten)
		b.flattens, b.closing = false, 0
		b.disturbAll()
	}
}

// flattening returns what one order may close of a position.
func (b *book) flattening(i market.InstrumentID) (decimal.Decimal, market.Side) {
	in, price := &b.engine.cfg.Instruments[i], b.engine.market.LastPrice(i)
	side, q := b.closable(i)
	if in.MaxQuantity.IsPositive() {
		q = market.Floor(decimal.Min(q, in.MaxQuantity), in.Step)
	}
	if in.MaxNotional.IsPositive() && price.IsPositive() {
		q = decimal.Min(q, market.Affordable(in.MaxNotional, price, in.Step))
	}
	if !b.perpetual && q.Mul(price).LessThan(in.MinNotional) {
		return decimal.Zero, side
	}
	return q, side
}

// review gives an order its size, shows the part that adds risk to the rules,
// reserves what it needs, and decides.
func (b *book) review(o *Order) {
	var d market.Decision
	err := b.examine(o, &d)
	b.conclude(o, &d, err)
}

// examine does what review does but decide.
func (b *book) examine(o *Order, d *market.Decision) (err error) {
	d.Action = market.Submit
	b.consulted = b.consulted[:0]
	if b.replacing = b.replaced(o); b.replacing == nil && o.Replaces.Sequence > 0 {
		err = refusal("order "+o.Replaces.String()+", which it replaces, has ended", "")
	} else {
		err = b.prepare(o)
	}
	if b.replacing != nil {
		b.engine.changes++
	}
	switch {
	case err != nil:
	case b.perpetual:
		d.Checks, err = b.reviewRest(o)
	case o.Side == market.Buy:
		d.Checks, err = b.reviewRisk(o)
	}
	if b.replacing != nil {
		b.replacing = nil
		b.engine.changes++
	}
	if err == nil {
		err = b.reserve(o)
	}
	d.Order = o.Order
	return err
}

// conclude decides on an order, or refuses it.
func (b *book) conclude(o *Order, d *market.Decision, err error) {
	if err != nil {
		b.refuse(o, d, err)
		return
	}
	b.work(o)
	if len(b.shields) > 0 {
		b.depart([]*Order{o}, []market.Decision{*d})
		return
	}
	b.leave(o, d)
}

// work puts an order among those that work: limits count it from now on.
func (b *book) work(o *Order) {
	b.working = append(b.working, o)
	b.engine.changes++
}

// leave decides on an order, and tells the rules of one that adds risk.
func (b *book) leave(o *Order, d *market.Decision) {
	b.engine.decide(d, b)
	if b.adds(o) {
		b.engine.passed(b, o)
	}
}

// passed tells the rules of an order that leaves and adds risk. One that panics has lost
// count: the account halts, as it does when a handler panics.
func (e *Engine) passed(b *book, o *Order) {
	for _, h := range e.hosted {
		if !h.host.HearsPassed() {
			continue
		}
		_, err := guarded(h.host.Name(), func() (bool, error) { h.host.Passed(&b.view, &o.Order); return true, nil })
		var r *market.Refusal
		if errors.As(err, &r) {
			e.halt(Halt{Halt: desk.Halt{Rule: r.Rule, Text: r.Measured, Account: true, Instrument: market.NoInstrument}, Time: e.market.Now})
		}
	}
}

// onGrid puts an order on the instrument's grids. Neither a price nor a quantity that it
// names may vanish.
func onGrid(o *market.Order, in *market.Instrument) error {
	named := !o.Quantity.IsZero()
	switch {
	case !o.Quantise(in):
		return refusal("a price is under one tick", in.Tick.String())
	case named && o.Quantity.IsZero():
		return refusal("quantity is under one step", in.Step.String())
	}
	return nil
}

// prepare puts an order on the instrument's grids. A sell is cut to the position if
// it is reduce-only, and refused if it is larger.
func (b *book) prepare(o *Order) error {
	in := &b.engine.cfg.Instruments[o.Instrument]
	if err := onGrid(&o.Order, in); err != nil {
		return err
	}
	switch {
	case b.perpetual:
		return b.part(o, in)
	case o.Side == market.Buy:
		return nil
	}
	return b.prepareSell(o, in)
}

func (b *book) prepareSell(o *Order, in *market.Instrument) error {
	_, sellable := b.closableBy(o)
	if (o.ReduceOnly || o.replacesExit()) && (o.Quantity.GreaterThan(sellable) || o.Quantity.IsZero()) {
		o.Quantity = sellable
	}
	switch {
	case o.Quantity.IsZero() && b.lockedByExits(o.Instrument):
		return refusal("nothing to sell: locked by working exits", "")
	case o.Quantity.IsZero():
		return refusal("nothing to sell", "")
	case o.Quantity.GreaterThan(sellable):
		return refusal("sells "+o.Quantity.String()+" "+in.Base, sellable.String()+" held and not in other orders")
	}
	return nil
}

func refusal(measured, limit string) error {
	return &market.Refusal{Rule: "engine", Measured: measured, Limit: limit}
}

// reviewRisk runs the halts, the sizer and the rules over an order that adds risk.
func (b *book) reviewRisk(o *Order) ([]market.Check, error) {
	if h := b.haltedOn(o); h != nil {
		return nil, &market.Refusal{Rule: h.Rule, Measured: "halted: " + h.Text}
	}
	if b.stopped {
		return nil, refusal("strategy has stopped", "")
	}
	if late := b.engine.late(o.Instrument); late > 0 {
		return nil, refusal(fmt.Sprintf("the bar came %s after its close", late), "new risk on bars that come in time")
	}
	var checks []market.Check
	if o.Quantity.IsZero() && o.Quote.IsZero() {
		c, err := b.size(o)
		if err != nil {
			return nil, err
		}
		checks = append(checks, c)
	}
	if len(b.in.Rules) > 0 {
		o.counted = b.CountedPrice(&o.Order)
	}
	for _, named := range b.in.Rules {
		c, err := b.ask(named, o)
		checks = append(checks, c)
		if err != nil {
			return checks, err
		}
	}
	return checks, nil
}

// late returns how long after its close the bar came that an instrument has in this instant:
// one that was filled in, after a time without the market, carries no new risk (semantics
// T4). 0 is that there is none, or that it came in time.
func (e *Engine) late(i market.InstrumentID) market.Duration {
	t := e.market.Execution[i]
	if t == nil || t.N == 0 || t.Stamp != e.market.Stamp {
		return 0
	}
	return market.Duration(e.market.Now - t.Columns.OpenTime[t.N-1] - market.Time(t.Interval))
}

// size asks the sizer for the quantity of an order that names none.
func (b *book) size(o *Order) (c market.Check, err error) {
	if b.in.Sizer == nil {
		return c, refusal("order names no quantity", "a sizer in the strategy's configuration")
	}
	q, err := guarded(b.in.Sizer.Name, func() (decimal.Decimal, error) { return b.in.Sizer.Size(&b.view, o.Order) })
	_, limit := b.view.TakeMeasured()
	if err != nil {
		return c, refusedBy(b.in.Sizer.Name, err)
	}
	o.Quantity = market.Floor(q, b.engine.cfg.Instruments[o.Instrument].Step)
	if o.Quantity.IsZero() {
		return c, &market.Refusal{Rule: b.in.Sizer.Name, Measured: "size " + q.String(), Limit: "one step"}
	}
	c = market.Check{Rule: b.in.Sizer.Name, Measured: amount(o.Order), Limit: limit}
	return c, b.fit(o, &c)
}

// refusedBy makes an error of a rule or sizer a refusal by its name in the configuration.
func refusedBy(name string, err error) *market.Refusal {
	var r *market.Refusal
	if errors.As(err, &r) {
		return &market.Refusal{Rule: name, Measured: r.Measured, Limit: r.Limit}
	}
	return &market.Refusal{Rule: name, Measured: err.Error()}
}

// ask shows an order to one rule and takes its answer: the order, or a smaller one.
func (b *book) ask(named risk.Named, o *Order) (market.Check, error) {
	c := market.Check{Rule: named.Name}
	got, err := guarded(named.Name, func() (market.Order, error) { return named.Rule.Review(&b.view, o.Order) })
	c.Measured, c.Limit = b.view.TakeMeasured()
	if err != nil {
		r := refusedBy(named.Name, err)
		c.Measured, c.Limit = r.Measured, r.Limit
		return c, r
	}
	if got.Side != o.Side || got.Quantity.GreaterThan(o.Quantity) || got.Quote.GreaterThan(o.Quote) || got.Quantity.IsNegative() || got.Quote.IsNegative() {
		return c, &market.Refusal{Rule: named.Name, Measured: "the rule made the order larger or turned it"}
	}
	in := &b.engine.cfg.Instruments[o.Instrument]
	quantity, quote := market.Floor(got.Quantity, in.Step), got.Quote
	if c.Cut = !quantity.Equal(o.Quantity) || !quote.Equal(o.Quote); c.Cut {
		o.cut = true
		b.engine.cuts = count(b.engine.cuts, named.Name)
		if c.Measured == "" {
			c.Measured, c.Limit = amount(o.Order), amount(market.Order{Quantity: quantity, Quote: quote})
		}
	}
	o.Quantity, o.Quote = quantity, quote
	if quantity.IsZero() && quote.IsZero() {
		return c, &market.Refusal{Rule: named.Name, Measured: c.Measured, Limit: "0"}
	}
	return c, nil
}

func amount(o market.Order) string {
	if o.Quote.IsPositive() {
		return "quote " + o.Quote.String()
	}
	return "quantity " + o.Quantity.String()
}

// guarded turns a panic of a rule or sizer into a refusal: it fails closed.
func guarded[T any](rule string, f func() (T, error)) (out T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &market.Refusal{Rule: rule, Measured: fmt.Sprintf("the rule panicked: %v", r)}
		}
	}()
	return f()
}

// reserve takes what an order needs out of the free cash or base.
func (b *book) reserve(o *Order) error {
	old := b.replaced(o)
	if b.perpetual {
		b.reserveMargin(o, old)
		return nil
	}
	if o.Side == market.Sell {
		b.lock(o, old)
		return nil
	}
	need, free := b.need(o), b.free()
	if need.IsZero() {
		return refusal("no price yet", "")
	}
	o.needs = need
	if old != nil {
		need, free = decimal.Max(need.Sub(old.reserved), decimal.Zero), decimal.Max(free, decimal.Zero)
	}
	if need.GreaterThan(free) {
		return refusal("needs "+need.String(), free.String()+" of free cash")
	}
	o.reserved = need
	b.reserved = market.Plus(b.reserved, need)
	return nil
}

// lock takes the base that a sell would give, beyond what the order that it replaces
// locks. Exits lock theirs together.
func (b *book) lock(o, old *Order) {
	switch {
	case o.link != nil && old != nil:
		o.link.exits = append(o.link.exits, o)
		b.relock(o.link)
		return
	case old != nil:
		o.locked = decimal.Max(o.Quantity.Sub(old.locked), decimal.Zero)
	default:
		o.locked = o.Quantity
	}
	p := &b.positions[o.Instrument]
	p.locked = market.Plus(p.locked, o.locked)
}

// need returns the quote that a buy may take at its worst price.
func (b *book) need(o *Order) decimal.Decimal {
	if o.Quote.IsPositive() {
		return o.Quote
	}
	cost := market.WorstNotional(&o.Order, b.engine.market.LastPrice(o.Instrument))
	if in := &b.engine.cfg.Instruments[o.Instrument]; in.Fees.InQuote || b.engine.discount.On() {
		cost = cost.Add(market.Fee(cost, in.Fees.Worst(), in.QuotePrecision))
	}
	return cost
}

// refuse ends an order that never leaves, and tells the strategy in a further instant.
func (b *book) refuse(o *Order, d *market.Decision, err error) {
	var r *market.Refusal
	if !errors.As(err, &r) {
		r = &market.Refusal{Rule: "engine", Measured: err.Error()}
	}
	o.State, o.End = market.Refused, r.Error()
	b.spare(o)
	d.Refused = r
	b.engine.refusals = count(b.engine.refusals, r.Rule)
	b.engine.record(d, b)
	b.engine.own = append(b.engine.own, market.OrderUpdate{
		ID: o.ID, Symbol: b.engine.cfg.Instruments[o.Instrument].Symbol, State: market.Refused, Time: b.engine.market.Now, Reason: o.End,
	})
	b.served(o)
}

// decide records a decision and queues it for the router.
func (e *Engine) decide(d *market.Decision, b *book) {
	e.record(d, b)
	e.routed = append(e.routed, *d)
	if e.cfg.Netting { // the venue knows the account's position, not the strategy's
		e.routed[len(e.routed)-1].Order.ReduceOnly = false
	}
}

// record completes a decision and journals it.
func (e *Engine) record(d *market.Decision, b *book) {
	d.Time = e.market.Now
	if len(b.desk.Reads)+len(b.consulted) > 0 {
		d.Inputs = b.inputs()
		e.used.add(d.Inputs)
	}
	if d.Action == market.Submit {
		b.find(d.Order.ID).explain(d)
	}
	if e.cfg.Journal == nil {
		return
	}
	copied := *d
	err := e.cfg.Journal.Append(market.Record{Kind: market.RecordDecision, Time: d.Time, Decision: &copied})
	if err != nil && e.failure == nil {
		e.failure = err
	}
}

// inputs returns the signal rows that a decision may rest on: what the strategy read in this
// instant, and the rules of the order.
func (b *book) inputs() []market.SignalRef {
	list := slices.Clone(b.desk.Reads)
	for _, ref := range b.consulted {
		if !slices.Contains(list, ref) {
			list = append(list, ref)
		}
	}
	return list
}

// count adds one to what a rule did.
func count(list []Count, rule string) []Count {
	for i := range list {
		if list[i].Rule == rule {
			list[i].N++
			return list
		}
	}
	return append(list, Count{rule, 1})
}
