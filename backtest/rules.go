package backtest

import (
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// RulesSchema names the published form of a comparison of risk rules.
const RulesSchema = "signalman.rules/1"

// Rules compares runs that differ in the risk rules of their strategies: without any, with
// each alone, and with all.
type Rules struct {
	Schema string `json:"schema"`
	Compared
	Runs []RuleRun `json:"runs"`
}

// RuleRun is one of the runs.
type RuleRun struct {
	Rules []string `json:"rules"` // those that looked at orders; of several chains as CHAIN/RULE
	Headline
	Refusals map[string]int `json:"refusals"` // orders refused, by rule
	Cuts     map[string]int `json:"cuts"`     // how often a rule made an order smaller
	Exits    map[string]int `json:"exits"`    // orders that rules made, or had the engine keep, and that filled
	Halts    []HaltLine     `json:"halts"`
	Refused  *RuleExample   `json:"refused"` // the first order that a rule refused; null without one
	Cut      *RuleExample   `json:"cut"`     // the first that a rule made smaller
	Exit     *RuleExample   `json:"exit"`    // the first that a rule made and that filled
}

// RuleExample is what a rule did to one order.
type RuleExample struct {
	Rule     string      `json:"rule"`
	Order    string      `json:"order"`
	Time     market.Time `json:"time"`
	Measured string      `json:"measured,omitempty"`
	Limit    string      `json:"limit,omitempty"`
}

// Add adds a run with these rules.
func (c *Rules) Add(rules []string, h Headline, p *Report, r *engine.Result) {
	run := RuleRun{Rules: rules, Headline: h, Refusals: p.Refusals, Cuts: counts(r.Cuts), Exits: map[string]int{}, Halts: p.Halts}
	if run.Halts == nil {
		run.Halts = []HaltLine{}
	}
	for _, o := range r.Orders {
		run.order(o)
	}
	c.Runs = append(c.Runs, run)
}

// order counts what rules made of an order, and keeps the first of each kind.
func (r *RuleRun) order(o *engine.Order) {
	at := RuleExample{Rule: o.Rule, Order: o.ID.String(), Time: o.Time}
	if o.Rule != "" && len(o.Fills) > 0 {
		r.Exits[o.Rule]++
		at.Time, at.Measured = o.Fills[0].Time, o.Side.String()+" at "+o.Fills[0].Price.String()
		first(&r.Exit, at)
	}
	if o.Why == nil {
		return
	}
	if no := o.Why.Refused; no != nil && no.Rule != "engine" {
		at.Rule, at.Measured, at.Limit = no.Rule, no.Measured, no.Limit
		first(&r.Refused, at)
	}
	for _, c := range o.Why.Checks {
		if c.Cut {
			at.Rule, at.Measured, at.Limit = c.Rule, c.Measured, c.Limit
			first(&r.Cut, at)
		}
	}
}

func first(kept **RuleExample, e RuleExample) {
	if *kept == nil {
		*kept = &e
	}
}
