// Package exchange is the contract of venues: where prices come from, and where orders go.
//
// There are only a few types. A [Market] is the public side of a venue, which needs no
// key; a [Broker] the private side, one account. Both are made by an [Exchange], whose
// fields are its configuration; a [Plugin] names it. A [Fault] says what a failed request
// means for an order: that it does not exist, that it may exist, or that it was never
// sent. [Names] are what our orders are called at a venue.
//
// # Caveats
//
// A time-out is [ErrUnknown], never a failure: the order may exist. It is found by
// [Broker.Order] or by the updates, and never sent again (semantics L2). Adapters reach
// for the world through [Env] alone. An adapter may be tested with package exchangetest
// in one line.
package exchange

import (
	"context"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Market is the public side of a venue. Its methods may be called concurrently.
type Market interface {
	// Instruments returns what is traded under the symbols, in their order, with the
	// filters of now; all that trades where there are no symbols. IDs are 0. A symbol that
	// the venue does not list is an error.
	Instruments(ctx context.Context, symbols []string) ([]market.Instrument, error)

	// Bars yields the bars with from ≤ open time < to that have closed by the venue's
	// clock, in rising time. An error ends them, and those before it are good.
	Bars(ctx context.Context, i market.Instrument, interval market.Interval, from, to market.Time) iter.Seq2[market.Bar, error]

	// Stream emits what happens until ctx ends, and returns its error then, or a Fault
	// that trying again does not mend. It connects again by itself, as often as it takes.
	// ready is called once, when everything is subscribed. emit is called by one
	// goroutine at a time; while it runs nothing is read, so it should not wait. Each
	// subscription's bars rise in time and none comes twice. What was missed is announced
	// by a Gap and then asked for, as far as the venue has it, before newer bars follow.
	Stream(ctx context.Context, subs []Subscription, ready func(), emit func(Event)) error
}

// Subscription asks for the bars of an instrument as they close and, of a perpetual, for its
// fundings.
type Subscription struct {
	Instrument market.Instrument
	Interval   market.Interval
	// After is the close time of the newest bar that is there already; later ones that
	// closed before the stream began come first. 0 asks for none of the past.
	After market.Time
}

// Event is one thing that a market said: a Funding, a Gap or, where both are nil, a Bar.
type Event struct {
	Subscription int // index of the one it belongs to
	Bar          market.Bar
	Late         bool // the bar was asked for after a gap, or after the stream began
	Funding      *market.Funding
	Gap          *Gap
}

// Gap is a span in which a stream may have missed something.
type Gap struct {
	From, To market.Time // From is when something was heard last
	Reason   string      // what happened, for an operator
}

// Broker is the private side of a venue: one account. Its methods may be called
// concurrently. Errors are a [*Fault], or the context's before anything was sent.
type Broker interface {
	// Account asks for all that the account has.
	Account(ctx context.Context) (Account, error)

	// Submit sends an order, once. It returns where the order stands, without a fill: fills
	// come from Updates and Fills, each once. After ErrUnknown the order may exist.
	// The order has been put on the grids of its instrument, and names Quantity or, a
	// market buy on spot, Quote. Parent, Group and Profile are not the venue's business:
	// see [Lister].
	Submit(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error)

	// Cancel asks for the end of an order. That it has ended already is ErrNotFound; what
	// became of it is for Order to say.
	Cancel(ctx context.Context, i market.Instrument, id market.OrderID) error

	// Order asks where an order stands. ErrNotFound is not yet proof of absence: the venue
	// may not know it yet.
	Order(ctx context.Context, i market.Instrument, id market.OrderID) (market.OrderUpdate, error)

	// Fills yields the fills of an instrument after a cursor, oldest first, those of orders
	// that are not ours with an ID of 0. An error ends them, and those before it are good.
	Fills(ctx context.Context, i market.Instrument, after Cursor) iter.Seq2[Fill, error]

	// Updates emits what becomes of orders and of the account until ctx ends, as
	// [Market.Stream] does. ready is called whenever the venue has confirmed the
	// subscription: what happened before is for Account, Order and Fills to say. A Gap is
	// announced before each call of ready but the first.
	Updates(ctx context.Context, ready func(), emit func(AccountEvent)) error
}

// AccountEvent is one thing that a venue said of the account: one of its fields is set.
type AccountEvent struct {
	Update *market.OrderUpdate // of an order, with at most one fill; ID is 0 where it is not ours
	Flow   *market.Flow        // money that moved without an order
	Gap    *Gap                // updates of that span may be missing
	Fault  *Fault              // the account cannot trade any more, in the venue's words
	Client string              // of Update: what the venue calls the order
	Cause  string              // of Flow: the venue's word for it, such as "FUNDING_FEE"; a funding is a [market.Event] too
}

// Account is what an account has.
type Account struct {
	Time      market.Time // by the venue's clock
	Balances  []Balance   // by asset; those of nothing are left out
	Positions []Position  // of perpetuals, by symbol; flat ones are left out
	Orders    []Open      // that work, oldest first, those that are not ours too
	CanTrade  bool
}

// Balance is what an account has of an asset.
type Balance struct {
	Asset        string
	Free, Locked decimal.Decimal
}

// Position is what an account has of a perpetual.
type Position struct {
	Symbol   string
	Quantity decimal.Decimal // negative: short
	Entry    decimal.Decimal // average price
	Leverage decimal.Decimal
	Isolated bool
}

// Open is an order that works at the venue.
type Open struct {
	Client  string          // what it is called there
	Order   market.Order    // ID is 0 where it is not ours; Instrument is not set
	Symbol  string          //
	Filled  decimal.Decimal // in base
	Created market.Time
}

// Cursor is where a reader of fills has got to. The zero value is before everything that the
// venue still tells.
type Cursor struct {
	Trade string      // the venue's id of the last trade seen; "" is none
	Time  market.Time // of it
}

// Fill is a fill as [Broker.Fills] finds it.
type Fill struct {
	market.Fill
	ID     market.OrderID // 0: the order is not ours
	Client string         // what the venue calls the order; "" where it does not say
	Symbol string
	Side   market.Side // of the order; 0: the venue does not say
}

// Lister is a Broker whose venue links orders itself (semantics X10): all are sent in one
// request, which comes to exist whole or not at all. The orders are an entry and its
// exits, or two exits, with Parent and Group set.
type Lister interface {
	// SubmitList sends the list, once, and returns where each order stands, as Submit does.
	SubmitList(ctx context.Context, i market.Instrument, orders []market.Order) ([]market.OrderUpdate, error)
}

// Amender is a Broker whose venue changes resting limit orders in place: o is the order as
// it is to be, under the ID that it has.
type Amender interface {
	// Amend sends the change, once, and returns where the order stands.
	Amend(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error)
}

// Preparer is a Broker whose venue keeps settings of each instrument for the account, such
// as its leverage.
type Preparer interface {
	// Prepare makes the settings those of the instrument. The broker does it by itself
	// before the first order; done before, it costs that order no time, and what the venue
	// refuses is known early.
	Prepare(ctx context.Context, i market.Instrument) error
}

// DeadMan is a Broker whose venue cancels the orders of an instrument unless it hears of us
// again within a time; 0 turns it off (semantics L6).
type DeadMan interface {
	// KeepAlive starts the venue's count-down anew.
	KeepAlive(ctx context.Context, i market.Instrument, within time.Duration) error
}

// Env is the outside world of an adapter, which reaches for none of it by itself. A nil
// field is what package net/http, net or time does.
type Env struct {
	HTTP *http.Client                                                         // only its Transport is used: the adapter bounds time and size itself
	Dial func(ctx context.Context, network, address string) (net.Conn, error) // of websockets
	Now  func() time.Time                                                     // the clock that requests are stamped by, as far as the venue does not correct it
	Log  *slog.Logger
	// Dir is a directory of the exchange's own, for what must outlive the process, such as
	// the end of a ban; the adapter makes it when it needs it. "" is none.
	Dir string
}

// Exchange is a configured venue. Its fields are its configuration, as a strategy's are. If
// it has a method Check() error, that says which of them make no sense together.
type Exchange interface {
	// Market returns the public side. It sends nothing.
	Market(env Env) (Market, error)
	// Broker returns the private side, after what must be known before an account is
	// traded with: the clock, the account, and what the key may do. Its orders are called
	// what names says.
	Broker(ctx context.Context, env Env, names *Names) (Broker, error)
	// Says is one line for an operator: which venue, which environment, real money or not.
	Says() string
	// Real reports whether orders cost real money.
	Real() bool
}

// Clock is a Broker that knows its venue's clock.
type Clock interface {
	// Now returns the venue's time, as far as it is known, without asking.
	Now() time.Time
	// Underway is how long after it was sent a request may still take effect.
	Underway() time.Duration
}

// Plugin makes exchanges of one type.
type Plugin struct {
	Name   string          // the type in the configuration: "binance"
	Doc    string          // one line
	Sample string          // an [exchange.X] table, in TOML
	New    func() Exchange // a pointer to a struct with the defaults in its fields
}
