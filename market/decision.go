package market

import (
	"fmt"
	"strings"
)

// Action is what a decision asks of the venue.
type Action int8

// The actions.
const (
	Submit Action = iota + 1
	Cancel
	Amend
)

// String returns "submit", "cancel" or "amend".
func (a Action) String() string { return name(actionNames[:], int(a)) }

// MarshalText formats an action as String does.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

var actionNames = [...]string{"", "submit", "cancel", "amend"}

// A Decision is one thing that the engine did for a strategy, with what led to it.
type Decision struct {
	Time    Time        `json:"time"`
	Action  Action      `json:"action"`
	Order   Order       `json:"order,omitzero"`
	Checks  []Check     `json:"checks,omitzero"`  // rules that looked at it, in order
	Inputs  []SignalRef `json:"inputs,omitzero"`  // signal rows that the strategy read in this instant
	Refused *Refusal    `json:"refused,omitzero"` // set where the order never left
}

// A Check is one rule's look at an order.
type Check struct {
	Rule     string `json:"rule"`
	Measured string `json:"measured,omitzero"`
	Limit    string `json:"limit,omitzero"`
	Cut      bool   `json:"cut,omitzero"` // the rule made the order smaller
}

// A Refusal is a rule's no. It is an error, and wraps nothing.
type Refusal struct {
	Rule     string `json:"rule"`              // which rule, or "engine"
	Measured string `json:"measured,omitzero"` // what it measured, with its unit
	Limit    string `json:"limit,omitzero"`    // what it allows
}

// Error says which rule refused and why.
func (r *Refusal) Error() string {
	if r.Limit == "" {
		return fmt.Sprintf("%s: %s", r.Rule, r.Measured)
	}
	return fmt.Sprintf("%s: %s, limit %s", r.Rule, r.Measured, r.Limit)
}

// RecordKind is what a journal record holds.
type RecordKind int8

// The kinds of records.
const (
	RecordEvent    RecordKind = iota + 1 // an event that the engine was given
	RecordDecision                       // a decision that it made
	RecordHalt                           // a halt or its end, or a strategy that failed
	RecordSetup                          // what the session was set up with, for who runs it again; no engine makes it
)

// A Record is one line of a journal. Records of one instant are committed together.
type Record struct {
	Kind     RecordKind
	Time     Time
	Event    Event     // of RecordEvent
	Decision *Decision // of RecordDecision
	Scope    string    // of RecordHalt: "account", or a strategy's name; of RecordSetup: what Text is
	Text     string    // of RecordHalt: which rule, and why; "" where the halt ends. Of RecordSetup: a document
}

// Halts reports whether a record tells of new risk that a rule, the session or an operator
// stops: not of its end, of a strategy that stopped, or of what a rule notes.
func (r *Record) Halts() bool {
	name, _, ok := strings.Cut(r.Text, ": ")
	rule, _, _ := strings.Cut(name, " on ")
	return r.Kind == RecordHalt && ok && rule != "stopped" && !strings.Contains(rule, " ")
}
