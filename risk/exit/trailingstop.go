package exit

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const trailingStopSample = `[risk.main]
rules = ["trailing_stop"]
  [risk.main.trailing_stop]
  percent = "0.1"
  tight   = "0.02"
  offset  = "0.03"
`

// TrailingStopPlugin describes the rule trailing_stop.
func TrailingStopPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "trailing_stop",
		Doc:    "closes a position once its price falls back a share from the best one since its entry",
		Sample: trailingStopSample,
		New:    func() risk.Rule { return &TrailingStop{At: atVenue} },
	}
}

// TrailingStop closes the whole of a position once its price has fallen Percent from the
// peak: the highest price of the bars since the entry, of a short position the lowest,
// from the average entry price on. The stop moves at bar closes, and never back.
type TrailingStop struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"how far below the peak, as a share of it: 0.1 is 10 %; above 0 and below 1"`
	Offset  decimal.Decimal `toml:"offset" param:"min=0,max=1000" doc:"return, fees included, that the peak must have reached for tight and wait: 0.03 is 3 %; 0 is any profit"`
	Tight   decimal.Decimal `toml:"tight" param:"min=0,max=1" doc:"distance from the peak once offset is reached; 0 keeps percent"`
	Wait    bool            `toml:"wait" doc:"no stop before offset is reached"`
	At      string          `toml:"at" param:"oneof=venue|close" doc:"venue rests a stop order there, where it takes one; close looks at bar closes"`

	keeper              keeper
	wide, offset, tight float64
}

// Init checks the settings and subscribes to bars and orders.
func (r *TrailingStop) Init(s *risk.Setup) error {
	if err := errors.Join(checkShare("percent", r.Percent), r.check(), checkAt(r.At)); err != nil {
		return err
	}
	r.wide, r.offset, r.tight = market.Float(r.Percent), market.Float(r.Offset), market.Float(r.Percent)
	if r.Tight.IsPositive() {
		r.tight = market.Float(r.Tight)
	}
	r.keeper = keeper{at: r.At, levels: func(_ *risk.View, h *hold) { r.trail(h) }, moves: r.moves}
	r.keeper.start(s)
	return nil
}

// check reports settings that make no sense together.
func (r *TrailingStop) check() error {
	switch {
	case r.Offset.IsNegative():
		return fmt.Errorf("offset = %s is negative", r.Offset)
	case r.Tight.IsNegative() || r.Tight.GreaterThan(r.Percent):
		return fmt.Errorf("tight = %s must be from 0 to percent = %s", r.Tight, r.Percent)
	case r.Offset.IsPositive() && r.Tight.IsZero() && !r.Wait:
		return fmt.Errorf("offset = %s does nothing without tight or wait: set wait = true to trail from there on only", r.Offset)
	}
	return nil
}

// Review lets every order pass. It says the last close, and the level at which the
// position is closed as things stand.
func (r *TrailingStop) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.keeper.review(v, o)
}

func (r *TrailingStop) moves(_ *risk.Desk, h *hold) bool {
	r.trail(h)
	return false
}

// trail lets the stop follow the peak. Without an offset any profit will do.
func (r *TrailingStop) trail(h *hold) {
	switch {
	case h.better(h.peak, h.worth(r.offset)) && !h.worse(h.peak, h.worth(0)):
		h.tighten(h.off(h.peak, r.tight))
	case !r.Wait:
		h.tighten(h.off(h.peak, r.wide))
	}
}
