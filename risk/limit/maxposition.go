package limit

import (
	"errors"

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
		Doc:    "bounds what is held of each instrument, working orders included; cuts orders to what fits",
		Sample: maxPositionSample,
		New:    func() risk.Rule { return &MaxPosition{Scope: ofStrategy} },
	}
}

// MaxPosition bounds the notional of each position: what a strategy, or all of the account,
// holds of an instrument, the working orders that add to it and the order at hand, each at
// the worst price of the collar. It cuts an order to what fits and refuses one of which
// nothing is left that the venue would take. Percent, Amount or both must be set; the lower
// bound holds.
type MaxPosition struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"share of equity: 0.25 is 25 %; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
	Scope   string          `toml:"scope" param:"oneof=strategy|account" doc:"whose position is measured, and whose equity: of the strategy, or of all strategies"`

	meter meter
}

// Init checks that there is a limit.
func (r *MaxPosition) Init(s *risk.Setup) error {
	if err := errors.Join(checkBounds(r.Percent, r.Amount, whole), checkScope(r.Scope)); err != nil {
		return err
	}
	r.meter = meter{notional: r, rule: maxPosition, account: r.Scope == ofAccount}
	r.meter.group = grouped(s, func(in *market.Instrument) string { return in.Symbol })
	r.meter.watch(s)
	return nil
}

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxPosition) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.meter.review(v, o)
}

func (r *MaxPosition) limit(v *risk.View, _ market.InstrumentID) (decimal.Decimal, bool) {
	return bound(v, r.meter.account, r.Percent, r.Amount), true
}

func (r *MaxPosition) what(v *risk.View, of market.InstrumentID) string {
	return scoped(v.Instrument(of).Symbol+" position and working buys", r.meter.account)
}
