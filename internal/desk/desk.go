// Package desk is what the engine shows to strategies and rules: the state of the
// market as known now, and the few calls by which they act. The packages strategy
// and risk wrap it in the types that plug-in authors see; the engine owns it.
//
// There are only a few types. [Market] is the shared state: prices, tapes and
// signals. A [Hub] holds the subscriptions of one strategy, or of one rule for one
// strategy, and calls them back. A [Trader] is the engine's side of one strategy as
// that strategy sees it, a [Guard] as the rules see it.
//
// # Caveats
//
// Everything here belongs to one engine and one goroutine. Being internal, it is
// what keeps plug-ins from reaching past their contract: they cannot name it.
package desk

import (
	"log/slog"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Market is what is known of the market at one instant.
type Market struct {
	Now         market.Time
	Stamp       uint64      // number of the instant, from 1
	Opening     market.Time // what comes before only warms up: see engine.Config
	Instruments []market.Instrument
	Price       []float64      // last close of the execution series, by instrument; 0 before the first
	Execution   []*market.Tape // of the execution series, by instrument; nil where there is none
	Signals     Signals

	tapes [][]*market.Tape // by instrument
}

// NewMarket makes the state of a market that has not opened yet.
func NewMarket(instruments []market.Instrument) *Market {
	n := len(instruments)
	return &Market{
		Instruments: instruments, Price: make([]float64, n),
		Execution: make([]*market.Tape, n), tapes: make([][]*market.Tape, n),
		Signals: Signals{feeds: map[feedKey]*Feed{}},
	}
}

// Tape returns the tape of an instrument at an interval, made on first use.
func (m *Market) Tape(i market.InstrumentID, d market.Interval) *market.Tape {
	if t := m.Find(i, d); t != nil {
		return t
	}
	t := &market.Tape{Instrument: i, Interval: d}
	m.tapes[i] = append(m.tapes[i], t)
	return t
}

// Find returns the tape of an instrument at an interval, or nil.
func (m *Market) Find(i market.InstrumentID, d market.Interval) *market.Tape {
	for _, t := range m.tapes[i] {
		if t.Interval == d {
			return t
		}
	}
	return nil
}

// LastPrice returns the last close as a decimal, exactly as its source printed it.
func (m *Market) LastPrice(i market.InstrumentID) decimal.Decimal {
	t := m.Execution[i]
	if t == nil || t.N == 0 {
		return decimal.Zero
	}
	return market.Price(m.Price[i], t.Columns.PriceScale)
}

// LastSum returns LastPrice as a sum.
func (m *Market) LastSum(i market.InstrumentID) market.Sum {
	t := m.Execution[i]
	if t == nil || t.N == 0 {
		return market.Sum{}
	}
	return market.PriceSum(m.Price[i], t.Columns.PriceScale)
}

// Trader is the engine's side of one strategy. Its methods are called from that
// strategy's callbacks, and from rules that watch it.
type Trader interface {
	Name() string
	Submit(o market.Order) (market.OrderID, error)
	SubmitLinked(l market.Linked) ([]market.OrderID, error)
	Replace(id market.OrderID, o market.Order) (market.OrderID, error)
	Cancel(id market.OrderID) error
	Amend(id market.OrderID, quantity, price decimal.Decimal) error
	Target(i market.InstrumentID, weight float64) error
	Position(i market.InstrumentID) decimal.Decimal
	Cash() decimal.Decimal
	Equity() decimal.Decimal
	OpenOrders(i market.InstrumentID) []market.Order
	Order(id market.OrderID) (market.Order, market.State, bool)
	Fail(err error)
}

// Guard is the engine's side of one strategy for the rules that watch it.
type Guard interface {
	Trader
	// Held returns the position, dust left out, and what was paid for it in quote.
	Held(i market.InstrumentID) (quantity, cost decimal.Decimal)
	// Exposure returns the worst notional of the position and of the working orders that
	// add to it, at the collar price, in quote: of the strategy or of the whole account.
	Exposure(i market.InstrumentID, account bool) decimal.Decimal
	// Exposed reports whether there is a position or a working order that adds to one.
	Exposed(i market.InstrumentID) bool
	// Open counts the instruments that are exposed.
	Open() int
	// Fundable returns the largest quantity of the order under review that money backs.
	Fundable(o market.Order) decimal.Decimal
	// Brings returns what an entry leaves to be sold, after its fee.
	Brings(o market.Order) decimal.Decimal
	EquityF() float64
	AccountEquity() decimal.Decimal
	AccountEquityF() float64
	// MovedF and AccountMovedF return how much of EquityF and AccountEquityF came from
	// elsewhere since the start, in quote: that is no profit.
	MovedF() float64
	AccountMovedF() float64
	// Exit submits a rule's own order, cut to the position.
	Exit(rule string, o market.Order) (market.OrderID, error)
	Halt(h Halt)
	// Lift ends the halt that an owner made, on one instrument or, with NoInstrument, on all.
	Lift(owner any, account bool, i market.InstrumentID)
	// Halted reports whether a halt that an owner made stands.
	Halted(owner any, account bool, i market.InstrumentID) bool
	// Note journals what a rule has to say.
	Note(rule, text string)
	// CountedPrice returns the price at which limits count what an order adds.
	CountedPrice(o *market.Order) decimal.Decimal
	// Exits returns the exits that are linked to an entry.
	Exits(entry market.OrderID) []market.Order
	// Exposures returns what each exposed instrument comes to, of the strategy or of the
	// whole account, sorted by instrument; until it is asked again.
	Exposures(account bool) []Exposure
	// Stakes returns Exposures in sums, and the total of Gross; at no allocation.
	Stakes(account bool) ([]Stake, market.Sum)
	// CountedAt returns the price at which an order was counted when the rules saw it, in
	// quote; 0 where none did.
	CountedAt(id market.OrderID) decimal.Decimal
	// Consult notes that the review at hand rests on a signal row, or on its absence.
	Consult(row *market.Signal, absent bool)
	// Protect keeps orders resting at the venue for a position: see risk.Desk.
	Protect(owner any, rule string, i market.InstrumentID, p Protection)
	// CanRest reports whether the venue takes stop orders on an instrument.
	CanRest(i market.InstrumentID) bool
}

// Instance is what a strategy is given at its start.
type Instance struct {
	Market      *Market
	Trader      Trader
	Name        string
	Instruments []market.InstrumentID
	Interval    market.Interval // the default of its bar queries
	Seed        uint64
	Log         *slog.Logger
	Reads       []market.SignalRef // signal rows read in this instant
}

// Read notes that a decision of this instant may rest on a signal row, or on its absence.
func (d *Instance) Read(row *market.Signal, absent bool) {
	ref := row.Ref()
	ref.Absent = absent
	for i := range d.Reads {
		if d.Reads[i] == ref {
			return
		}
	}
	d.Reads = append(d.Reads, ref)
}
