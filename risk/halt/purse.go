package halt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// purse is whose equity a rule measures, and how it stops them.
type purse struct {
	action risk.Action
	names  []string // of the strategies
	all    bool     // the account's
}

// newPurse checks a scope and an action.
func newPurse(scope, action string) (p purse, err error) {
	if scope != "account" && scope != "strategy" {
		return p, fmt.Errorf("scope = %q must be account or strategy", scope)
	}
	p.all = scope == "account"
	p.action, err = risk.ParseAction(action)
	return p, err
}

// settle returns how many purses there are.
func (p *purse) settle(s *risk.Setup) int {
	p.names = s.Scope()
	if p.all {
		return 1
	}
	return len(p.names)
}

// at returns the number of a strategy's purse.
func (p *purse) at(v *risk.View) int {
	if p.all {
		return 0
	}
	return slices.Index(p.names, v.Strategy())
}

// equity returns what is in the purse, in quote, and how much of it came from elsewhere
// since the start.
func (p *purse) equity(d *risk.Desk) (equity, moved float64) {
	if p.all {
		return d.AccountEquityF(), d.AccountMovedF()
	}
	return d.EquityF(), d.MovedF()
}

// who names whose purse it is.
func (p *purse) who(d *risk.Desk) string {
	if p.all {
		return "the account"
	}
	return d.Strategy()
}

// halt stops new risk until a time; 0 is until resume.
func (p *purse) halt(d *risk.Desk, measured string, until market.Time) {
	d.Halt(risk.Halt{Text: measured + "; " + lifts(until), Account: p.all, Until: until, Action: p.action})
}

// checkBounds reports what makes a share of equity and an amount no limit.
func checkBounds(percent, amount decimal.Decimal) error {
	switch {
	case percent.IsNegative() || percent.GreaterThanOrEqual(decimal.New(1, 0)):
		return risk.OutOfBounds("percent", percent, "a share of equity from 0 and below 1: 0.05 is 5 %")
	case amount.IsNegative():
		return fmt.Errorf("amount = %s must not be negative", amount)
	case percent.IsZero() && amount.IsZero():
		return errors.New("set percent, amount or both")
	}
	return nil
}
