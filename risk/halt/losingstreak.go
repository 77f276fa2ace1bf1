package halt

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const losingStreak = "losing_streak"

const losingStreakSample = `[risk.main]
rules = ["losing_streak"]
  [risk.main.losing_streak]
  count = 4
  for   = "24h"
`

// LosingStreakPlugin describes the rule losing_streak.
func LosingStreakPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   losingStreak,
		Doc:    "stops new risk after so many losing trades in a row",
		Sample: losingStreakSample,
		New: func() risk.Rule {
			return &LosingStreak{Stop: Stop{Scope: "strategy", Action: "reduce_only"}, Count: 4}
		},
	}
}

// LosingStreak stops new risk once Count trades in a row lost money. Of trades that closed at
// one time those that lost come last, whatever the order in which they were told. Once it has
// stopped new risk it counts from 0, and trades that close while its halt stands do not
// count.
type LosingStreak struct {
	Stop
	Count int `toml:"count" param:"min=1,max=10000,step=1" doc:"losing trades in a row that are too many"`

	streaks []streak // by place
	dirty   bool
}

// streak is the losing trades of a place that stand at the end.
type streak struct {
	lost   int
	won    bool        // in this instant something was won
	losses int         // of this instant
	ended  market.Time // the last trade of it
	desk   *risk.Desk  // of who had a trade in this instant; nil: none
}

// Init checks the settings and subscribes to trades.
func (r *LosingStreak) Init(s *risk.Setup) error {
	if err := r.Stop.check(); err != nil {
		return err
	}
	if r.Count < 1 {
		return fmt.Errorf("count = %d must be at least 1", r.Count)
	}
	if err := r.settle(s); err != nil {
		return err
	}
	r.streaks = make([]streak, len(r.places))
	s.Trades(r.trade)
	return nil
}

// Review lets every order pass: the engine refuses what a halt stops.
func (r *LosingStreak) Review(v *risk.View, o market.Order) (market.Order, error) {
	lost := 0
	if k := r.at(v, o.Instrument); k >= 0 {
		lost = r.streaks[k].lost
	}
	v.Measured(decimal.New(int64(lost), 0), decimal.New(int64(r.Count), 0), "losses in a row")
	return o, nil
}

func (r *LosingStreak) trade(d *risk.Desk, t risk.Trade) {
	k := r.at(&d.View, t.Instrument)
	if k < 0 {
		return
	}
	c := &r.streaks[k]
	c.desk, c.ended = d, max(c.ended, t.Exit)
	if t.Profit.IsNegative() {
		c.losses++
	} else {
		c.won = true
	}
	if !r.dirty {
		r.dirty = true
		d.Later(r.conclude)
	}
}

// conclude counts what an instant brought.
func (r *LosingStreak) conclude(*risk.Desk) {
	r.dirty = false
	for k := range r.streaks {
		c := &r.streaks[k]
		if c.desk == nil {
			continue
		}
		if !r.halted(c.desk, k, 0) {
			r.count(k, c)
		}
		*c = streak{lost: c.lost}
	}
}

func (r *LosingStreak) count(k int, c *streak) {
	if c.won {
		c.lost = 0
	}
	if c.lost += c.losses; c.lost < r.Count {
		return
	}
	measured := fmt.Sprintf("%s of %s in a row; limit %d", plural(c.lost, "loss"), r.places[k].name, r.Count)
	c.lost = 0
	r.halt(c.desk, k, 0, measured, r.after(c.ended))
}
