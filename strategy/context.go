package strategy

import (
	"log/slog"
	"math/rand/v2"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Context is what a callback may read and do. It must not be kept.
type Context struct{ host *Host }

// Now returns the time of the instant: the close of the bars that have just closed.
func (c *Context) Now() market.Time { return c.host.hub.Desk.Market.Now }

// Warm reports, in a bar callback, whether that series has its Warmup bars, and
// elsewhere whether every subscribed series has.
func (c *Context) Warm() bool { return c.host.hub.Warm() }

// WarmFor reports whether every subscribed series of one instrument is warm, so that an order
// for it is not refused for that. A portfolio asks it, whose instruments list at different times.
func (c *Context) WarmFor(i market.InstrumentID) bool { return c.host.hub.WarmFor(i) }

// Price returns the last close of an instrument's execution series, in quote; 0
// before the first bar.
func (c *Context) Price(i market.InstrumentID) float64 { return c.host.hub.Desk.Market.Price[i] }

// Instrument returns an instrument with its filters as of now (semantics X11).
func (c *Context) Instrument(i market.InstrumentID) market.Instrument {
	return c.host.hub.Desk.Market.Instruments[i]
}

// Position returns what the strategy holds of an instrument, in base; negative where it
// is short.
func (c *Context) Position(i market.InstrumentID) decimal.Decimal {
	return c.host.hub.Desk.Trader.Position(i)
}

// Equity returns the strategy's own equity in quote: its cash, and its positions
// and dust at the last close.
func (c *Context) Equity() decimal.Decimal { return c.host.hub.Desk.Trader.Equity() }

// Cash returns the strategy's own cash that no working order reserves, in quote. On
// perpetuals it is the free margin: equity less what positions and working orders need.
// It stays the same within an instant: what was asked for in it works only after the last
// callback, and is refused where nothing is left. Divide it among those that may enter
// at once.
func (c *Context) Cash() decimal.Decimal { return c.host.hub.Desk.Trader.Cash() }

// OpenOrders returns the strategy's working orders on an instrument, oldest first.
// The slice is the caller's. What was asked for in this instant works only after its last
// callback; Order knows it at once.
// Those that the engine keeps for rules, to protect a position, are not among them.
func (c *Context) OpenOrders(i market.InstrumentID) []market.Order {
	return c.host.hub.Desk.Trader.OpenOrders(i)
}

// Order returns one of the strategy's orders and where it stands.
func (c *Context) Order(id market.OrderID) (market.Order, market.State, bool) {
	return c.host.hub.Desk.Trader.Order(id)
}

// Submit asks for an order. It leaves after the last callback of the instant, if the
// rules let it. The error is ErrWarmup, or says what is wrong with the order; a
// rule's refusal comes later, as an update.
// An exit on spot that needs the base which protection of a rule locks waits, pending, until
// that has let go of it: see risk.Desk.Protect.
func (c *Context) Submit(o market.Order) (market.OrderID, error) {
	if err := c.host.ready(o.Instrument); err != nil {
		return market.OrderID{}, err
	}
	return c.host.hub.Desk.Trader.Submit(o)
}

// SubmitLinked asks for an entry with the exits that protect it, or for two exits of a
// position that exclude each other: see [market.Bracket], [market.OTO] and [market.OCO].
// It returns the id of the entry, if there is one, then those of the exits. They leave
// together after the last callback of the instant, or are refused together: the entry is
// reviewed as any order, and what a rule cuts of it the exits follow. Exits close, so no
// limit or halt concerns them. The error is ErrWarmup, or says what is wrong.
//
// Of a list of the venue (market.ByVenue), exits that name no quantity take that of the
// entry less the fee that it may pay in what it receives, others at most that; they live
// once the entry, a limit order, has filled whole.
// Of a bracket of the engine (market.ByEngine), exits that name no quantity take whatever
// the entry brought after its fees, with each of its fills; a quantity that is named is
// the most they take. Exits lock what the entry brought for them, once for both.
//
// Cancelling the entry ends the exits that wait, not those that live. Cancelling an exit
// ends that one alone.
func (c *Context) SubmitLinked(l market.Linked) ([]market.OrderID, error) {
	for k := range l.Exits {
		if err := c.host.ready(l.Exits[k].Instrument); err != nil {
			return nil, err
		}
	}
	return c.host.hub.Desk.Trader.SubmitLinked(l)
}

// Replace asks for an order in the place of a working one on the same instrument and
// side. It is reviewed as a new order is, while what the old one holds back counts as
// free for it; if it is refused, the old one stays. The venue cancels the old order
// first, and rejects the new one where that fails. What the old one traded is not taken
// off the new one; where too little is left to fund that, the engine cancels it.
//
// An exit is replaced once its entry has ended: the new order takes its place beside the
// other exit, and what is left to close where it names no quantity. An entry whose exits
// wait cannot be replaced.
func (c *Context) Replace(id market.OrderID, o market.Order) (market.OrderID, error) {
	if err := c.host.ready(o.Instrument); err != nil {
		return market.OrderID{}, err
	}
	return c.host.hub.Desk.Trader.Replace(id, o)
}

// Cancel asks for the end of an order. The outcome comes as an update.
func (c *Context) Cancel(id market.OrderID) error { return c.host.hub.Desk.Trader.Cancel(id) }

// Amend asks for another quantity and limit price of a resting limit order; it loses
// its place in the queue. Replace does for every other change.
func (c *Context) Amend(id market.OrderID, quantity, price decimal.Decimal) error {
	return c.host.hub.Desk.Trader.Amend(id, quantity, price)
}

// Target asks for a position worth weight × Equity (semantics D1): 1 is all in, 0 is
// out. Orders follow until the position is there. A negative weight is a short position,
// which spot refuses.
func (c *Context) Target(i market.InstrumentID, weight float64) error {
	if err := c.host.ready(i); err != nil {
		return err
	}
	return c.host.hub.Desk.Trader.Target(i, weight)
}

// A Weight is one instrument's share of equity.
type Weight struct {
	Instrument market.InstrumentID
	Weight     float64
}

// Targets asks for several positions at once; instruments not named are left alone.
// Decreases leave before increases.
func (c *Context) Targets(list []Weight) error {
	for _, w := range list {
		if err := c.Target(w.Instrument, w.Weight); err != nil {
			return err
		}
	}
	return nil
}

// Fail ends the strategy: its callbacks stop, its working orders that would add risk
// are cancelled, and the run says why. Its position stays.
func (c *Context) Fail(err error) { c.host.hub.Desk.Trader.Fail(err) }

// Must fails with an error, and does nothing without one: ctx.Must(ctx.Target(id, 1)) is for
// what cannot be refused but by a mistake. The callback goes on behind it.
func (c *Context) Must(err error) {
	if err != nil {
		c.Fail(err)
	}
}

// Logger returns a logger that names the strategy. It is silent in a backtest unless
// asked.
func (c *Context) Logger() *slog.Logger { return c.host.hub.Desk.Log }

// Rand returns the strategy's own source of chance, seeded by the run's seed and the
// strategy's name (semantics X12).
func (c *Context) Rand() *rand.Rand { return c.host.rand() }
