package limit

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxNetExposure = "max_net_exposure"

const maxNetExposureSample = `[risk.main]
rules = ["max_net_exposure"]
  [risk.main.max_net_exposure]
  percent = "0.2"
`

// MaxNetExposurePlugin describes the rule max_net_exposure.
func MaxNetExposurePlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxNetExposure,
		Doc:    "bounds by how much the long side may exceed the short one, and the other way round; cuts orders to what fits",
		Sample: maxNetExposureSample,
		New:    func() risk.Rule { return &MaxNetExposure{Scope: ofStrategy} },
	}
}

// MaxNetExposure bounds how far the long side of a strategy, or of the account, may exceed
// the short one, and the short one the long one: positions, the working orders that add to
// the order's side, and the order, at the worst price of the collar, less what the
// positions of the other side are worth at the other end of it. It cuts an order to what
// fits. On spot, where nothing is short, it is max_exposure. Percent, Amount or both must
// be set; the lower bound holds.
//
// Closing is always allowed: closing one side may leave too much of the other, to which
// nothing is added then.
type MaxNetExposure struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=10" doc:"share of equity: 0.8 is 80 %; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
	Scope   string          `toml:"scope" param:"oneof=strategy|account" doc:"whose exposure is measured, and whose equity: of the strategy, or of all strategies"`

	meter meter
}

// Init checks that there is a limit.
func (r *MaxNetExposure) Init(s *risk.Setup) error {
	if err := errors.Join(checkBounds(r.Percent, r.Amount, geared), checkScope(r.Scope)); err != nil {
		return err
	}
	r.meter = meter{notional: r, rule: maxNetExposure, account: r.Scope == ofAccount, net: true}
	r.meter.watch(s)
	return nil
}

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxNetExposure) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.meter.review(v, o)
}

func (r *MaxNetExposure) limit(v *risk.View, _ market.InstrumentID) (decimal.Decimal, bool) {
	return bound(v, r.meter.account, r.Percent, r.Amount), true
}

func (r *MaxNetExposure) what(*risk.View, market.InstrumentID) string {
	return scoped("net exposure", r.meter.account)
}
