package size

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const percentEquity = "percent_equity"

const percentEquitySample = `[risk.main]
sizer = "percent_equity"
  [risk.main.percent_equity]
  percent = "0.1"
`

// PercentEquityPlugin describes the sizer percent_equity.
func PercentEquityPlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   percentEquity,
		Doc:    "sizes each order to a share of the strategy's equity",
		Sample: percentEquitySample,
		New:    func() risk.Sizer { return &PercentEquity{} },
	}
}

// PercentEquity sizes each order to a share of the strategy's equity, profits and
// losses included.
type PercentEquity struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"share of the strategy's equity: 0.1 is 10 %; above 0"`
}

// Init checks the share.
func (p *PercentEquity) Init(*risk.Setup) error {
	if !p.Percent.IsPositive() || p.Percent.GreaterThan(decimal.New(1, 0)) {
		return risk.OutOfBounds("percent", p.Percent, "a share of equity above 0 and up to 1: 0.1 is 10 %")
	}
	return nil
}

// Size returns the quantity in base.
func (p *PercentEquity) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	return quantity(v, percentEquity, &o, p.Percent.Mul(v.Equity()))
}
