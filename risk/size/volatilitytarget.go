package size

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const volatilityTarget = "volatility_target"

const volatilityTargetSample = `[risk.main]
sizer = "volatility_target"
  [risk.main.volatility_target]
  target = "0.2"
`

// VolatilityTargetPlugin describes the sizer volatility_target.
func VolatilityTargetPlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   volatilityTarget,
		Doc:    "sizes each order to the volatility that it is to bring, as a share of the strategy's equity",
		Sample: volatilityTargetSample,
		New: func() risk.Sizer {
			return &VolatilityTarget{Per: "year", By: "sample", Bars: 30, Lambda: decimal.New(94, -2), Cap: one}
		},
	}
}

// VolatilityTarget sizes each order to equity × target ÷ volatility, where volatility is
// that of the instrument's last returns, and at most to a share of equity. In quiet times an
// order is large, in wild ones small. A volatility of a year is that of a bar × the root of
// the bars in 365 days.
type VolatilityTarget struct {
	Target decimal.Decimal `toml:"target" param:"min=0,max=10" doc:"volatility of the order, as a share of equity: 0.2 is 20 %; above 0"`
	Per    string          `toml:"per" param:"oneof=year|bar" doc:"what target is for"`
	By     string          `toml:"by" param:"oneof=sample|ewma|atr" doc:"sample: standard deviation of returns; ewma: exponentially weighted; atr: average true range ÷ price"`
	Bars   int             `toml:"bars" param:"min=2,max=5000,step=1" doc:"returns that are looked at"`
	Lambda decimal.Decimal `toml:"lambda" param:"min=0,max=0.999" doc:"of ewma: the weight that is left of a return one bar later"`
	Cap    decimal.Decimal `toml:"cap" param:"min=0,max=100" doc:"share of equity that no order exceeds; above 0, and above 1 with leverage alone"`
	bars   *risk.Bars
}

// Init checks the target and subscribes to bars.
func (t *VolatilityTarget) Init(s *risk.Setup) error {
	switch {
	case !t.Target.IsPositive() || !t.Cap.IsPositive():
		return fmt.Errorf("target = %s and cap = %s must be above 0", t.Target, t.Cap)
	case t.Bars < 2:
		return fmt.Errorf("bars = %d must be at least 2", t.Bars)
	case t.Lambda.IsNegative() || !t.Lambda.LessThan(one):
		return risk.OutOfBounds("lambda", t.Lambda, "from 0 to below 1")
	}
	t.bars = lastBars(s, t.Bars+1)
	return nil
}

// Size returns the quantity in base.
func (t *VolatilityTarget) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	e, err := enter(v, volatilityTarget, &o)
	if err != nil {
		return decimal.Zero, err
	}
	s, err := e.recent(t.bars, o.Instrument, t.Bars+1)
	if err != nil {
		return decimal.Zero, err
	}
	sigma := moves{t.By, market.Float(t.Lambda)}.volatility(s)
	if err := e.still(sigma, o.Instrument); err != nil {
		return decimal.Zero, err
	}
	if t.Per == "year" {
		sigma *= math.Sqrt(float64(365*market.Daily) / float64(s.Interval()))
	}
	return e.share(fraction(market.Float(t.Target)/sigma, t.Cap), decimal.Zero)
}
