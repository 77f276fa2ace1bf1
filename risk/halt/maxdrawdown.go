package halt

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxDrawdown = "max_drawdown"

const maxDrawdownSample = `[risk.main]
rules = ["drawdown_day"]
  [risk.main.drawdown_day]
  type  = "max_drawdown"
  per   = "day"
  limit = "0.05"
`

// MaxDrawdownPlugin describes the rule max_drawdown.
func MaxDrawdownPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxDrawdown,
		Doc:    "stops new risk once equity has fallen too far from its peak of the day, the week or the run",
		Sample: maxDrawdownSample,
		New:    func() risk.Rule { return &MaxDrawdown{Per: "day", Scope: "account", Action: "reduce_only"} },
	}
}

// MaxDrawdown stops new risk at the first bar close at which equity has fallen by more
// than Limit from its peak in the period: the UTC day, the week from Monday, or the
// whole run. The peak starts with the equity at the period's start; a bar that closes
// when a period ends is its last. The halt lifts at the first start of a period after
// it, or never by itself where the period is the whole run. After a lift, and after the
// operator's resume, the rule measures afresh from the equity then. Deposits,
// withdrawals and transfers are no gain and no loss.
type MaxDrawdown struct {
	Limit  decimal.Decimal `toml:"limit" param:"min=0,max=1" doc:"fall of equity as a share of its peak: 0.05 is 5 %; above 0 and below 1"`
	Per    string          `toml:"per" param:"oneof=day|week|total" doc:"since when the peak counts: the UTC day, the week from Monday, the whole run"`
	Scope  string          `toml:"scope" param:"oneof=account|strategy" doc:"whose equity is measured, and who is stopped"`
	Action string          `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes them too"`

	purse  purse
	limit  float64
	gauges []gauge // by purse
}

// Init checks the settings and subscribes to bars.
func (r *MaxDrawdown) Init(s *risk.Setup) error {
	period, ok := map[string]market.Interval{"day": market.Daily, "week": market.Weekly, "total": 0}[r.Per]
	switch {
	case !r.Limit.IsPositive() || r.Limit.GreaterThanOrEqual(decimal.New(1, 0)):
		return risk.OutOfBounds("limit", r.Limit, "a share of equity above 0 and below 1: 0.05 is 5 %")
	case !ok:
		return fmt.Errorf("per = %q must be day, week or total", r.Per)
	}
	var err error
	if r.purse, err = newPurse(r.Scope, r.Action); err != nil {
		return err
	}
	r.limit = market.Float(r.Limit)
	r.gauges = make([]gauge, r.purse.settle(s))
	for k := range r.gauges {
		r.gauges[k].period = period
	}
	s.Bars(risk.BarQuery{}, r.bar)
	switch r.Per { // when a halt lifts, equity is measured
	case "day":
		s.Schedule("0 0 * * *", r.lifted)
	case "week":
		s.Schedule("0 0 * * 1", r.lifted)
	}
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands. It
// says how far equity lay below its peak at the last bar.
func (r *MaxDrawdown) Review(v *risk.View, o market.Order) (market.Order, error) {
	v.Measured(r.gauges[r.purse.at(v)].fall(), r.Limit.Shift(2), "%")
	return o, nil
}

// bar measures once an instant: all of its bars are known before the first handler.
func (r *MaxDrawdown) bar(d *risk.Desk, _ *risk.Series) {
	g, now := &r.gauges[r.purse.at(&d.View)], d.Now()
	if g.seen == now {
		return
	}
	g.seen = now
	if r.lifted(d); g.halted {
		return
	}
	equity, moved := r.purse.equity(d)
	g.measure(now, equity, moved)
	if g.exceeds(r.limit) {
		g.halted = true
		r.purse.halt(d, r.measured(d, g), g.next(now))
	}
}

// lifted notices that a halt has ended.
func (r *MaxDrawdown) lifted(d *risk.Desk) {
	if g := &r.gauges[r.purse.at(&d.View)]; g.halted && !d.Halted(r.purse.all) {
		equity, moved := r.purse.equity(d)
		g.resume(d.Now(), equity, moved)
	}
}

// measured says what was measured, and the limit.
func (r *MaxDrawdown) measured(d *risk.Desk, g *gauge) string {
	since := "in this " + r.Per
	if g.period == 0 {
		since = "in this run"
	}
	return fmt.Sprintf("equity of %s fell %s %% from its peak %s, from %s to %s; limit %s %%",
		r.purse.who(d), fixed((g.peak-g.last)/g.peak*100), since, fixed(g.peak), fixed(g.last), r.Limit.Shift(2))
}
