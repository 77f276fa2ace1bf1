package size

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const equalWeight = "equal_weight"

const equalWeightSample = `[risk.main]
sizer = "equal_weight"
  [risk.main.equal_weight]
  count = 5
`

// EqualWeightPlugin describes the sizer equal_weight.
func EqualWeightPlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   equalWeight,
		Doc:    "sizes each order to what is missing to an equal part of the strategy's equity",
		Sample: equalWeightSample,
		New:    func() risk.Sizer { return &EqualWeight{} },
	}
}

// EqualWeight brings each position to the strategy's equity ÷ a number of instruments: an
// order is worth what is missing. What is held counts at the last close, working orders at
// the worst price of the collar. It never sells what is above.
type EqualWeight struct {
	Count int `toml:"count" param:"min=0,max=10000,step=1" doc:"parts that equity is divided into; 0: the instruments of the strategy"`
	bars  *risk.Bars
	all   []market.Instrument
}

// Init checks the count, and learns which instruments there are.
func (w *EqualWeight) Init(s *risk.Setup) error {
	if w.Count < 0 {
		return fmt.Errorf("count = %d must not be negative", w.Count)
	}
	if w.Count == 0 {
		w.bars, w.all = lastBars(s, 1), s.Instruments()
	}
	return nil
}

// Size returns the quantity in base.
func (w *EqualWeight) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	e, err := enter(v, equalWeight, &o)
	if err != nil {
		return decimal.Zero, err
	}
	n := w.Count
	for i := range w.all {
		if w.bars.At(v, w.all[i].ID) != nil {
			n++
		}
	}
	return e.share(floorDivide(one, decimal.New(int64(n), 0)), e.held())
}

// floorDivide returns a ÷ b rounded down at 12 decimals, for b above 0.
func floorDivide(a, b decimal.Decimal) decimal.Decimal {
	q := market.Divide(a, b, 12)
	if q.Mul(b).GreaterThan(a) {
		q = q.Sub(decimal.New(1, -12))
	}
	return q
}
