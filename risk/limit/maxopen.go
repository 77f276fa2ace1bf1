package limit

import (
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxOpen = "max_open"

const maxOpenSample = `[risk.main]
rules = ["max_open"]
  [risk.main.max_open]
  count = 5
`

// MaxOpenPlugin describes the rule max_open.
func MaxOpenPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxOpen,
		Doc:    "bounds in how many instruments a strategy has a position or a working buy",
		Sample: maxOpenSample,
		New:    func() risk.Rule { return &MaxOpen{Count: 5} },
	}
}

// MaxOpen bounds the number of instruments in which a strategy has a position or a
// working buy. Adding to one of them is allowed.
type MaxOpen struct {
	Count int `toml:"count" param:"min=1,max=10000,step=1" doc:"instruments"`
}

// Init checks the count.
func (r *MaxOpen) Init(*risk.Setup) error {
	if r.Count < 1 {
		return fmt.Errorf("count = %d must be at least 1", r.Count)
	}
	return nil
}

// Review refuses an order for one instrument too many.
func (r *MaxOpen) Review(v *risk.View, o market.Order) (market.Order, error) {
	open, after := v.Open(), v.Open()
	if !v.Exposed(o.Instrument) {
		after++
	}
	v.Measured(decimal.New(int64(after), 0), decimal.New(int64(r.Count), 0), "open")
	if after == open || after <= r.Count {
		return o, nil
	}
	return o, &market.Refusal{
		Rule:     maxOpen,
		Measured: fmt.Sprintf("%d instruments open, %s would be one more", open, v.Instrument(o.Instrument).Symbol),
		Limit:    strconv.Itoa(r.Count),
	}
}
