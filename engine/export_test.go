package engine

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Account is what a strategy's ledger holds, for tests.
type Account struct {
	Strategy       string
	Cash, Reserved decimal.Decimal
	Holdings       []AccountHolding // by instrument
}

// AccountHolding is an account's side of one instrument.
type AccountHolding struct {
	Held, Cost, Locked, Dust, DustCost decimal.Decimal
	Trade                              *Trade
}

// Accounts returns the ledgers as they are now.
func (e *Engine) Accounts() []Account {
	var list []Account
	for _, b := range e.books {
		a := Account{Strategy: b.in.Name, Cash: b.money(), Reserved: b.reserved}
		for i := range b.positions {
			p := &b.positions[i]
			a.Holdings = append(a.Holdings, AccountHolding{p.quantity, p.cost.Decimal(), p.locked, p.dust, p.dustCost, p.trade})
		}
		list = append(list, a)
	}
	return list
}

// Working returns the orders of a strategy that have not ended.
func (e *Engine) Working(strategy string) []*Order { return e.bookOf(strategy).working }

// FloatEquity returns the equity as the curve takes it.
func (e *Engine) FloatEquity() float64 { return e.equityF() }

// FeeBalance returns what is left of the asset that pays fees.
func (e *Engine) FeeBalance() decimal.Decimal { return e.discount.held }

// LastPrice returns the last close of an instrument.
func (e *Engine) LastPrice(i market.InstrumentID) decimal.Decimal { return e.market.LastPrice(i) }

// Steal takes cash from the first strategy, past all books.
func (e *Engine) Steal(amount decimal.Decimal) {
	e.books[0].total = e.books[0].total.Minus(market.SumOf(amount))
	e.books[0].stale = true
}

// ThirdQuote returns the value of the fees of a trade that a third asset paid.
func ThirdQuote(t *Trade) decimal.Decimal { return t.Third.value() }

// Rests reports whether the engine keeps an order at the venue for a rule, Waits whether it
// has not left yet.
func (o *Order) Rests() bool { return o.shield != nil }

// Waits is described with Rests.
func (o *Order) Waits() bool { return o.waits }

// Asked returns the stop that rules have asked for, or 0: also where the position is being
// closed for it.
func (e *Engine) Asked(strategy string, i market.InstrumentID) decimal.Decimal {
	b := e.bookOf(strategy)
	s := b.shieldOf(i)
	if s == nil || s.fired != nil || b.positions[i].quantity.IsZero() {
		return decimal.Zero
	}
	if stop, _ := s.levels(b.positions[i].quantity.IsPositive()); stop != nil {
		return stop.Stop
	}
	return decimal.Zero
}
