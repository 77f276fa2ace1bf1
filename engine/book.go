package engine

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// book is one strategy's side of the engine: its sub-ledger, its orders, its targets.
// It is the desk.Guard that strategies and rules act through.
type book struct {
	ledger
	engine   *Engine
	in       Instance
	desk     desk.Instance
	host     *strategy.Host
	view     risk.View
	orders   []*Order    // by sequence, from 1
	working  []*Order    // not final, in order of decision
	targets  []target    // by instrument
	flatten  []string    // the rule that closes the position, or "", by instrument; nil: none ever did
	flattens bool        // one may be there
	closing  market.Time // when flatten last sold
	closed   int         // bars that there were then
	removed  bool        // from the configuration, by a reload
	asked    int         // orders at askedAt
	askedAt  market.Time // see asks
	stopped  bool
	fault    error
	shields  []*shield // of the instruments for which a rule asked once

	perpetual bool               // the account trades perpetual futures, not spot
	consulted []market.SignalRef // by the rules, for the order under review
	side      market.Side        // of the order under review on perpetuals, or 0
	replacing *Order             // whose place the order under review takes
	exposures exposures
	worth     worth
}

var _ desk.Guard = (*book)(nil)

func newBook(e *Engine, in Instance) *book {
	b := &book{engine: e, in: in, perpetual: len(e.cfg.Instruments) > 0 && e.cfg.Instruments[0].Perpetual()}
	b.cash = in.Weight.Mul(e.cfg.Cash)
	b.total = market.SumOf(b.cash)
	b.cashF = b.total.Float()
	b.positions = make([]position, len(e.cfg.Instruments))
	b.targets = make([]target, len(e.cfg.Instruments))
	b.view = risk.NewView(e.market, b)
	b.exposures = newExposures(e, []*book{b})
	return b
}

// Order is one order of a run, with everything that became of it.
type Order struct {
	market.Order
	Time   market.Time // of the decision
	Filled decimal.Decimal
	Fills  []*market.Fill
	End    string // the venue's or the rule's reason, where it did not end filled
	Rule   string // the rule that made it; empty for a strategy's own
	Why    *Why   // what it was decided on; nil where no rule looked and nothing was read
	State  market.State

	closes     bool            // it had a part that closes; on perpetuals only
	cut        bool            // a rule made it smaller
	cancelling bool            // its end was asked for
	reserved   decimal.Decimal // quote
	locked     decimal.Decimal // base; on perpetuals the part that closes a position
	opens      decimal.Decimal // base of the part that opens one; on perpetuals only
	needs      decimal.Decimal // quote that a buy may take, by what was known when it was decided
	counted    decimal.Decimal // price at which the rules counted it; 0 where there are none
	pending    []market.Order  // amendments under way, oldest first
	one        [1]*market.Fill // room for the usual number of fills
	trade      *Trade          // the last one that it filled in
	link       *link           // of linked orders
	successor  *Order          // that is to replace it
	shield     *shield         // that it rests for
	takes      bool            // the profit of a protected position, by the market
	waits      bool            // it is decided on once what rests lets go of base: see waiting
}

// Name returns the strategy's name.
func (b *book) Name() string { return b.in.Name }

// Position returns what the strategy holds of an instrument, dust left out; negative
// where it is short.
func (b *book) Position(i market.InstrumentID) decimal.Decimal { return b.positions[i].quantity }

// Held returns the position and what was paid for it.
func (b *book) Held(i market.InstrumentID) (quantity, cost decimal.Decimal) {
	return b.positions[i].quantity, b.positions[i].cost.Decimal()
}

// Cash returns the cash that no working order reserves; on perpetuals the free margin.
func (b *book) Cash() decimal.Decimal {
	if b.perpetual {
		return b.freeMargin()
	}
	return b.free()
}

// Equity returns cash and positions at the last close, exactly.
func (b *book) Equity() decimal.Decimal {
	return b.worth.at(b.engine, func() decimal.Decimal {
		total := b.total
		for _, i := range b.held {
			total = total.Plus(b.positions[i].heldSum.Times(b.engine.market.LastSum(i)))
		}
		return total.Decimal()
	})
}

// EquityF returns Equity as a float64.
func (b *book) EquityF() float64 { return b.equityF(b.engine.market.Price) }

// AccountEquity returns the equity of all strategies and of what none of them has.
func (b *book) AccountEquity() decimal.Decimal { return b.engine.Equity() }

// AccountEquityF returns AccountEquity as a float64.
func (b *book) AccountEquityF() float64 { return b.engine.equityF() }

// MovedF returns the cash that transfers brought to the strategy, less what they took.
func (b *book) MovedF() float64 { return b.movedF }

// AccountMovedF returns the deposits of the account less its withdrawals.
func (b *book) AccountMovedF() float64 { return b.engine.movedF }

// Exits returns the exits that are linked to an entry.
func (b *book) Exits(entry market.OrderID) (list []market.Order) {
	o := b.find(entry)
	if o == nil || o.link == nil || o.link.entry != o {
		return nil
	}
	for _, x := range o.link.exits {
		list = append(list, x.Order)
	}
	return list
}

// Consult notes what the review at hand rests on.
func (b *book) Consult(row *market.Signal, absent bool) {
	ref := row.Ref()
	ref.Absent = absent
	if !slices.Contains(b.consulted, ref) {
		b.consulted = append(b.consulted, ref)
	}
}

// Open counts the instruments with a position or a working order that adds to one.
func (b *book) Open() int { return len(b.exposed(false).list) }

// Exposed reports whether there is a position or a working order that adds to one.
func (b *book) Exposed(i market.InstrumentID) bool {
	if !b.positions[i].quantity.IsZero() {
		return true
	}
	for _, o := range b.working {
		if o.Instrument == i && b.adds(o) {
			return true
		}
	}
	return false
}

// OpenOrders returns the working orders on an instrument, without those that the engine keeps
// for rules.
func (b *book) OpenOrders(i market.InstrumentID) []market.Order {
	var list []market.Order
	for _, o := range b.working {
		if o.Instrument == i && o.shield == nil {
			list = append(list, o.Order)
		}
	}
	return list
}

// Order returns an order of the strategy and where it stands.
func (b *book) Order(id market.OrderID) (market.Order, market.State, bool) {
	if o := b.find(id); o != nil {
		return o.Order, o.State, true
	}
	return market.Order{}, 0, false
}

func (b *book) find(id market.OrderID) *Order {
	if id.Strategy != b.in.Name || id.Sequence == 0 || int(id.Sequence) > len(b.orders) {
		return nil
	}
	return b.orders[id.Sequence-1]
}

// Submit queues an order for the end of the instant.
func (b *book) Submit(o market.Order) (market.OrderID, error) {
	if err := b.plain(&o); err != nil {
		return market.OrderID{}, err
	}
	return b.queueOrder(o).ID, nil
}

// queueOrder makes an order of what a strategy or rule asked for.
func (b *book) queueOrder(o market.Order) *Order {
	order := b.add(o)
	b.engine.intents = append(b.engine.intents, intent{book: b, kind: intentSubmit, order: order})
	return order
}

// plain checks an order that stands alone, and sets its time.
func (b *book) plain(o *market.Order) error {
	if err := b.asks(); err != nil {
		return err
	}
	if err := b.known(o); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return err
	}
	return b.timed(o)
}

// known reports an instrument that does not exist, and ties that are not an author's to
// make.
func (b *book) known(o *market.Order) error {
	switch {
	case o.Instrument < 0 || int(o.Instrument) >= len(b.positions):
		return fmt.Errorf("no instrument has id %d", o.Instrument)
	case o.Parent != market.OrderID{} || o.Group != "" || o.Profile != market.Unlinked || o.Replaces != market.OrderID{}:
		return fmt.Errorf("an order names its own Parent, Group, Profile or Replaces: use SubmitLinked and Replace")
	}
	return nil
}

// timed turns ExpireAfter into a time, so that journal and venue know that only.
func (b *book) timed(o *market.Order) error {
	if o.ExpireAfter > 0 {
		o.TIF, o.Expire, o.ExpireAfter = market.GTD, b.engine.market.Now+market.Time(o.ExpireAfter), 0
	}
	if o.TIF == market.GTD && o.Expire <= b.engine.market.Now {
		return fmt.Errorf("the order expires at %s, which has come: name a later time", o.Expire)
	}
	return nil
}

// maxAsked is how many orders a strategy may ask for at one time.
const maxAsked = 100_000

// asks counts orders of one time, and stops a strategy that asks for more and more: one
// that answers the refusal of each of several linked orders with as many.
func (b *book) asks() error {
	if now := b.engine.market.Now; b.askedAt != now {
		b.askedAt, b.asked = now, 0
	}
	if b.asked++; b.asked > maxAsked {
		err := fmt.Errorf("it asked for more than %d orders at %s: act on bars, not on what becomes of orders", maxAsked, b.engine.market.Now)
		b.stop(err)
		return err
	}
	return nil
}

// add gives an order its id and its place in the list.
func (b *book) add(o market.Order) *Order {
	o.Strategy = b.in.Name
	o.ID = market.OrderID{Strategy: b.in.Name, Sequence: uint32(len(b.orders) + 1)}
	order := b.engine.orderSlab.New()
	order.Order, order.Time = o, b.engine.market.Now
	order.Fills = order.one[:0]
	b.orders = append(b.orders, order)
	b.engine.orders = append(b.engine.orders, order)
	return order
}

// Exit queues a rule's own order, cut to the position.
func (b *book) Exit(rule string, o market.Order) (market.OrderID, error) {
	o.ReduceOnly = true
	switch side, free := b.closable(o.Instrument); {
	case !b.perpetual && o.Side != side:
		return market.OrderID{}, fmt.Errorf("rule %s: a spot position is closed by selling", rule)
	case o.Side != side || free.IsZero():
		return market.OrderID{}, fmt.Errorf("rule %s: nothing to close", rule)
	}
	id, err := b.Submit(o)
	if err == nil {
		b.find(id).Rule = rule
	}
	return id, err
}

// Cancel queues the end of an order.
func (b *book) Cancel(id market.OrderID) error {
	o := b.find(id)
	if o == nil || o.State.Final() {
		return fmt.Errorf("order %s is not working", id)
	}
	if o.shield != nil {
		return o.kept()
	}
	b.drop(o)
	return nil
}

// kept says that an order is not the strategy's to change.
func (o *Order) kept() error {
	return fmt.Errorf("order %s rests for rule %s: it ends with the position, or when the rule asks for something else", o.ID, o.Rule)
}

// drop queues the end of an order that works.
func (b *book) drop(o *Order) {
	if !o.cancelling {
		o.cancelling = true
		b.engine.intents = append(b.engine.intents, intent{book: b, kind: intentCancel, order: o})
	}
}

// Amend queues a change of a resting limit order. Only a smaller or cheaper order is
// allowed: more risk is a new order, which the rules review.
func (b *book) Amend(id market.OrderID, quantity, price decimal.Decimal) error {
	o := b.find(id)
	if o == nil || o.State.Final() || o.Type != market.Limit {
		return fmt.Errorf("order %s is not a working limit order", id)
	}
	switch {
	case o.shield != nil:
		return o.kept()
	case o.link != nil:
		return fmt.Errorf("order %s is linked: replace it, or cancel it", id)
	case o.waits:
		return fmt.Errorf("order %s has not left yet: cancel it, and submit anew", id)
	}
	in := &b.engine.cfg.Instruments[o.Instrument]
	changed := o.Order
	changed.Quantity, changed.Price = quantity, price
	changed.Quantise(in)
	if changed.Quantity.GreaterThan(o.Quantity) || b.adds(o) && changed.Price.Mul(changed.Quantity).GreaterThan(o.Price.Mul(o.Quantity)) {
		return fmt.Errorf("amend of order %s to %s at %s adds risk: submit a new order", id, quantity, price)
	}
	if !changed.Quantity.GreaterThan(o.Filled) || !changed.Price.IsPositive() {
		return fmt.Errorf("amend of order %s to %s at %s leaves nothing: cancel it", id, quantity, price)
	}
	b.engine.intents = append(b.engine.intents, intent{book: b, kind: intentAmend, order: o, amended: &changed})
	return nil
}

// Fail stops the strategy with an error of its own.
func (b *book) Fail(err error) {
	if err == nil {
		err = fmt.Errorf("Fail was called without an error")
	}
	b.stop(err)
}

// failureRule is what closes the positions of a strategy that failed, as the configuration
// names it.
const failureRule = "on_failure"

// stop ends the callbacks and cancels what would add risk. The positions stay, unless the
// instance is to be flattened.
func (b *book) stop(err error) {
	if b.stopped {
		return
	}
	b.stopped, b.fault = true, err
	b.cancelAdding(every)
	b.engine.note(b.in.Name, "stopped: "+firstLine(err.Error()))
	if b.in.Flatten {
		b.flattenFor(&Halt{Halt: desk.Halt{Rule: failureRule, Instrument: market.NoInstrument}})
	}
}

// every is every order.
func every(*Order) bool { return true }

// cancelAdding cancels those of the working orders that would add risk. Targets
// that would make more meet the refusal of every new one.
func (b *book) cancelAdding(which func(*Order) bool) {
	for _, o := range b.working {
		if b.adds(o) && which(o) {
			b.Cancel(o.ID) // working, so it cannot fail
		}
	}
}
