package testkit

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// guard is a rule or sizer of a script, and whom it is for.
type guard struct {
	name   string
	kind   string
	amount decimal.Decimal
	sizer  bool
	users  []string // nil is every strategy
}

func (g guard) make() *rule { return &rule{kind: g.kind, amount: g.amount} }

// rule is a rule or sizer as simple as can be.
type rule struct {
	kind   string
	amount decimal.Decimal
	best   map[market.InstrumentID]decimal.Decimal // close since a position was opened
}

// Init subscribes the kinds that watch the price.
func (r *rule) Init(s *risk.Setup) error {
	switch r.kind {
	case "exit-below":
		s.Bars(risk.BarQuery{}, r.exit)
	case "halt-below", "flatten-below", "stop-account-below":
		s.Bars(risk.BarQuery{}, r.halt)
	case "stop", "target":
		s.Fills(r.protect)
	case "trail":
		s.Bars(risk.BarQuery{}, r.trail)
	}
	return nil
}

// Review cuts an order to the amount, in the unit that it names.
func (r *rule) Review(_ *risk.View, o market.Order) (market.Order, error) {
	switch r.kind {
	case "cut":
		o.Quantity, o.Quote = decimal.Min(o.Quantity, r.amount), decimal.Min(o.Quote, r.amount)
	case "panic":
		panic("as scripted")
	}
	return o, nil
}

// Size returns the amount.
func (r *rule) Size(*risk.View, market.Order) (decimal.Decimal, error) { return r.amount, nil }

func (r *rule) below(s *risk.Series) bool { return s.LastClose() <= market.Float(r.amount) }

// exit sells the position while the close is at the amount or below.
func (r *rule) exit(d *risk.Desk, s *risk.Series) {
	if q := d.Position(s.Instrument()); r.below(s) && q.IsPositive() && len(d.OpenOrders(s.Instrument())) == 0 {
		_, _ = d.Submit(market.Order{Instrument: s.Instrument(), Side: market.Sell, Type: market.Market, Quantity: q, Reason: r.kind})
	}
}

// protect has a stop or a target kept at the amount while there is a position.
func (r *rule) protect(d *risk.Desk, u market.OrderUpdate) {
	o, _, _ := d.Order(u.ID)
	p := risk.Protection{Stop: r.amount, Reason: r.kind}
	if r.kind == "target" {
		p.Stop, p.Target = decimal.Zero, r.amount
	}
	if !d.Position(o.Instrument).IsZero() {
		d.Protect(o.Instrument, p)
	}
}

// trail has a stop kept behind the best close since the position was opened.
func (r *rule) trail(d *risk.Desk, s *risk.Series) {
	i := s.Instrument()
	held, best, close := d.Position(i), r.best[i], d.LastPrice(i)
	switch {
	case held.IsZero():
		delete(r.best, i)
		return
	case best.IsZero(), close.GreaterThan(best) == held.IsPositive():
		best = close
	}
	if r.best == nil {
		r.best = map[market.InstrumentID]decimal.Decimal{}
	}
	r.best[i] = best
	stop := best.Sub(r.amount)
	if held.IsNegative() {
		stop = best.Add(r.amount)
	}
	d.Protect(i, risk.Protection{Stop: stop, Reason: r.kind})
}

// halt stops new risk while the close is at the amount or below.
func (r *rule) halt(d *risk.Desk, s *risk.Series) {
	account := r.kind == "stop-account-below"
	if !r.below(s) {
		d.Lift(account)
		return
	}
	h := risk.Halt{Text: "close at or below " + r.amount.String(), Account: account}
	if r.kind == "flatten-below" {
		h.Action = risk.Flatten
	}
	d.Halt(h)
}

// ruleKinds lists the kinds of rules.
func ruleKinds() []string {
	return []string{"cut", "panic", "exit-below", "halt-below", "flatten-below", "stop-account-below", "stop", "target", "trail"}
}
