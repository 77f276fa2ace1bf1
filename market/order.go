package market

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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

// Type is what kind of order it is: [Market], [Limit], [Stop], [StopLimit], [TakeProfit],
// [TakeProfitLimit] or [TrailingStop]. 0 is no type.
type Type int8

// The order types. A stop waits for the price to move against the trader's position (up
// for a buy, down for a sell), a take-profit for the other way.
const (
	Market          Type = iota + 1 // at the next open
	Limit                           // at Price or better
	Stop                            // a market order once the price reaches Stop
	StopLimit                       // a limit order at Price once the price reaches Stop
	TakeProfit                      // a market order once the price reaches Stop
	TakeProfitLimit                 // a limit order at Price once the price reaches Stop
	TrailingStop                    // a market order once the price turns back by Trail from its best
)

// String returns "market", "limit", "stop", "stop-limit", "take-profit",
// "take-profit-limit" or "trailing-stop".
func (t Type) String() string { return name(typeNames[:], int(t)) }

// MarshalText formats a type as String does.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

var typeNames = [...]string{"", "market", "limit", "stop", "stop-limit", "take-profit", "take-profit-limit", "trailing-stop"}

// Types lists the order types.
func Types() []Type {
	return []Type{Market, Limit, Stop, StopLimit, TakeProfit, TakeProfitLimit, TrailingStop}
}

// TIF is how long an order stays: [GTC], [IOC], [FOK] or [GTD]. 0 is GTC.
type TIF int8

// The times in force.
const (
	GTC TIF = iota // until cancelled
	IOC            // what does not trade in the first bar's open expires
	FOK            // all of it trades at the first bar's open, or nothing
	GTD            // until Expire
)

// String returns "gtc", "ioc", "fok" or "gtd".
func (t TIF) String() string { return name(tifNames[:], int(t)) }

// MarshalText formats a time in force as String does.
func (t TIF) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

var tifNames = [...]string{"gtc", "ioc", "fok", "gtd"}

// TrailUnit is what the distance of a trailing stop counts: [TrailPrice] is quote, with
// [TrailPercent] 1 is 1 %, and with [TrailBps] 100 is 1 % of the best price. 0 is
// TrailPrice.
type TrailUnit int8

// The units of a trailing distance.
const (
	TrailPrice   TrailUnit = iota // in quote
	TrailPercent                  // of the best price: 1 is 1 %
	TrailBps                      // of the best price: 100 is 1 %
)

// String returns "price", "percent" or "bps".
func (u TrailUnit) String() string { return name(trailNames[:], int(u)) }

// MarshalText formats a unit as String does.
func (u TrailUnit) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

var trailNames = [...]string{"price", "percent", "bps"}

// Trail is how a trailing stop follows the price: with By 1 one of quote behind its best,
// 1 % with [TrailPercent], 0.01 % with [TrailBps].
type Trail struct {
	By       decimal.Decimal `json:"by"` // how far behind the best price the stop stays
	Unit     TrailUnit       `json:"unit"`
	Activate decimal.Decimal `json:"activate,omitzero"` // it follows once the price reaches this; 0 is from its arrival
}

// Profile says who keeps linked orders together, and so by which rules (semantics X10):
// [ByVenue] or [ByEngine]; [Unlinked] is an order by itself.
type Profile int8

// The profiles.
const (
	Unlinked Profile = iota
	// ByVenue is a list of the venue: exits appear on the full fill of their entry, with
	// the quantity they named; a partial fill of one cancels the others of its group.
	ByVenue
	// ByEngine is a bracket of our own: exits grow with each fill of their entry, to
	// what was received after the fee, and share one remaining quantity.
	ByEngine
)

// String returns "unlinked", "venue" or "engine".
func (p Profile) String() string { return name(profileNames[:], int(p)) }

// MarshalText formats a profile as String does.
func (p Profile) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

var profileNames = [...]string{"unlinked", "venue", "engine"}

// State is where an order stands: [Pending], [Accepted] or [Partial] while it works, and at
// the end [Filled], [Cancelled], [Expired], [Rejected] or [Refused]: see [State.Final].
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

// An Order is one intent to trade. A market buy names Quantity or Quote, every other order
// Quantity. It may name neither where something else says how much: the sizer in the
// strategy's configuration, for what adds risk, and the entry, for the exits of [Linked]
// orders.
type Order struct {
	ID         OrderID         `json:"id"`
	Strategy   string          `json:"strategy"`
	Instrument InstrumentID    `json:"instrument"`
	Side       Side            `json:"side"`
	Type       Type            `json:"type"`
	TIF        TIF             `json:"tif,omitzero"`
	Expire     Time            `json:"expire,omitzero"`      // of GTD: it takes part in no bar that opens then or later
	Quantity   decimal.Decimal `json:"quantity,omitzero"`    // in base
	Quote      decimal.Decimal `json:"quote,omitzero"`       // in quote: what a market buy may spend, fee included where it is paid in quote
	Price      decimal.Decimal `json:"price,omitzero"`       // of limit and stop-limit
	Stop       decimal.Decimal `json:"stop,omitzero"`        // of stops and take-profits: the price that triggers
	Trail      Trail           `json:"trail,omitzero"`       // of a trailing stop
	PostOnly   bool            `json:"post_only,omitzero"`   // of limit: rejected where it would trade on arrival
	ReduceOnly bool            `json:"reduce_only,omitzero"` // never opens or flips a position; the engine cuts it to the position
	Parent     OrderID         `json:"parent,omitzero"`      // the entry whose fill brings this exit to life
	Group      string          `json:"group,omitzero"`       // orders of one group exclude each other
	Profile    Profile         `json:"profile,omitzero"`     // who keeps Parent and Group
	Replaces   OrderID         `json:"replaces,omitzero"`    // cancelled first; where that fails, this order is rejected
	// ExpireAfter is a convenience of Submit: the order becomes GTD, and expires that long
	// after it was decided.
	ExpireAfter Duration `json:"-"`
	Reason      string   `json:"reason,omitzero"` // the strategy's or the rule's own words, kept to the report
}

// Triggered reports whether the order waits for a stop price.
func (o *Order) Triggered() bool { return o.Type >= Stop && o.Type <= TakeProfitLimit }

// Priced reports whether the order carries a limit price.
func (o *Order) Priced() bool {
	return o.Type == Limit || o.Type == StopLimit || o.Type == TakeProfitLimit
}

// Protects reports whether an exit limits the loss, rather than taking the profit.
func (o *Order) Protects() bool {
	return o.Type == Stop || o.Type == StopLimit || o.Type == TrailingStop
}

// Rises reports whether a rising price triggers the order: a stop buy or a take-profit
// sell. Only of orders that are Triggered or trail.
func (o *Order) Rises() bool {
	return (o.Side == Buy) != (o.Type == TakeProfit || o.Type == TakeProfitLimit)
}

// Validate reports what makes an order meaningless, whatever the instrument.
func (o *Order) Validate() error {
	switch {
	case o.Side != Buy && o.Side != Sell:
		return fmt.Errorf("order has no side")
	case o.Type < Market || o.Type > TrailingStop:
		return fmt.Errorf("order has no type")
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
	if err := o.validateTrail(); err != nil {
		return err
	}
	return o.validateTIF()
}

func (o *Order) validateTrail() error {
	switch t := &o.Trail; {
	case (o.Type == TrailingStop) != t.By.IsPositive() || t.By.IsNegative() || t.Activate.IsNegative():
		return fmt.Errorf("a %s order that trails by %s from %s", o.Type, t.By, t.Activate)
	case t.Unit < TrailPrice || t.Unit > TrailBps:
		return fmt.Errorf("trailing distance in unit %d", t.Unit)
	case t.Unit == TrailPercent && !t.By.LessThan(decimal.New(100, 0)), t.Unit == TrailBps && !t.By.LessThan(decimal.New(10_000, 0)):
		return fmt.Errorf("trailing distance of %s %s is all of the price", t.By, t.Unit)
	}
	return nil
}

func (o *Order) validateTIF() error {
	switch {
	case o.TIF < GTC || o.TIF > GTD:
		return fmt.Errorf("time in force %d is unknown", o.TIF)
	case o.ExpireAfter < 0 || o.ExpireAfter > 0 && (o.Expire != 0 || o.TIF == IOC || o.TIF == FOK):
		return fmt.Errorf("a %s order that expires after %s: that excludes a time, ioc and fok", o.TIF, time.Duration(o.ExpireAfter))
	case o.ExpireAfter == 0 && (o.TIF == GTD) != (o.Expire > 0):
		return fmt.Errorf("a %s order that expires at %d: a gtd order names its time, others none", o.TIF, o.Expire)
	case (o.TIF == IOC || o.TIF == FOK) && (o.Triggered() || o.Type == TrailingStop || o.PostOnly):
		return fmt.Errorf("a %s order cannot wait: %s is for market and limit orders that may take", o.Type, o.TIF)
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
	NoVolume      = "volume"                    // of Expired: the bar's volume did not suffice
	Amended       = "amended"                   // the order has the quantity and price asked for
	AmendRejected = "amend rejected"            // the order is as it was
	Waiting       = "waits"                     // of Accepted: an exit whose entry has not filled; Accepted without it means that it lives
	EntryEnded    = "entry ended"               // of Cancelled: an exit whose entry ended and brought nothing to exit from
	ExitFilled    = "exit filled"               // of Cancelled: another exit of the group filled, or an exit of the entry did
	TimeInForce   = "time in force"             // of Expired: ioc, fok or gtd ended the order
	Replaced      = "replaced"                  // of Cancelled: another order took its place
	Liquidation   = "liquidation"               // the venue closed the position
	WouldTrigger  = "would trigger immediately" // of Rejected: the last close has met the trigger price already
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
