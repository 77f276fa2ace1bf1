package size

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const fixedAmount = "fixed_amount"

const fixedAmountSample = `[risk.main]
sizer = "fixed_amount"
  [risk.main.fixed_amount]
  amount = "100"
`

// FixedAmountPlugin describes the sizer fixed_amount.
func FixedAmountPlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   fixedAmount,
		Doc:    "sizes each order to the same amount in quote",
		Sample: fixedAmountSample,
		New:    func() risk.Sizer { return &FixedAmount{} },
	}
}

// FixedAmount sizes each order to the same amount in quote.
type FixedAmount struct {
	Amount decimal.Decimal `toml:"amount" param:"min=0" doc:"amount in quote; above 0"`
}

// Init checks the amount.
func (f *FixedAmount) Init(*risk.Setup) error {
	if !f.Amount.IsPositive() {
		return risk.OutOfBounds("amount", f.Amount, "above 0")
	}
	return nil
}

// Size returns the quantity in base.
func (f *FixedAmount) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	return quantity(v, fixedAmount, &o, f.Amount)
}
