package exit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const timeStopSample = `[risk.main]
rules = ["time_stop"]
  [risk.main.time_stop]
  after         = "36h"
  spare_winners = true
`

// TimeStopPlugin describes the rule time_stop.
func TimeStopPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "time_stop",
		Doc:    "closes a position that has been held for a time or a number of bars",
		Sample: timeStopSample,
		New:    func() risk.Rule { return &TimeStop{} },
	}
}

// TimeStop closes the whole of a position at the first bar close at which it has been
// held for After, or at which Bars bars have closed since its entry: whichever comes
// first, where both are set.
type TimeStop struct {
	After        market.Duration `toml:"after" doc:"time since the entry, such as 36h; 0 sets none"`
	Bars         int             `toml:"bars" param:"min=0,max=1000000" doc:"bars that closed since the entry; 0 sets none"`
	SpareWinners bool            `toml:"spare_winners" doc:"leave a position alone while closing it would bring a profit, fees included"`

	keeper keeper
}

// Init checks the settings and subscribes to bars and orders.
func (r *TimeStop) Init(s *risk.Setup) error {
	if r.After < 0 || r.Bars < 0 || r.After == 0 && r.Bars == 0 {
		return fmt.Errorf("after = %q and bars = %d: set at least one, above 0", r.After, r.Bars)
	}
	r.keeper = keeper{moves: r.due}
	r.keeper.start(s)
	return nil
}

// Review lets every order pass. It says how long the position is held, and how long it
// may be: in bars, or in minutes.
func (r *TimeStop) Review(v *risk.View, o market.Order) (market.Order, error) {
	h := r.keeper.draft(v, &o)
	if r.After > 0 {
		v.Measured(minutes(market.Duration(v.Now()-h.since)), minutes(r.After), "minutes")
	} else {
		v.Measured(decimal.NewFromInt(int64(h.bars)), decimal.NewFromInt(int64(r.Bars)), "bars")
	}
	return o, nil
}

// minutes returns the whole minutes of a span.
func minutes(d market.Duration) decimal.Decimal {
	return decimal.NewFromInt(int64(d) / int64(market.Minute))
}

// due reports whether the time of a position is over.
func (r *TimeStop) due(d *risk.Desk, h *hold) bool {
	over := r.After > 0 && d.Now()-h.since >= market.Time(r.After) || r.Bars > 0 && h.bars >= r.Bars
	return over && !(r.SpareWinners && !h.worse(d.Price(h.id), h.worth(0)))
}
