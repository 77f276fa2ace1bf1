package limit

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const maxLeverage = "max_leverage"

const maxLeverageSample = `[risk.main]
rules = ["max_leverage"]
  [risk.main.max_leverage]
  times = "2"
  scope = "account"
`

// MaxLeveragePlugin describes the rule max_leverage.
func MaxLeveragePlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxLeverage,
		Doc:    "bounds how often gross exposure may contain equity; cuts orders to what fits",
		Sample: maxLeverageSample,
		New:    func() risk.Rule { return &MaxLeverage{Times: decimal.New(1, 0), Scope: ofAccount} },
	}
}

// MaxLeverage bounds the gross exposure of a strategy, or of the account, to a multiple of
// its equity. Exposure is that of max_exposure: positions, working orders and the order at
// the worst price of the collar. It cuts an order to what fits. On spot, where nothing is
// borrowed, the leverage is at most 1 without it.
type MaxLeverage struct {
	Times decimal.Decimal `toml:"times" param:"min=0,max=125" doc:"gross exposure as a multiple of equity: 2 is twice the equity; above 0"`
	Scope string          `toml:"scope" param:"oneof=strategy|account" doc:"whose exposure is measured, and whose equity: of the strategy, or of all strategies"`

	meter meter
}

// Init checks that there is a limit.
func (r *MaxLeverage) Init(s *risk.Setup) error {
	if !r.Times.IsPositive() || r.Times.GreaterThan(decimal.New(125, 0)) {
		return risk.OutOfBounds("times", r.Times, "a multiple of equity above 0 and up to 125")
	}
	if err := checkScope(r.Scope); err != nil {
		return err
	}
	r.meter = meter{notional: r, rule: maxLeverage, account: r.Scope == ofAccount}
	r.meter.watch(s)
	return nil
}

// Review cuts an order to the room that is left, or refuses it.
func (r *MaxLeverage) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.meter.review(v, o)
}

func (r *MaxLeverage) limit(v *risk.View, _ market.InstrumentID) (decimal.Decimal, bool) {
	return bound(v, r.meter.account, r.Times, decimal.Zero), true
}

func (r *MaxLeverage) what(*risk.View, market.InstrumentID) string {
	return scoped("gross exposure", r.meter.account)
}
