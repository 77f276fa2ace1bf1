package size

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const inverseVolatility = "inverse_volatility"

const inverseVolatilitySample = `[risk.main]
sizer = "inverse_volatility"
  [risk.main.inverse_volatility]
  bars = 30
`

// InverseVolatilityPlugin describes the sizer inverse_volatility.
func InverseVolatilityPlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   inverseVolatility,
		Doc:    "sizes each order to what is missing to a part of the strategy's equity that is smaller the more the price moves",
		Sample: inverseVolatilitySample,
		New:    func() risk.Sizer { return &InverseVolatility{Bars: 30, Share: one} },
	}
}

// InverseVolatility brings each position to equity × share × w, where the weights w of the
// strategy's instruments are as 1 ÷ volatility and sum to 1: the sample standard deviation of
// the last returns. What is held is taken off as EqualWeight does.
type InverseVolatility struct {
	Bars  int             `toml:"bars" param:"min=2,max=5000,step=1" doc:"returns that are looked at"`
	Share decimal.Decimal `toml:"share" param:"min=0,max=100" doc:"share of equity for all positions together; above 0, and above 1 with leverage alone"`
	bars  *risk.Bars
	all   []market.Instrument
}

// Init checks the share and subscribes to bars.
func (w *InverseVolatility) Init(s *risk.Setup) error {
	switch {
	case !w.Share.IsPositive():
		return risk.OutOfBounds("share", w.Share, "above 0")
	case w.Bars < 2:
		return fmt.Errorf("bars = %d must be at least 2", w.Bars)
	}
	w.bars, w.all = lastBars(s, w.Bars+1), s.Instruments()
	return nil
}

// Size returns the quantity in base.
func (w *InverseVolatility) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	e, err := enter(v, inverseVolatility, &o)
	if err != nil {
		return decimal.Zero, err
	}
	own, total := 0.0, 0.0
	for k := range w.all {
		i := w.all[k].ID
		if w.bars.At(v, i) == nil {
			continue
		}
		s, err := e.recent(w.bars, i, w.Bars+1)
		if err != nil {
			return decimal.Zero, err
		}
		sigma := moves{by: "sample"}.volatility(s)
		if err := e.still(sigma, i); err != nil {
			return decimal.Zero, err
		}
		total += 1 / sigma
		if i == o.Instrument {
			own = 1 / sigma
		}
	}
	return e.share(fraction(own/total, one).Mul(w.Share), e.held())
}
