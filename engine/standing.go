package engine

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Now returns the time of the last instant; 0 before the first.
func (e *Engine) Now() market.Time { return e.market.Now }

// Cash returns the cash of the account, with what working orders reserve; on perpetuals
// its equity.
func (e *Engine) Cash() decimal.Decimal { return e.cash() }

// Instruments returns the instruments as they are now, by their ids. They are the engine's.
func (e *Engine) Instruments() []market.Instrument { return e.cfg.Instruments }

// Halts returns the halts that stand, oldest first.
func (e *Engine) Halts() []Halt { return slices.Clone(e.halts) }

// HaltedBy says who made a halt: the "operator"; a "rule"; the "session" that runs the
// engine; or the "engine" itself, for cash that was withdrawn and is not there: that one
// ends with a deposit, and not with Resume.
func (e *Engine) HaltedBy(h *Halt) string {
	switch {
	case e.overdrawn(h):
		return "engine"
	case h.Owner != nil:
		return "rule"
	case h.Rule == killRule || h.Rule == pauseRule || h.Rule == closeAllRule:
		return "operator"
	}
	return "session"
}

// Orders returns all orders, in order of decision. They are the engine's.
func (e *Engine) Orders() []*Order { return e.orders }

// Books returns the strategies' sides of the engine, by name.
func (e *Engine) Books() []Book {
	list := make([]Book, len(e.books))
	for k, b := range e.books {
		list[k] = Book{b}
	}
	return list
}

// Book is one strategy's side of an engine, to be read between two instants: what its
// methods return is the engine's, and good until the next.
type Book struct{ book *book }

// Name returns the strategy's name.
func (b Book) Name() string { return b.book.in.Name }

// Instruments returns what it trades.
func (b Book) Instruments() []market.InstrumentID { return b.book.in.Instruments }

// Weight returns its share of the account's cash at the start.
func (b Book) Weight() decimal.Decimal { return b.book.in.Weight }

// Equity returns its cash and positions at the last close, in quote.
func (b Book) Equity() decimal.Decimal { return b.book.Equity() }

// Cash returns its cash that no working order reserves, in quote; on perpetuals the free
// margin.
func (b Book) Cash() decimal.Decimal { return b.book.Cash() }

// Removed reports whether a reload took it out of the configuration.
func (b Book) Removed() bool { return b.book.removed }

// Fault returns why it stopped, or nil.
func (b Book) Fault() error { return b.book.fault }

// Halted reports whether a halt covers it.
func (b Book) Halted() bool { return b.book.halted() != nil }

// Working returns its orders that are not final, in order of decision.
func (b Book) Working() []*Order { return b.book.working }

// Holdings returns its open positions, by instrument.
func (b Book) Holdings() []Holding {
	r := &Result{}
	b.book.engine.holdings(r, b.book)
	return r.Open
}
