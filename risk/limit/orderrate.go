package limit

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const orderRate = "order_rate"

const orderRateSample = `[risk.main]
rules = ["order_rate"]
  [risk.main.order_rate]
  count  = 10
  window = "1h"
`

// OrderRatePlugin describes the rule order_rate.
func OrderRatePlugin() risk.Plugin {
	return risk.Plugin{
		Name:   orderRate,
		Doc:    "bounds how many orders that add risk leave in a window of time",
		Sample: orderRateSample,
		New: func() risk.Rule {
			return &OrderRate{Count: 10, Window: market.Duration(time.Hour), Scope: ofStrategy}
		},
	}
}

// ofSymbol is the scope of all strategies on one symbol, beside those of the other limits.
const ofSymbol = "symbol"

// OrderRate bounds how many orders that add risk leave within any Window. An order of the
// time t counts until just before t + Window. What is refused, by this rule, a later one or
// for lack of cash, never counts; what the venue rejects or is cancelled does, since it was
// sent.
type OrderRate struct {
	Count  int             `toml:"count" param:"min=1,max=100000,step=1" doc:"orders in a window"`
	Window market.Duration `toml:"window" param:"min=1s,max=366d" doc:"how long an order counts: 1h, 1d"`
	Scope  string          `toml:"scope" param:"oneof=strategy|symbol|account" doc:"which orders count together: those of the strategy, those of all strategies on the symbol, all of the account"`

	left map[lane][]market.Time // when the orders left that may still count, oldest first
}

// lane is what is counted by itself.
type lane struct {
	strategy   string
	instrument market.InstrumentID
}

// Init checks the bounds, and listens to what leaves.
func (r *OrderRate) Init(s *risk.Setup) error {
	switch {
	case r.Count < 1 || r.Window <= 0:
		return fmt.Errorf("count = %d and window = %q must both be above 0", r.Count, r.Window)
	case r.Scope != ofStrategy && r.Scope != ofSymbol && r.Scope != ofAccount:
		return fmt.Errorf("scope = %q must be strategy, symbol or account", r.Scope)
	}
	r.left = map[lane][]market.Time{}
	s.Passed(func(v *risk.View, o market.Order) {
		l := r.lane(&o)
		r.left[l] = append(r.recent(l, v.Now()), v.Now())
	})
	return nil
}

// lane says with which others an order counts.
func (r *OrderRate) lane(o *market.Order) lane {
	switch r.Scope {
	case ofStrategy:
		return lane{o.ID.Strategy, market.NoInstrument}
	case ofSymbol:
		return lane{"", o.Instrument}
	}
	return lane{"", market.NoInstrument}
}

// recent returns the times that count now.
func (r *OrderRate) recent(l lane, now market.Time) []market.Time {
	times := r.left[l]
	for len(times) > 0 && now-times[0] >= market.Time(r.Window) {
		times = times[1:]
	}
	return times
}

// Review refuses an order that would be one too many.
func (r *OrderRate) Review(v *risk.View, o market.Order) (market.Order, error) {
	l := r.lane(&o)
	times := r.recent(l, v.Now())
	r.left[l] = times
	v.Measured(decimal.New(int64(len(times)+1), 0), decimal.New(int64(r.Count), 0), "orders in "+r.Window.String())
	if len(times) < r.Count {
		return o, nil
	}
	again := times[len(times)-r.Count] + market.Time(r.Window)
	return o, &market.Refusal{
		Rule:     orderRate,
		Measured: fmt.Sprintf("%d orders of the %s left in %s, the next may at %s", len(times), r.Scope, r.Window, again),
		Limit:    fmt.Sprint(r.Count),
	}
}
