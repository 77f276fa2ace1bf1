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
)

// Setup is what Init gets. A rule that subscribes to nothing costs nothing per bar.
type Setup struct{ host *Host }

// Bars calls f for each closed bar of each strategy that the rule watches.
func (s *Setup) Bars(q BarQuery, f func(*Desk, *Series)) {
	for _, w := range s.host.watched {
		w.hub.Watch(q, f, nil)
	}
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

// Schedule calls f at the times of a cron expression, for each strategy that the
// rule watches.
func (s *Setup) Schedule(cron string, f func(*Desk)) {
	for _, w := range s.host.watched {
		w.hub.Schedule(cron, f)
	}
}

// Signals calls f when the row in force of a kind changes, for each strategy that
// the rule watches.
func (s *Setup) Signals(q SignalQuery, f func(*Desk, market.Signal)) {
	for _, w := range s.host.watched {
		w.hub.Signals(q, f)
	}
}

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
func (v *View) Exposure(i market.InstrumentID) decimal.Decimal { return v.guard.Exposure(i) }

// Exposed reports whether the strategy has a position or a working order that adds to one.
func (v *View) Exposed(i market.InstrumentID) bool { return v.guard.Exposed(i) }

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
	return market.WorstNotional(o, v.LastPrice(o.Instrument))
}

// Halt says what a rule stops.
type Halt struct {
	Text    string // what was measured, the limit, and when it lifts
	Account bool   // the whole account rather than the strategy
	Flatten bool   // close the positions too
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

// OpenOrders returns the strategy's working orders on an instrument.
func (d *Desk) OpenOrders(i market.InstrumentID) []market.Order { return d.guard.OpenOrders(i) }

// Order returns one of the strategy's orders and where it stands: what an update is
// about.
func (d *Desk) Order(id market.OrderID) (market.Order, market.State, bool) { return d.guard.Order(id) }

// Halt stops new risk until Lift. Closing stays allowed. Repeating a halt that stands
// changes nothing.
func (d *Desk) Halt(h Halt) {
	d.guard.Halt(desk.Halt{Rule: d.host.name, Owner: d.host, Text: h.Text, Account: h.Account, Flatten: h.Flatten})
}

// Lift ends this rule's own halt.
func (d *Desk) Lift(account bool) { d.guard.Lift(d.host, account) }

// Halted reports whether this rule's own halt stands.
func (d *Desk) Halted(account bool) bool { return d.guard.Halted(d.host, account) }
