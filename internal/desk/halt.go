package desk

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Halt stops new risk in a strategy or the account.
type Halt struct {
	Rule       string
	Owner      any                 // whose it is: rules of several chains may share a name
	Text       string              // what was measured, and when it lifts
	Account    bool                // the whole account rather than one strategy
	Instrument market.InstrumentID // NoInstrument: all
	Side       market.Side         // Buy: new risk on the long side alone, Sell: on the short one; 0: both
	Until      market.Time         // when it lifts by itself; 0: never
	Action     Action
}

// Covers reports whether a halt is about an instrument.
func (h *Halt) Covers(i market.InstrumentID) bool {
	return h.Instrument == market.NoInstrument || h.Instrument == i
}

// Stops reports whether a halt is about orders of a side that add risk.
func (h *Halt) Stops(side market.Side) bool { return h.Side == 0 || h.Side == side }

// Action is what a halt does.
type Action int8

// The actions.
const (
	// ReduceOnly lets nothing pass that adds risk.
	ReduceOnly Action = iota
	// Lock lets no new position be opened. Adding to an open one is allowed.
	Lock
	// Flatten does what ReduceOnly does, and closes the positions.
	Flatten
)

var actions = []string{"reduce_only", "lock", "flatten"}

// String returns the action as the configuration writes it.
func (a Action) String() string { return actions[a] }

// ParseAction reads what String writes.
func ParseAction(s string) (Action, error) {
	k := slices.Index(actions, s)
	if k < 0 {
		return 0, fmt.Errorf("action = %q must be lock, reduce_only or flatten", s)
	}
	return Action(k), nil
}

// Trouble is what the session has to say of the venue.
type Trouble struct {
	Kind  string // "venue", "reconcile"
	Scope string // a strategy, or "" for the whole account
	Text  string
}

// Exposure is what a strategy or the account may come to hold of one instrument, in quote
// at the worst price of the collar: with every working order of a side that adds.
type Exposure struct {
	Instrument  market.InstrumentID
	Long, Short decimal.Decimal
	Held        decimal.Decimal // base of the positions, negative where short
}

// Stake is an Exposure in sums.
type Stake struct {
	Instrument        market.InstrumentID
	Long, Short, Held market.Sum
	Gross             market.Sum // the larger of Long and Short
}

// Protection is what rests at the venue for a position. Zero prices ask for nothing.
type Protection struct {
	Stop   decimal.Decimal // where all of it is closed by the market, in quote
	Target decimal.Decimal // the limit price at which it is taken, in quote
	Reason string          // of the orders
}
