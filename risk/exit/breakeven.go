package exit

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const breakEvenSample = `[risk.main]
rules = ["break_even"]
  [risk.main.break_even]
  gain = "0.05"
`

// BreakEvenPlugin describes the rule break_even.
func BreakEvenPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "break_even",
		Doc:    "once a position has gained enough, closes it before it loses",
		Sample: breakEvenSample,
		New:    func() risk.Rule { return &BreakEven{At: atVenue} },
	}
}

// BreakEven sets a stop once the best price since the entry has brought Gain, where
// closing returns Offset. Both are returns with the fees of entering and closing in them.
type BreakEven struct {
	Gain   decimal.Decimal `toml:"gain" param:"min=0,max=1000" doc:"return, fees included, that sets the stop: 0.05 is 5 %; above offset"`
	Offset decimal.Decimal `toml:"offset" param:"min=0,max=1000" doc:"return, fees included, that the stop keeps; 0 is what was paid"`
	At     string          `toml:"at" param:"oneof=venue|close" doc:"venue rests a stop order there, where it takes one; close looks at bar closes"`

	keeper       keeper
	gain, offset float64
}

// Init checks the settings and subscribes to bars and orders.
func (r *BreakEven) Init(s *risk.Setup) error {
	var err error
	if r.Offset.IsNegative() || !r.Gain.GreaterThan(r.Offset) {
		err = fmt.Errorf("gain = %s must be above offset = %s, which is not below 0", r.Gain, r.Offset)
	}
	if err := errors.Join(err, checkAt(r.At)); err != nil {
		return err
	}
	r.gain, r.offset = market.Float(r.Gain), market.Float(r.Offset)
	r.keeper = keeper{at: r.At, levels: r.levels, moves: r.moves}
	r.keeper.start(s)
	return nil
}

// Review lets every order pass. It says the last close, and the level at which the
// position is closed once it has gained enough.
func (r *BreakEven) Review(v *risk.View, o market.Order) (market.Order, error) {
	h := r.keeper.draft(v, &o)
	h.stop = h.worth(r.offset)
	return h.measured(v, o)
}

// levels moves a stop that is set with what the position cost.
func (r *BreakEven) levels(_ *risk.View, h *hold) {
	if h.stop > 0 {
		h.stop = h.worth(r.offset)
	}
}

// moves sets the stop once the position has gained enough.
func (r *BreakEven) moves(_ *risk.Desk, h *hold) bool {
	if h.better(h.peak, h.worth(r.gain)) {
		h.stop = h.worth(r.offset)
	}
	return false
}
