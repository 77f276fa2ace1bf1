package limit

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxAsset = "max_asset"

const maxAssetSample = `[risk.main]
rules = ["max_asset"]
  [risk.main.max_asset]
  percent = "0.4"
  scope   = "account"
`

// MaxAssetPlugin describes the rule max_asset.
func MaxAssetPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxAsset,
		Doc:    "bounds the notional in each base asset over all its instruments; cuts orders to what fits",
		Sample: maxAssetSample,
		New:    func() risk.Rule { return &MaxAsset{Scope: ofStrategy} },
	}
}

// MaxAsset bounds the concentration in one asset: the gross exposure of a strategy, or of the
// account, to all instruments with the same base asset as the order's, as max_exposure
// measures it. It cuts an order to what fits. Percent, Amount or both must be set; the lower
// bound holds.
type MaxAsset struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=10" doc:"share of equity: 0.8 is 80 %; 0 sets none"`
	Amount  decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; 0 sets none"`
	Scope   string          `toml:"scope" param:"oneof=strategy|account" doc:"whose exposure is measured, and whose equity: of the strategy, or of all strategies"`

	meter meter
}

// Init checks that there is a limit.
func (r *MaxAsset) Init(s *risk.Setup) error {
	if err := errors.Join(checkBounds(r.Percent, r.Amount, geared), checkScope(r.Scope)); err != nil {
		return err
	}
	r.meter = meter{notional: r, rule: maxAsset, account: r.Scope == ofAccount}
	r.meter.group = grouped(s, func(in *market.Instrument) string { return in.Base })
	r.meter.watch(s)
	return nil
}

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxAsset) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.meter.review(v, o)
}

func (r *MaxAsset) limit(v *risk.View, _ market.InstrumentID) (decimal.Decimal, bool) {
	return bound(v, r.meter.account, r.Percent, r.Amount), true
}

func (r *MaxAsset) what(v *risk.View, of market.InstrumentID) string {
	return scoped("exposure to "+v.Instrument(of).Base, r.meter.account)
}
