package market

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// OrderID names an order within a run: the strategy it serves and a number that
// counts that strategy's orders from 1 (semantics L1).
type OrderID struct {
	Strategy string
	Sequence uint32
}

// String formats an id as strategy/sequence.
func (id OrderID) String() string {
	if id.Sequence == 0 {
		return ""
	}
	return id.Strategy + "/" + strconv.FormatUint(uint64(id.Sequence), 10)
}

// ParseOrderID reads what String prints.
func ParseOrderID(s string) (OrderID, error) {
	i := strings.LastIndexByte(s, '/')
	if i > 0 {
		if n, err := strconv.ParseUint(s[i+1:], 10, 32); err == nil && n > 0 {
			return OrderID{s[:i], uint32(n)}, nil
		}
	}
	return OrderID{}, fmt.Errorf("order id %q is not STRATEGY/NUMBER", s)
}

// MarshalText formats an id as String does.
func (id OrderID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// Side is buy or sell.
type Side int8

// The sides.
const (
	Buy Side = iota + 1
	Sell
)

// String returns "buy" or "sell".
func (s Side) String() string { return name(sideNames[:], int(s)) }

// MarshalText formats a side as String does.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var sideNames = [...]string{"", "buy", "sell"}

// Type is what kind of order it is.
type Type int8

// The order types.
const (
	Market    Type = iota + 1 // at the next open
	Limit                     // at Price or better
	Stop                      // a market order once the price reaches Stop
	StopLimit                 // a limit order at Price once the price reaches Stop
)

// String returns "market", "limit", "stop" or "stop-limit".
func (t Type) String() string { return name(typeNames[:], int(t)) }

// MarshalText formats a type as String does.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

var typeNames = [...]string{"", "market", "limit", "stop", "stop-limit"}

// TIF is how long an order stays.
type TIF int8

// The times in force.
const (
	GTC TIF = iota // until cancelled
)

// State is where an order stands.
type State int8

// The states. Those from Filled on are final.
const (
	Pending   State = iota // decided, the venue has not answered
	Accepted               // the venue holds it
	Partial                // part of it has traded, the rest rests
	Filled                 // all of it has traded
	Cancelled              // ended on request
	Expired                // ended by the venue: no volume, too long a wait
	Rejected               // the venue never took it
	Refused                // a risk rule or the engine stopped it; it never left
)

// Final reports whether nothing can happen to the order any more.
func (s State) Final() bool { return s >= Filled }

// String returns the state in lower case.
func (s State) String() string { return name(stateNames[:], int(s)) }

// MarshalText formats a state as String does.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var stateNames = [...]string{"pending", "accepted", "partial", "filled", "cancelled", "expired", "rejected", "refused"}

func name(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return "invalid(" + strconv.Itoa(i) + ")"
	}
	return names[i]
}

// An Order is one intent to trade. A market buy names Quantity or Quote; every
// other order names Quantity.
type Order struct {
	ID         OrderID         `json:"id"`
	Strategy   string          `json:"strategy"`
	Instrument InstrumentID    `json:"instrument"`
	Side       Side            `json:"side"`
	Type       Type            `json:"type"`
	TIF        TIF             `json:"tif,omitzero"`
	Quantity   decimal.Decimal `json:"quantity,omitzero"`    // in base
	Quote      decimal.Decimal `json:"quote,omitzero"`       // in quote: what a market buy may spend, fee included where it is paid in quote
	Price      decimal.Decimal `json:"price,omitzero"`       // of limit and stop-limit
	Stop       decimal.Decimal `json:"stop,omitzero"`        // of stop and stop-limit
	PostOnly   bool            `json:"post_only,omitzero"`   // of limit: rejected where it would trade on arrival
	ReduceOnly bool            `json:"reduce_only,omitzero"` // never opens or flips a position; the engine cuts it to the position
	Reason     string          `json:"reason,omitzero"`      // the strategy's or the rule's own words, kept to the report
}

// Triggered reports whether the order waits for a stop price.
func (o *Order) Triggered() bool { return o.Type == Stop || o.Type == StopLimit }

// Priced reports whether the order carries a limit price.
func (o *Order) Priced() bool { return o.Type == Limit || o.Type == StopLimit }

// Validate reports what makes an order meaningless, whatever the instrument.
func (o *Order) Validate() error {
	switch {
	case o.Side != Buy && o.Side != Sell:
		return fmt.Errorf("order has no side")
	case o.Type < Market || o.Type > StopLimit:
		return fmt.Errorf("order has no type")
	case o.TIF != GTC:
		return fmt.Errorf("time in force %d is not supported", o.TIF)
	case o.Quantity.IsNegative() || o.Quote.IsNegative():
		return fmt.Errorf("order for %s (quote %s): amounts must not be negative", o.Quantity, o.Quote)
	case o.Quantity.IsPositive() && o.Quote.IsPositive():
		return fmt.Errorf("order names both a quantity and a quote amount: name one")
	case o.Quote.IsPositive() && (o.Type != Market || o.Side != Buy):
		return fmt.Errorf("a quote amount is for market buys only")
	case o.Priced() != o.Price.IsPositive():
		return fmt.Errorf("a %s order with limit price %s", o.Type, o.Price)
	case o.Triggered() != o.Stop.IsPositive():
		return fmt.Errorf("a %s order with stop price %s", o.Type, o.Stop)
	case o.PostOnly && o.Type != Limit:
		return fmt.Errorf("post-only is for limit orders")
	}
	return nil
}

// A Fill is one execution of part of an order.
type Fill struct {
	Trade    string          `json:"trade,omitzero"` // the venue's id of the trade
	Time     Time            `json:"time"`           // when it traded: the bar's open for fills at the open, its close otherwise
	Price    decimal.Decimal `json:"price"`
	Quantity decimal.Decimal `json:"quantity,omitzero"` // in base, before the fee
	Fee      decimal.Decimal `json:"fee,omitzero"`
	FeeAsset string          `json:"fee_asset,omitzero"`
	Maker    bool            `json:"maker,omitzero"`
}

// Reasons of updates that engines act on.
const (
	NoVolume      = "volume"         // of Expired: the bar's volume did not suffice
	Amended       = "amended"        // the order has the quantity and price asked for
	AmendRejected = "amend rejected" // the order is as it was
)

// An OrderUpdate is what a venue says of an order: a new state, with at most one
// fill. Filled is cumulative, so that a repeated or missing update shows.
type OrderUpdate struct {
	ID     OrderID         `json:"id"`
	Symbol string          `json:"symbol"`
	State  State           `json:"state"`
	Fill   *Fill           `json:"fill,omitzero"`
	Filled decimal.Decimal `json:"filled,omitzero"` // in base, all fills so far
	Time   Time            `json:"time"`            // when it became known
	Reason string          `json:"reason,omitzero"` // of a rejection, expiry or refusal
}
