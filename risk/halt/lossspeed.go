package halt

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const lossSpeed = "loss_speed"

const lossSpeedSample = `[risk.main]
rules = ["loss_speed"]
  [risk.main.loss_speed]
  percent = "0.04"
  within  = "6h"
  for     = "12h"
`

// LossSpeedPlugin describes the rule loss_speed.
func LossSpeedPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   lossSpeed,
		Doc:    "stops new risk once too large a part of equity was lost within a time",
		Sample: lossSpeedSample,
		New:    func() risk.Rule { return &LossSpeed{Scope: "account", Action: "reduce_only"} },
	}
}

// LossSpeed stops new risk at the first bar close at which equity lies by more than Percent
// below the highest of the closes within Within. Then, and after the operator's resume, it
// measures afresh once the halt has ended. Deposits, withdrawals and transfers are no gain
// and no loss.
type LossSpeed struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"fall of equity as a share of the highest: 0.04 is 4 %; above 0 and below 1"`
	Within  market.Duration `toml:"within" doc:"how far back bar closes count; needed"`
	For     market.Duration `toml:"for" doc:"how long; 0 is until resume"`
	Scope   string          `toml:"scope" param:"oneof=account|strategy" doc:"whose equity is measured, and who is stopped"`
	Action  string          `toml:"action" param:"oneof=lock|reduce_only|flatten" doc:"lock opens no position, reduce_only adds nothing to one either, flatten closes them too"`

	purse   purse
	percent float64
	peaks   []peaks // by purse
}

// Init checks the settings and subscribes to bars.
func (r *LossSpeed) Init(s *risk.Setup) error {
	switch {
	case !r.Percent.IsPositive() || r.Percent.GreaterThanOrEqual(decimal.New(1, 0)):
		return risk.OutOfBounds("percent", r.Percent, "a share of equity above 0 and below 1: 0.04 is 4 %")
	case r.Within <= 0:
		return errors.New("within is needed: how fast is too fast, such as 6h")
	}
	var err error
	if r.purse, err = newPurse(r.Scope, r.Action); err != nil {
		return err
	}
	r.percent = market.Float(r.Percent)
	r.peaks = make([]peaks, r.purse.settle(s))
	s.Bars(risk.BarQuery{}, r.bar)
	return nil
}

// Review lets every order pass: the engine refuses new risk while a halt stands. It says
// how far equity lay below the highest at the last bar.
func (r *LossSpeed) Review(v *risk.View, o market.Order) (market.Order, error) {
	v.Measured(market.Price(r.peaks[r.purse.at(v)].fall()*100, 2), r.Percent.Shift(2), "%")
	return o, nil
}

// bar measures once an instant: all of its bars are known before the first handler.
func (r *LossSpeed) bar(d *risk.Desk, _ *risk.Series) {
	p, now := &r.peaks[r.purse.at(&d.View)], d.Now()
	if p.seen == now {
		return
	}
	p.seen = now
	if p.halted {
		if d.Halted(r.purse.all) {
			return
		}
		p.halted, p.list = false, p.list[:0]
	}
	equity, moved := r.purse.equity(d)
	p.measure(now, now-market.Time(r.Within), equity, moved)
	if p.fall() > r.percent {
		p.halted = true
		until := market.Time(0)
		if r.For > 0 {
			until = now + market.Time(r.For)
		}
		r.purse.halt(d, fmt.Sprintf("equity of %s fell %s %% within %s, from %s to %s; limit %s %%",
			r.purse.who(d), fixed(p.fall()*100), r.Within, fixed(p.highest()), fixed(equity), r.Percent.Shift(2)), until)
	}
}

// peaks follows the highest equity within a time: of those before, it keeps what may still
// become the highest, oldest and highest first.
type peaks struct {
	list   []peak
	moved  float64 // what came from elsewhere, at the last bar
	seen   market.Time
	halted bool
}

// peak is an equity less what had come from elsewhere by then.
type peak struct {
	at  market.Time
	own float64
}

// measure takes the equity at a bar close; what is not after from counts no more.
func (p *peaks) measure(now, from market.Time, equity, moved float64) {
	own := equity - moved
	n := len(p.list)
	for n > 0 && p.list[n-1].own <= own {
		n--
	}
	p.list, p.moved = append(p.list[:n], peak{now, own}), moved
	old := 0
	for p.list[old].at < from {
		old++
	}
	if old > 0 {
		p.list = append(p.list[:0], p.list[old:]...)
	}
}

// highest returns the highest equity, with what has come from elsewhere since.
func (p *peaks) highest() float64 { return p.list[0].own + p.moved }

// fall returns how far the last equity lies below the highest, as a share of that.
func (p *peaks) fall() float64 {
	if len(p.list) == 0 || p.highest() <= 0 {
		return 0
	}
	return (p.list[0].own - p.list[len(p.list)-1].own) / p.highest()
}
