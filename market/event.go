package market

import "github.com/shopspring/decimal"

// Kind is what an event is. Kinds of one Time apply in this order (semantics T2).
type Kind int8

// The kinds of events.
const (
	KindCommand Kind = iota + 1 // an operator's word: see Command
	KindAccount                 // a balance that changed for no order of ours
	KindUpdate                  // an order update
	KindBar                     // a bar that has closed
	KindSignal                  // a signal that became known
	KindTimer                   // a schedule of a strategy or rule
	KindFunding                 // a funding of a perpetual future; among the updates, by Funding.Time
	KindListing                 // the filters of an instrument changed; before KindAccount
)

// Rank orders the kinds of one Time: commands, listings, account, updates with funding,
// bars, signals, timers.
func (k Kind) Rank() int { return int(kindRanks[k]) }

var kindRanks = [...]int8{0, 1, 3, 4, 5, 6, 7, 4, 2}

// String returns the kind's name.
func (k Kind) String() string { return name(kindNames[:], int(k)) }

var kindNames = [...]string{"", "command", "account", "update", "bar", "signal", "timer", "funding", "listing"}

// Command is a word to the engine, carried by an event: of an operator, or of the session
// that runs it. The event's Word says what it is about.
type Command int8

// The commands.
const (
	// Kill stops all new risk on the account and cancels working orders that would
	// add to it. Positions stay; closing stays allowed.
	Kill Command = iota + 1
	// Resume lifts a Kill, a Pause, a CloseAll, and the halts of rules: those of Word.Scope
	// and Word.Rule, where they are set.
	Resume
	// Transfer moves cash between strategies, or to or from what none of them has: the
	// event's Flow says how much.
	Transfer
	// Pause does to one strategy, Word.Scope, what Kill does to all: it may only reduce.
	Pause
	// CloseAll stops new risk on Word.Scope, or on the account, and closes its positions by
	// the market.
	CloseAll
	// HaltRisk is a halt of the session's own, under the name Word.Rule, for Word.Text: of
	// Word.Symbol and Word.Side alone, until Word.Until, with Word.Action, where these are set.
	HaltRisk
	// LiftHalt ends the halt Word.Rule of the session.
	LiftHalt
	// Quit says that the process ends in good order: with Word.Cancel all working orders
	// are cancelled. Nothing is decided after it.
	Quit
	// Downtime says that no process ran from Word.Since until the event's Time: timers that
	// were due by then do not fire (semantics T5).
	Downtime
	// Adopt notes what the account has beyond the session's books, and what is not traded
	// with: the event's Flow says how much of which asset that is from now on.
	Adopt
	// Reload gives strategies other code, parameters or rules, as Word.Text describes: see
	// engine.Config.Rebuild.
	Reload
	// Trouble tells the rules that listen what is wrong with the venue, or with the account
	// there: Word.Rule is "venue" or "reconcile", Word.Scope a strategy or "" for all.
	Trouble
)

// String returns the command as the command line writes it.
func (c Command) String() string { return name(commandNames[:], int(c)) }

var commandNames = [...]string{"", "kill", "resume", "transfer", "pause", "close-all", "halt", "lift", "quit", "downtime", "adopt", "reload", "trouble"}

// Word is what a command is about.
type Word struct {
	Scope  string `json:"scope,omitzero"`  // a strategy; "" is the whole account
	Rule   string `json:"rule,omitzero"`   // the name of the halt
	Text   string `json:"text,omitzero"`   // why, and by whom: one line that a tired person understands
	Cancel bool   `json:"cancel,omitzero"` // of Quit
	Since  Time   `json:"since,omitzero"`  // of Downtime
	Symbol string `json:"symbol,omitzero"` // of HaltRisk: one instrument; "" is all
	Side   Side   `json:"side,omitzero"`   // of HaltRisk: Buy is the long side, Sell the short one; 0 is both
	Until  Time   `json:"until,omitzero"`  // of HaltRisk: when it lifts; 0 is with LiftHalt or Resume
	Action string `json:"action,omitzero"` // of HaltRisk: lock or flatten; "" is reduce_only
	// After says that it comes after everything else of its time. In replayed history a
	// word of an operator has no time of its own, and takes that of the instant before it.
	After bool `json:"after,omitzero"`
}

// An Event is one thing that became known at Time. It is thin: a bar is a row of
// shared Columns. Which fields are set depends on Kind.
type Event struct {
	Time       Time
	Kind       Kind
	Command    Command
	Instrument InstrumentID
	Row        int32
	// More says how many rows after Row are the next instants, with nothing between
	// them. Whoever handles the event may go on through them: it then moves Row and
	// Time, and takes as many off More, in place: whoever hands out a copy, or puts
	// something between, sets it to 0, which is always right.
	More     int32
	Interval Interval
	Bars     *Columns
	Signal   *Signal
	Update   *OrderUpdate
	Funding  *Funding    // of KindFunding
	Listing  *Instrument // of KindListing; ID, Fees and the account's part of Margin stay as they are
	Flow     *Flow       // of KindAccount, of Transfer and of Adopt
	Word     *Word       // of KindCommand; nil is the zero Word
}

// Funding is one exchange of money between the long and the short side of a perpetual
// future: each position pays quantity × Mark × Rate; a negative amount is received.
type Funding struct {
	Time Time            `json:"time"` // rounded to the second
	Rate decimal.Decimal `json:"rate"` // fraction of the notional
	Mark decimal.Decimal `json:"mark"` // price that it is charged on; 0 is the last close at Time
}

// Flow is money that moved without an order of ours. A deposit or, negative, a
// withdrawal has neither From nor To. A transfer names strategies there; "" is the cash
// that no strategy has.
type Flow struct {
	Asset  string          `json:"asset"`
	Amount decimal.Decimal `json:"amount"`
	From   string          `json:"from,omitzero"`
	To     string          `json:"to,omitzero"`
}

// Bar returns the bar of a KindBar event.
func (e *Event) Bar() Bar { return e.Bars.Bar(int(e.Row)) }
