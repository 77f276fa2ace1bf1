package limit

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const staleBar = "stale_bar"

const staleBarSample = `[risk.main]
rules = ["stale_bar"]
  [risk.main.stale_bar]
  intervals = 2
`

// StaleBarPlugin describes the rule stale_bar.
func StaleBarPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   staleBar,
		Doc:    "refuses new risk in an instrument whose last bar closed too long ago",
		Sample: staleBarSample,
		New:    func() risk.Rule { return &StaleBar{Intervals: 2} },
	}
}

// StaleBar refuses new risk in an instrument whose last bar closed more than a number of
// intervals ago, or more than MaxAge; the lower bound holds. Without a bar it refuses.
type StaleBar struct {
	Interval  market.Interval `toml:"interval" doc:"length of the bars; that of the strategy unless it is set"`
	Intervals int             `toml:"intervals" param:"min=0,max=10000,step=1" doc:"how many intervals ago the last bar may have closed; 0 sets none"`
	MaxAge    market.Duration `toml:"max_age" param:"min=0s" doc:"how long ago the last bar may have closed; 0 sets none"`

	bars *risk.Bars
}

// Init checks that there is a bound, and watches the bars.
func (r *StaleBar) Init(s *risk.Setup) error {
	if r.Intervals < 0 || r.MaxAge < 0 || r.Intervals == 0 && r.MaxAge == 0 {
		return fmt.Errorf("set intervals, max_age or both, above 0")
	}
	r.bars = s.Bars(risk.BarQuery{Interval: r.Interval}, nil)
	return nil
}

// Review refuses an order for an instrument without a fresh bar.
func (r *StaleBar) Review(v *risk.View, o market.Order) (market.Order, error) {
	s, symbol := r.bars.At(v, o.Instrument), v.Instrument(o.Instrument).Symbol
	if s == nil || s.Len() == 0 {
		return o, &market.Refusal{Rule: staleBar, Measured: symbol + " has no bar yet"}
	}
	bound := market.Duration(r.Intervals) * market.Duration(s.Interval())
	if bound == 0 || r.MaxAge > 0 && r.MaxAge < bound {
		bound = r.MaxAge
	}
	closed := s.Time(s.Len() - 1)
	age := market.Duration(v.Now() - closed)
	v.Found(age.String(), bound.String())
	if age <= bound {
		return o, nil
	}
	return o, &market.Refusal{Rule: staleBar, Measured: fmt.Sprintf("the last bar of %s closed %s ago, at %s", symbol, age, closed), Limit: bound.String()}
}
