package halt

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const dailyLoss = "daily_loss"

const dailyLossSample = `[risk.main]
rules = ["daily_loss"]
  [risk.main.daily_loss]
  percent = "0.03"
`

// DailyLossPlugin describes the rule daily_loss.
func DailyLossPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   dailyLoss,
		Doc:    "stops new risk for the rest of the UTC day once too much of its first equity is lost",
		Sample: dailyLossSample,
		New:    func() risk.Rule { return &DailyLoss{Scope: "account", Action: "reduce_only"} },
	}
}

// DailyLoss stops new risk at the first bar close at which equity lies by more than Amount,
// or by more than Percent of it, below that of the start of the UTC day: what the day before
// left. A bar that closes at 00:00 is the last of its day, and a halt for it is for the day
// that begins. After the operator's resume the day begins anew, with the equity of then.
// Deposits, withdrawals and transfers are no gain and no loss.
type DailyLoss struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"of the equity at the start of the day: 0.03 is 3 %; below 1; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"in quote; 0 sets none; of both the lower one holds"`
	Scope   string          `toml:"scope" param:"oneof=account|strategy" doc:"whose equity is measured, and who is stopped"`
	Action  string          `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes them too"`

	purse           purse
	percent, amount float64
	gauges          []gauge // by purse
}

// Init checks the settings and subscribes to bars.
func (r *DailyLoss) Init(s *risk.Setup) error {
	if err := checkBounds(r.Percent, r.Amount); err != nil {
		return err
	}
	var err error
	if r.purse, err = newPurse(r.Scope, r.Action); err != nil {
		return err
	}
	r.percent, r.amount = market.Float(r.Percent), market.Float(r.Amount)
	r.gauges = make([]gauge, r.purse.settle(s))
	for k := range r.gauges {
		r.gauges[k].period = market.Daily
	}
	s.Bars(risk.BarQuery{}, r.bar)
	s.Schedule("0 0 * * *", r.lifted)
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands. It says
// what was lost at the last bar.
func (r *DailyLoss) Review(v *risk.View, o market.Order) (market.Order, error) {
	g := &r.gauges[r.purse.at(v)]
	v.Measured(market.Price(g.lost(), 2), market.Price(r.limit(g), 2), v.Instrument(o.Instrument).Quote)
	return o, nil
}

// limit returns what may be lost, in quote.
func (r *DailyLoss) limit(g *gauge) float64 {
	limit := math.Inf(1)
	if r.percent > 0 {
		limit = r.percent * g.start
	}
	if r.amount > 0 {
		limit = min(limit, r.amount)
	}
	return max(limit, 0)
}

// bar measures once an instant: all of its bars are known before the first handler.
func (r *DailyLoss) bar(d *risk.Desk, _ *risk.Series) {
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
	if limit := r.limit(g); g.lost() > limit {
		g.halted = true
		r.purse.halt(d, fmt.Sprintf("%s lost %s since the start of the day, from %s to %s; limit %s",
			r.purse.who(d), fixed(g.lost()), fixed(g.start), fixed(g.last), fixed(limit)), g.next(now))
	}
}

// lifted notices that a halt has ended.
func (r *DailyLoss) lifted(d *risk.Desk) {
	if g := &r.gauges[r.purse.at(&d.View)]; g.halted && !d.Halted(r.purse.all) {
		equity, moved := r.purse.equity(d)
		g.resume(d.Now(), equity, moved)
	}
}
