package risk

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// Rule looks at orders before they leave. Its struct is its own configuration, as a
// strategy's is.
type Rule interface {
	// Init checks the configuration and may subscribe. It is called once.
	Init(s *Setup) error
	// Review returns the order, a smaller one, or a *market.Refusal. It is called
	// with the part of an order that adds risk, its quantity or quote amount set,
	// after the sizer and after the rules that stand before it in the chain.
	Review(v *View, o market.Order) (market.Order, error)
}

// Sizer gives a quantity to orders that name none.
type Sizer interface {
	// Init checks the configuration and may subscribe. It is called once.
	Init(s *Setup) error
	// Size returns a quantity in base; the engine floors it to the step.
	Size(v *View, o market.Order) (decimal.Decimal, error)
}

// Named is a rule with its name in the configuration, which refusals and halts carry.
type Named struct {
	Name string
	Rule Rule
}

// Plugin makes rules of one type.
type Plugin struct {
	Name   string      // the type in the configuration: "max_drawdown"
	Doc    string      // one line: what it does
	Sample string      // a [risk.X] table that uses it, in TOML
	New    func() Rule // with the defaults in its fields
}

// SizerPlugin makes sizers of one type.
type SizerPlugin struct {
	Name   string
	Doc    string
	Sample string
	New    func() Sizer
}

// The types that subscriptions are made of are market's, shared with strategies.
type (
	// BarQuery says which bars a rule wants.
	BarQuery = market.BarQuery
	// SignalQuery says which signals a rule wants.
	SignalQuery = market.SignalQuery
	// Series shows the last bars of one instrument.
	Series = market.Series
	// Trade is a trade that closed (semantics M4).
	Trade = market.Trade
	// Trouble is what the session has to say of the venue; see market.Trouble.
	Trouble = desk.Trouble
	// Exposure is what the account or a strategy may come to hold of one instrument.
	Exposure = desk.Exposure
	// Stake is an Exposure in sums.
	Stake = desk.Stake
	// Protection is what rests at the venue for a position.
	Protection = desk.Protection
	// Action is what a halt does.
	Action = desk.Action
)

// The actions of halts.
const (
	// ReduceOnly lets nothing pass that adds risk.
	ReduceOnly = desk.ReduceOnly
	// Lock lets no new position be opened. Adding to an open one is allowed.
	Lock = desk.Lock
	// Flatten does what ReduceOnly does, and closes the positions.
	Flatten = desk.Flatten
)

// ParseAction reads an action as the configuration writes it: lock, reduce_only, flatten.
func ParseAction(s string) (Action, error) { return desk.ParseAction(s) }

// Setup is what Init gets. A rule that subscribes to nothing costs nothing per bar.
type Setup struct{ host *Host }

// Bars calls f, which may be nil, for each closed bar of each strategy that the rule
// watches. The query may name any instrument of the run; without one it is those of each
// strategy.
func (s *Setup) Bars(q BarQuery, f func(*Desk, *Series)) *Bars {
	b := &Bars{host: s.host}
	for _, w := range s.host.watched {
		b.subs = append(b.subs, w.hub.Watch(q, f, nil))
	}
	return b
}

// Bars is a rule's subscription to bars.
type Bars struct {
	host *Host
	subs []*desk.Bars[*Desk] // by strategy watched
}

// At returns what is known now of an instrument, for the strategy of the view; nil where it
// is not subscribed.
func (b *Bars) At(v *View, i market.InstrumentID) *Series {
	if k := b.host.index(v.Strategy()); k >= 0 {
		return b.subs[k].ByID[i]
	}
	return nil
}

// Fills calls f for each fill of each strategy that the rule watches.
func (s *Setup) Fills(f func(*Desk, market.OrderUpdate)) {
	for _, w := range s.host.watched {
		w.hub.Orders(func(d *Desk, u market.OrderUpdate) {
			if u.Fill != nil {
				f(d, u)
			}
		})
	}
}

// Orders calls f for each order update of each strategy that the rule watches.
func (s *Setup) Orders(f func(*Desk, market.OrderUpdate)) {
	for _, w := range s.host.watched {
		w.hub.Orders(f)
	}
}

// Trades calls f for each trade that closes, of each strategy that the rule watches: after
// the updates of the instant, before its bars.
func (s *Setup) Trades(f func(*Desk, Trade)) {
	for _, w := range s.host.watched {
		w.hub.Closed(f)
	}
}

// Troubles calls f for what the session says of the venue, once for each strategy that the
// rule watches. A backtest has none.
func (s *Setup) Troubles(f func(*Desk, Trouble)) {
	for _, w := range s.host.watched {
		w.hub.Trouble(f)
	}
}

// Schedule calls f at the times of a cron expression, for each strategy that the
// rule watches.
func (s *Setup) Schedule(cron string, f func(*Desk)) {
	for _, w := range s.host.watched {
		w.hub.Schedule(cron, f)
	}
}

// Signals calls f, which may be nil, when the row in force of a kind changes, for each
// strategy that the rule watches.
func (s *Setup) Signals(q SignalQuery, f func(*Desk, market.Signal)) *Signals {
	g := &Signals{host: s.host}
	for _, w := range s.host.watched {
		g.subs = append(g.subs, w.hub.Signals(q, f))
	}
	return g
}

// Signals is a rule's subscription to one kind of signal.
type Signals struct {
	host *Host
	subs []*desk.Signal[*Desk] // by strategy watched
}

// At returns the row in force of an instrument's asset; false where there is none, it is
// null or too old (semantics S2, S3). What a Review or Size reads stands among the inputs of
// the decision.
func (g *Signals) At(v *View, i market.InstrumentID) (market.Signal, bool) {
	return g.read(v, func(s *desk.Signal[*Desk]) *desk.Feed { return s.Assets[i] })
}

// Market returns the row in force of the whole market, likewise.
func (g *Signals) Market(v *View) (market.Signal, bool) {
	return g.read(v, func(s *desk.Signal[*Desk]) *desk.Feed { return s.Market })
}

func (g *Signals) read(v *View, feed func(*desk.Signal[*Desk]) *desk.Feed) (market.Signal, bool) {
	k := g.host.index(v.Strategy())
	if k < 0 {
		return market.Signal{}, false
	}
	f := feed(g.subs[k])
	if f == nil || f.Row == nil {
		return market.Signal{}, false
	}
	row, ok := f.At(v.Now(), g.subs[k].MaxAge)
	v.guard.Consult(f.Row, !ok)
	if !ok {
		return market.Signal{}, false
	}
	return *row, true
}

// Instruments returns the instruments of the run, by their ids. They must not be changed.
func (s *Setup) Instruments() []market.Instrument { return s.host.instruments }

// Name returns the rule's name in the configuration, for the reasons of its orders.
func (s *Setup) Name() string { return s.host.name }

// Scope returns the names of the strategies that the rule watches, sorted.
func (s *Setup) Scope() []string {
	var names []string
	for _, w := range s.host.watched {
		names = append(names, w.hub.Desk.Name)
	}
	return names
}

// View is what a rule or sizer may read of one strategy and its account. It is valid
// during the call only.
type View struct {
	market *desk.Market
	guard  desk.Guard
	said   measurement
}

// NewView makes the view of one strategy; only an engine can, since its arguments are
// internal to this module.
func NewView(m *desk.Market, g desk.Guard) View { return View{market: m, guard: g} }

// Now returns the time of the instant.
func (v *View) Now() market.Time { return v.market.Now }

// Strategy returns the strategy's name.
func (v *View) Strategy() string { return v.guard.Name() }

// Instrument returns an instrument with its filters as of now (semantics X11). It must
// not be changed or kept.
func (v *View) Instrument(i market.InstrumentID) *market.Instrument {
	return &v.market.Instruments[i]
}

// Price returns the last close in quote; 0 before the first bar.
func (v *View) Price(i market.InstrumentID) float64 { return v.market.Price[i] }

// LastPrice returns the last close exactly.
func (v *View) LastPrice(i market.InstrumentID) decimal.Decimal { return v.market.LastPrice(i) }

// Position returns what the strategy holds, in base; negative where it is short.
func (v *View) Position(i market.InstrumentID) decimal.Decimal { return v.guard.Position(i) }

// PositionF returns Position as a float64.
func (v *View) PositionF(i market.InstrumentID) float64 { return market.Float(v.guard.Position(i)) }

// Entry returns the average price paid for the position in quote, to 12 decimals; 0
// without one.
func (v *View) Entry(i market.InstrumentID) decimal.Decimal {
	quantity, cost := v.guard.Held(i)
	if quantity.IsZero() {
		return decimal.Zero
	}
	return market.Divide(cost, quantity, 12)
}

// Exposure returns the notional of the position with the working orders that add to it,
// at the worst price of the collar (last close + 2 %), in quote. While an order on a
// perpetual is under review it is that of the order's side.
func (v *View) Exposure(i market.InstrumentID) decimal.Decimal { return v.guard.Exposure(i, false) }

// AccountExposure returns Exposure over all strategies of the account.
func (v *View) AccountExposure(i market.InstrumentID) decimal.Decimal {
	return v.guard.Exposure(i, true)
}

// Exposed reports whether the strategy has a position or a working order that adds to one.
func (v *View) Exposed(i market.InstrumentID) bool { return v.guard.Exposed(i) }

// Exposures returns what each instrument may come to that has a position or a working order
// that adds to one, of the strategy or of the whole account, sorted by instrument. The order
// under review is not in it. The list must not be changed or kept.
func (v *View) Exposures(account bool) []Exposure { return v.guard.Exposures(account) }

// Stakes returns Exposures in sums, for limits that add them up for each order, and the
// total of what is the larger side of each instrument.
func (v *View) Stakes(account bool) (list []Stake, gross market.Sum) { return v.guard.Stakes(account) }

// LastSum returns LastPrice as a sum.
func (v *View) LastSum(i market.InstrumentID) market.Sum { return v.market.LastSum(i) }

// CountedAt returns the worst price of the collar at which one of the strategy's orders was
// counted when the rules saw it, in quote: its own price, or 2 % above its stop or the last
// close then. 0 where no rule saw it. A fill at a higher price went beyond the collar.
func (v *View) CountedAt(id market.OrderID) decimal.Decimal { return v.guard.CountedAt(id) }

// OpenOrders returns the strategy's working orders on an instrument.
func (v *View) OpenOrders(i market.InstrumentID) []market.Order { return v.guard.OpenOrders(i) }

// Exits returns the exits that are linked to an entry and reviewed with it.
func (v *View) Exits(entry *market.Order) []market.Order { return v.guard.Exits(entry.ID) }

// BarTime returns when the last bar of an instrument closed, of its execution series; 0
// before the first.
func (v *View) BarTime(i market.InstrumentID) market.Time {
	t := v.market.Execution[i]
	if t == nil || t.N == 0 {
		return 0
	}
	return t.Columns.OpenTime[t.N-1] + market.Time(t.Interval)
}

// Open counts the instruments in which the strategy is Exposed.
func (v *View) Open() int { return v.guard.Open() }

// Equity returns the strategy's equity in quote.
func (v *View) Equity() decimal.Decimal { return v.guard.Equity() }

// EquityF returns Equity as a float64, at the cost of a few additions.
func (v *View) EquityF() float64 { return v.guard.EquityF() }

// AccountEquity returns the equity of the whole account in quote.
func (v *View) AccountEquity() decimal.Decimal { return v.guard.AccountEquity() }

// AccountEquityF returns AccountEquity as a float64, at the cost of a few additions.
func (v *View) AccountEquityF() float64 { return v.guard.AccountEquityF() }

// MovedF returns the cash that transfers brought to the strategy since the start, less
// what they took, in quote: a part of EquityF that is neither profit nor loss.
func (v *View) MovedF() float64 { return v.guard.MovedF() }

// AccountMovedF returns the account's deposits since the start, less its withdrawals, in
// quote: a part of AccountEquityF that is neither profit nor loss.
func (v *View) AccountMovedF() float64 { return v.guard.AccountMovedF() }

// Notional returns what an order is worth at the worst price of the collar, or its
// quote amount, in quote.
func (v *View) Notional(o *market.Order) decimal.Decimal {
	if o.Quote.IsPositive() {
		return o.Quote
	}
	return v.guard.CountedPrice(o).Mul(o.Quantity)
}

// Halt says what a rule stops, and what lifts it.
type Halt struct {
	Text        string                // what was measured, the limit, and when it lifts
	Account     bool                  // the whole account rather than the strategy
	Instruments []market.InstrumentID // nil: all
	Side        market.Side           // Buy: only what adds to long positions, Sell: to short ones; 0: both
	Until       market.Time           // the engine lifts it at the first instant not before; 0: Lift, or the operator's resume
	Action      Action
}

// Desk is what a handler acts through, for one strategy.
type Desk struct {
	View
	host *Host
}

// Submit closes part or all of a position, a short one by buying: the order is cut to
// the position, skips the rules and never the venue's filters.
func (d *Desk) Submit(o market.Order) (market.OrderID, error) { return d.guard.Exit(d.host.name, o) }

// Cancel asks for the end of one of the strategy's orders.
func (d *Desk) Cancel(id market.OrderID) error { return d.guard.Cancel(id) }

// Amend asks for another quantity and limit price of one of the strategy's orders.
func (d *Desk) Amend(id market.OrderID, quantity, price decimal.Decimal) error {
	return d.guard.Amend(id, quantity, price)
}

// Order returns one of the strategy's orders and where it stands: what an update is
// about.
func (d *Desk) Order(id market.OrderID) (market.Order, market.State, bool) { return d.guard.Order(id) }

// Halt stops new risk until its time, or until Lift. Closing stays allowed. Repeating a halt
// that stands changes nothing unless it lasts longer or does something else.
func (d *Desk) Halt(h Halt) {
	for _, i := range h.on() {
		d.guard.Halt(desk.Halt{
			Rule: d.host.name, Owner: d.owner(h.Side), Text: h.Text, Account: h.Account, Instrument: i, Side: h.Side, Until: h.Until, Action: h.Action,
		})
	}
}

// Stands reports whether this rule's own halt stands of what h covers: all of it.
func (d *Desk) Stands(h Halt) bool {
	for _, i := range h.on() {
		if !d.guard.Halted(d.owner(h.Side), h.Account, i) {
			return false
		}
	}
	return true
}

// on lists what a halt covers.
func (h *Halt) on() []market.InstrumentID {
	if h.Instruments == nil {
		return everything
	}
	return h.Instruments
}

var everything = []market.InstrumentID{market.NoInstrument}

// sided owns the halts of a rule that are about one side of the market.
type sided struct {
	host *Host
	side market.Side
}

func (d *Desk) owner(side market.Side) any {
	if side == 0 {
		return d.host
	}
	return sided{d.host, side}
}

// Later calls f in this instant once the rule's handlers have been called for all of its
// strategies, with this desk: what depends on several trades of one time is judged then,
// since their order is chance.
func (d *Desk) Later(f func(*Desk)) { d.host.later = append(d.host.later, later{d, f}) }

// Lift ends this rule's own halt of the account or of the strategy.
func (d *Desk) Lift(account bool) { d.guard.Lift(d.host, account, market.NoInstrument) }

// LiftOn ends this rule's own halt of one instrument.
func (d *Desk) LiftOn(account bool, i market.InstrumentID) { d.guard.Lift(d.host, account, i) }

// Halted reports whether this rule's own halt of the account or of the strategy stands.
func (d *Desk) Halted(account bool) bool { return d.guard.Halted(d.host, account, market.NoInstrument) }

// HaltedOn reports whether this rule's own halt of one instrument stands.
func (d *Desk) HaltedOn(account bool, i market.InstrumentID) bool {
	return d.guard.Halted(d.host, account, i)
}

// Note says something in the journal and in the report: of a limit that was exceeded, of
// what a rule cannot do.
func (d *Desk) Note(text string) { d.guard.Note(d.host.name, text) }

// Protect asks the engine to keep orders resting at the venue for a position, in the place of
// what this rule asked for before: on spot one list of the venue where there are a stop and a
// target, on perpetuals reduce-only orders. They follow the position's size and end with it;
// asked for without a position, they wait for one. Of several rules the tightest stop and the
// nearest target count; the orders carry the Reason of the rule whose level it is. The zero
// value asks for nothing.
//
// The orders need no rule's leave and no cash, and are seen by nobody as open orders. They
// never stand in the way of another exit. A level that the last close has met closes by the
// market at once; so does, at the close of a bar, one that cannot rest for all of the
// position: where CanRest is false, where the venue's filters do not let it, or where a
// resting sell of the strategy locks the base.
func (d *Desk) Protect(i market.InstrumentID, p Protection) {
	d.guard.Protect(d.host, d.host.name, i, p)
}

// CanRest reports whether the venue takes stop orders on an instrument. Where it does not, a
// rule closes at the market when a bar has closed.
func (d *Desk) CanRest(i market.InstrumentID) bool { return d.guard.CanRest(i) }
