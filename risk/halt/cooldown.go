package halt

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const cooldown = "cooldown"

const cooldownSample = `[risk.main]
rules = ["cooldown"]
  [risk.main.cooldown]
  for = "4h"
`

// CooldownPlugin describes the rule cooldown.
func CooldownPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   cooldown,
		Doc:    "opens no position on an instrument for a while after a trade on it has closed",
		Sample: cooldownSample,
		New:    func() risk.Rule { return &Cooldown{Stop: Stop{Scope: "symbol", Action: "lock"}} },
	}
}

// Cooldown locks an instrument, or what else its scope says, from the end of a trade: For a
// time, or for so many bars of the strategy that made it. The last of several trades counts.
type Cooldown struct {
	Stop
	Bars int `toml:"bars" param:"min=0,max=100000,step=1" doc:"how long, in bars of the strategy, in place of for"`

	tally tally
	bars  *risk.Bars
}

// Init checks the settings and subscribes to trades.
func (r *Cooldown) Init(s *risk.Setup) error {
	if err := r.check(); err != nil {
		return err
	}
	if (r.For > 0) == (r.Bars > 0) {
		return errors.New("set for or bars: how long, and one of them alone")
	}
	r.tally = tally{Stop: &r.Stop, judge: r.judge}
	if r.Bars > 0 {
		r.bars, r.tally.ends = s.Bars(risk.BarQuery{}, nil), r.ends
	}
	return r.tally.begin(s)
}

// Review lets every order pass: the engine refuses what a halt stops.
func (r *Cooldown) Review(v *risk.View, o market.Order) (market.Order, error) {
	n := len(r.tally.lately(v, &o))
	v.Measured(decimal.New(int64(n), 0), decimal.Zero, "closed within "+r.span())
	return o, nil
}

// ends returns when so many bars have closed after the one in which a trade closed.
func (r *Cooldown) ends(d *risk.Desk, t *risk.Trade) market.Time {
	interval := r.bars.At(&d.View, t.Instrument).Interval()
	begun := interval.Floor(t.Exit)
	if begun < t.Exit {
		begun += market.Time(interval)
	}
	return begun + market.Time(r.Bars)*market.Time(interval)
}

func (r *Cooldown) judge(k int, list []closed) string {
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("a trade of %s closed at %s; it rests %s", r.tally.who(k), list[len(list)-1].at, r.span())
}

// span says how long a halt lasts.
func (r *Cooldown) span() string {
	if r.Bars > 0 {
		return plural(r.Bars, "bar")
	}
	return r.For.String()
}
