package limit

import (
	"fmt"
	"slices"
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
		Doc:    "bounds in how many instruments there is a position or a working order that opens one",
		Sample: maxOpenSample,
		New:    func() risk.Rule { return &MaxOpen{Count: 5, Scope: ofStrategy} },
	}
}

// MaxOpen bounds the number of instruments in which a strategy, or any strategy of the
// account, has a position or a working order that opens one. Adding to one of them is
// allowed.
type MaxOpen struct {
	Count int    `toml:"count" param:"min=1,max=10000,step=1" doc:"instruments"`
	Scope string `toml:"scope" param:"oneof=strategy|account" doc:"whose instruments are counted: of the strategy, or of all strategies"`
}

// Init checks the count.
func (r *MaxOpen) Init(*risk.Setup) error {
	if r.Count < 1 {
		return fmt.Errorf("count = %d must be at least 1", r.Count)
	}
	return checkScope(r.Scope)
}

// Review refuses an order for one instrument too many.
func (r *MaxOpen) Review(v *risk.View, o market.Order) (market.Order, error) {
	list, _ := v.Stakes(r.Scope == ofAccount)
	open, after := len(list), len(list)
	if !slices.ContainsFunc(list, func(x risk.Stake) bool { return x.Instrument == o.Instrument }) {
		after++
	}
	v.Measured(decimal.New(int64(after), 0), decimal.New(int64(r.Count), 0), "open")
	if after == open || after <= r.Count {
		return o, nil
	}
	return o, &market.Refusal{
		Rule:     maxOpen,
		Measured: fmt.Sprintf("%d %s, %s would be one more", open, scoped("instruments open", r.Scope == ofAccount), v.Instrument(o.Instrument).Symbol),
		Limit:    strconv.Itoa(r.Count),
	}
}
