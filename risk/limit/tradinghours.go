package limit

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const tradingHours = "trading_hours"

const tradingHoursSample = `[risk.main]
rules = ["trading_hours"]
  [risk.main.trading_hours]
  allow    = ["0 6 * * 1-5 for 14h"]
  blackout = ["0 12 * * 3 for 2h", "2026-12-24 to 2026-12-27"]
`

// TradingHoursPlugin describes the rule trading_hours.
func TradingHoursPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   tradingHours,
		Doc:    "lets orders that add risk leave within windows of time only, and in no blackout",
		Sample: tradingHoursSample,
		New:    func() risk.Rule { return &TradingHours{} },
	}
}

// TradingHours lets orders that add risk leave in a window of Allow, where there are any,
// and in none of Blackout. Orders that rest go on resting.
type TradingHours struct {
	Allow    []Window `toml:"allow" doc:"when orders may leave, in UTC: \"0 6 * * 1-5 for 14h\", \"2026-12-01 to 2026-12-24\"; none is always"`
	Blackout []Window `toml:"blackout" doc:"when none may leave, whatever allow says; written likewise"`
}

// Init checks that there are windows.
func (r *TradingHours) Init(*risk.Setup) error {
	if len(r.Allow)+len(r.Blackout) == 0 {
		return fmt.Errorf("set allow, blackout or both")
	}
	return nil
}

// Review refuses an order at a time that is not a trading hour.
func (r *TradingHours) Review(v *risk.View, o market.Order) (market.Order, error) {
	now := v.Now()
	for i := range r.Blackout {
		if w := &r.Blackout[i]; w.covers(now).covered {
			return o, &market.Refusal{Rule: tradingHours, Measured: fmt.Sprintf("%s is in a blackout that began at %s", now, w.known.from), Limit: w.text}
		}
	}
	opens := market.MaxTime
	for i := range r.Allow {
		w := &r.Allow[i]
		if w.covers(now).covered {
			v.Found(now.String(), w.text)
			return o, nil
		}
		opens = min(opens, w.known.to)
	}
	if len(r.Allow) == 0 {
		v.Found(now.String(), "no blackout")
		return o, nil
	}
	again := "and none comes again"
	if opens < market.MaxTime {
		again = "the next begins at " + opens.String()
	}
	return o, &market.Refusal{Rule: tradingHours, Measured: fmt.Sprintf("%s is outside the trading hours, %s", now, again), Limit: r.allowed()}
}

// allowed lists the trading hours.
func (r *TradingHours) allowed() string {
	var list []string
	for i := range r.Allow {
		list = append(list, r.Allow[i].text)
	}
	return strings.Join(list, ", ")
}
