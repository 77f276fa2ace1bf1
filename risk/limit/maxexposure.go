package limit

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxExposure = "max_exposure"

const maxExposureSample = `[risk.main]
rules = ["max_exposure"]
  [risk.main.max_exposure]
  percent = "0.8"
`

// MaxExposurePlugin describes the rule max_exposure.
func MaxExposurePlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxExposure,
		Doc:    "bounds the notional of all positions together, working orders included; cuts orders to what fits",
		Sample: maxExposureSample,
		New:    func() risk.Rule { return &MaxExposure{Scope: ofStrategy} },
	}
}

// MaxExposure bounds the gross exposure: the notional of all positions of a strategy, or of
// the account, short ones as much as long ones, with the working orders that add to them
// and the order at hand, each at the worst price of the collar. Of one instrument the larger
// side counts, since a position is long or short. It cuts an order to what fits. Percent,
// Amount or both must be set; the lower bound holds.
type MaxExposure struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=10" doc:"share of equity: 0.8 is 80 %; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
	Scope   string          `toml:"scope" param:"oneof=strategy|account" doc:"whose exposure is measured, and whose equity: of the strategy, or of all strategies"`

	meter meter
}

// Init checks that there is a limit.
func (r *MaxExposure) Init(s *risk.Setup) error {
	if err := errors.Join(checkBounds(r.Percent, r.Amount, geared), checkScope(r.Scope)); err != nil {
		return err
	}
	r.meter = meter{notional: r, rule: maxExposure, account: r.Scope == ofAccount}
	r.meter.watch(s)
	return nil
}

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxExposure) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.meter.review(v, o)
}

func (r *MaxExposure) limit(v *risk.View, _ market.InstrumentID) (decimal.Decimal, bool) {
	return bound(v, r.meter.account, r.Percent, r.Amount), true
}

func (r *MaxExposure) what(*risk.View, market.InstrumentID) string {
	return scoped("gross exposure", r.meter.account)
}
