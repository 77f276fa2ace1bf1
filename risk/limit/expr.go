package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/expression"
)

const exprName = "expr"

const exprSample = `[risk.main]
rules = ["my_rule"]
  [risk.main.my_rule]
  type  = "expr"
  allow = "position.notional + order.notional < 0.2 * equity"
`

// ExprPlugin describes the rule expr.
func ExprPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   exprName,
		Doc:    "lets an order pass where an expression of your own is true, and cuts it to an amount that another says",
		Sample: exprSample,
		New:    func() risk.Rule { return &Expr{} },
	}
}

// Expr judges orders by expressions of the configuration; see package expression. At least one
// of the two must be set. What cannot be judged, for want of a signal or of a finite number, is
// refused.
type Expr struct {
	Allow       expression.Condition `toml:"allow" doc:"an expression that is true for the orders that may pass"`
	MaxNotional expression.Amount    `toml:"max_notional" doc:"an expression for the notional in quote that an order is cut to"`
	allow, most *expression.Program
}

// Init compiles the expressions and subscribes to the signals that they read.
func (r *Expr) Init(s *risk.Setup) (err error) {
	if r.Allow == "" && r.MaxNotional == "" {
		return fmt.Errorf("set allow, max_notional or both")
	}
	if r.Allow != "" {
		if r.allow, err = r.Allow.Compile(s); err != nil {
			return fmt.Errorf("allow: %w", err)
		}
	}
	if r.MaxNotional != "" {
		if r.most, err = r.MaxNotional.Compile(s); err != nil {
			return fmt.Errorf("max_notional: %w", err)
		}
	}
	return nil
}

// Review refuses an order that is not allowed, and cuts one that is too large.
func (r *Expr) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := priced(v, exprName, &o); err != nil {
		return o, err
	}
	if r.allow != nil {
		allowed, err := r.allow.True(v, &o)
		if err != nil {
			return o, unjudged(r.allow, err)
		}
		measured := r.allow.Measured()
		if !allowed {
			return o, &market.Refusal{Rule: exprName, Measured: measured, Limit: r.allow.Text()}
		}
		v.Found(measured, r.allow.Text())
	}
	if r.most != nil {
		return r.cut(v, o)
	}
	return o, nil
}

// cut makes an order no larger than the expression says.
func (r *Expr) cut(v *risk.View, o market.Order) (market.Order, error) {
	x, err := r.most.Number(v, &o)
	if err != nil {
		return o, unjudged(r.most, err)
	}
	limit, notional, in := decimal.Zero, v.Notional(&o), v.Instrument(o.Instrument)
	if x > 0 {
		limit = market.Price(x, market.FreeScale)
	}
	v.Measured(notional, limit, in.Quote)
	if !notional.GreaterThan(limit) {
		return o, nil
	}
	if cut, ok := fit(v, o, limit); ok {
		return cut, nil
	}
	return o, &market.Refusal{
		Rule:     exprName,
		Measured: fmt.Sprintf("order for %s %s of %s, %s", Shown(v, o.Instrument, notional), in.Quote, in.Symbol, r.most.Measured()),
		Limit:    fmt.Sprintf("%s %s by %s", Shown(v, o.Instrument, limit), in.Quote, r.most.Text()),
	}
}

// unjudged refuses an order over which an expression cannot be run.
func unjudged(p *expression.Program, err error) error {
	return &market.Refusal{Rule: exprName, Measured: err.Error(), Limit: p.Text()}
}
