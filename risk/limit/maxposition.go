package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxPosition = "max_position"

const maxPositionSample = `[risk.main]
rules = ["max_position"]
  [risk.main.max_position]
  percent = "0.25"
`

// MaxPositionPlugin describes the rule max_position.
func MaxPositionPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxPosition,
		Doc:    "bounds what a strategy holds of each instrument, working buys included; cuts orders to what fits",
		Sample: maxPositionSample,
		New:    func() risk.Rule { return &MaxPosition{} },
	}
}

// MaxPosition bounds the notional of each of a strategy's positions: what it holds,
// its working buys and the order at hand, each at the worst price of the collar. It
// cuts an order to what fits and refuses one of which nothing is left that the venue
// would take. At least one of its fields must be set; the lower bound holds.
type MaxPosition struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"share of the strategy's equity: 0.25 is 25 %; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
}

// Init checks that there is a limit.
func (r *MaxPosition) Init(*risk.Setup) error { return checkBounds(r.Percent, r.Amount) }

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxPosition) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := priced(v, maxPosition, &o); err != nil {
		return o, err
	}
	limit, held := bound(v, r.Percent, r.Amount), v.Exposure(o.Instrument)
	sum, in := held.Add(v.Notional(&o)), v.Instrument(o.Instrument)
	v.Measured(sum, limit, in.Quote)
	if !sum.GreaterThan(limit) {
		return o, nil
	}
	cut, ok := fit(v, o, limit.Sub(held))
	if ok {
		return cut, nil
	}
	return o, &market.Refusal{
		Rule:     maxPosition,
		Measured: fmt.Sprintf("%s position and working buys of %s %s, and the order %s", in.Symbol, held, in.Quote, v.Notional(&o)),
		Limit:    limit.String() + " " + in.Quote,
	}
}
