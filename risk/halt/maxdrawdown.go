package halt

import (
	"fmt"
	"slices"
	"strconv"

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
		New:    func() risk.Rule { return &MaxDrawdown{Per: "day", Scope: "account", Action: "halt"} },
	}
}

// MaxDrawdown stops new risk at the first bar close at which equity has fallen by more
// than Limit from its peak in the period: the UTC day, the week from Monday, or the
// whole run. The peak starts with the equity at the period's start; a bar that closes
// when a period ends is its last. The halt lifts at the first start of a period after
// it, or never by itself where the period is the whole run. After a lift, and after the
// operator's resume, the rule measures afresh from the equity then. Deposits, withdrawals and transfers are no gain and
// no loss.
type MaxDrawdown struct {
	Limit  decimal.Decimal `toml:"limit" param:"min=0,max=1" doc:"fall of equity as a share of its peak: 0.05 is 5 %; above 0 and below 1"`
	Per    string          `toml:"per" param:"oneof=day|week|total" doc:"since when the peak counts: the UTC day, the week from Monday, the whole run"`
	Scope  string          `toml:"scope" param:"oneof=account|strategy" doc:"whose equity is measured, and who is halted"`
	Action string          `toml:"action" param:"oneof=halt|flatten" doc:"halt stops new risk; flatten closes the positions too"`

	limit  float64
	names  []string // of the strategies
	gauges []gauge  // by strategy, or one of the account
}

// Init checks the settings and subscribes to bars.
func (r *MaxDrawdown) Init(s *risk.Setup) error {
	period, ok := map[string]market.Interval{"day": market.Daily, "week": market.Weekly, "total": 0}[r.Per]
	switch {
	case !r.Limit.IsPositive() || r.Limit.GreaterThanOrEqual(decimal.New(1, 0)):
		return fmt.Errorf("limit = %s must be a share of equity above 0 and below 1: 0.05 is 5 %%", r.Limit)
	case !ok:
		return fmt.Errorf("per = %q must be day, week or total", r.Per)
	case r.Scope != "account" && r.Scope != "strategy":
		return fmt.Errorf("scope = %q must be account or strategy", r.Scope)
	case r.Action != "halt" && r.Action != "flatten":
		return fmt.Errorf("action = %q must be halt or flatten", r.Action)
	}
	r.limit, r.names = market.Float(r.Limit), s.Scope()
	r.gauges = make([]gauge, len(r.names))
	for k := range r.gauges {
		r.gauges[k].period = period
	}
	s.Bars(risk.BarQuery{}, r.bar)
	switch r.Per {
	case "day":
		s.Schedule("0 0 * * *", r.lift)
	case "week":
		s.Schedule("0 0 * * 1", r.lift)
	}
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands. It
// says how far equity lay below its peak at the last bar.
func (r *MaxDrawdown) Review(v *risk.View, o market.Order) (market.Order, error) {
	v.Measured(r.gauge(v).fall(), r.Limit.Shift(2), "%")
	return o, nil
}

func (r *MaxDrawdown) account() bool { return r.Scope == "account" }

// gauge returns the gauge of a strategy, or that of the account.
func (r *MaxDrawdown) gauge(v *risk.View) *gauge {
	if r.account() {
		return &r.gauges[0]
	}
	return &r.gauges[slices.Index(r.names, v.Strategy())]
}

func (r *MaxDrawdown) equity(d *risk.Desk) float64 {
	if r.account() {
		return d.AccountEquityF()
	}
	return d.EquityF()
}

// moved returns how much of the equity came from elsewhere since the start.
func (r *MaxDrawdown) moved(d *risk.Desk) float64 {
	if r.account() {
		return d.AccountMovedF()
	}
	return d.MovedF()
}

// bar measures once an instant: all of its bars are known before the first handler.
func (r *MaxDrawdown) bar(d *risk.Desk, _ *risk.Series) {
	g, now := r.gauge(&d.View), d.Now()
	if g.seen == now {
		return
	}
	g.seen = now
	if r.lift(d); g.halted {
		return
	}
	g.measure(now, r.equity(d), r.moved(d))
	if g.exceeds(r.limit) {
		r.halt(d, g)
	}
}

// lift ends a halt whose time has come, and notices one that the operator ended.
func (r *MaxDrawdown) lift(d *risk.Desk) {
	g, now := r.gauge(&d.View), d.Now()
	if !g.halted || d.Halted(r.account()) && now < g.until {
		return
	}
	d.Lift(r.account())
	g.halted = false
	g.moved = r.moved(d)
	g.restart(now, r.equity(d))
}

func (r *MaxDrawdown) halt(d *risk.Desk, g *gauge) {
	g.halted, g.until = true, g.next(d.Now())
	h := risk.Halt{Text: r.text(d, g), Account: r.account()}
	if r.Action == "flatten" {
		h.Action = risk.Flatten
	}
	d.Halt(h)
}

// text says what was measured, the limit, and when the halt lifts.
func (r *MaxDrawdown) text(d *risk.Desk, g *gauge) string {
	who, since, lifts := "the account", "in this "+r.Per, "lifts at "+g.until.String()
	if !r.account() {
		who = d.Strategy()
	}
	if g.period == 0 {
		since, lifts = "in this run", "stays until resume"
	}
	fixed := func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }
	return fmt.Sprintf("equity of %s fell %s %% from its peak %s, from %s to %s; limit %s %%; %s",
		who, fixed((g.peak-g.last)/g.peak*100), since, fixed(g.peak), fixed(g.last), r.Limit.Shift(2), lifts)
}
