package exit

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const stopLossSample = `[risk.main]
rules = ["stop_loss"]
  [risk.main.stop_loss]
  percent = "0.05"
`

// StopLossPlugin describes the rule stop_loss.
func StopLossPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "stop_loss",
		Doc:    "closes a position a fixed share on the wrong side of its average entry price",
		Sample: stopLossSample,
		New:    func() risk.Rule { return &StopLoss{At: atVenue} },
	}
}

// StopLoss closes the whole of a position at its average entry price less Percent of it;
// a short position at that price and Percent of it. The entry price has the fees in it
// on spot, and none on perpetuals.
type StopLoss struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"how far below the entry price, as a share of it: 0.05 is 5 %; above 0 and below 1"`
	At      string          `toml:"at" param:"oneof=venue|close" doc:"venue rests a stop order there, where it takes one; close looks at bar closes"`

	keeper keeper
	share  float64
}

// Init checks the settings and subscribes to bars and orders.
func (r *StopLoss) Init(s *risk.Setup) error {
	if err := errors.Join(checkShare("percent", r.Percent), checkAt(r.At)); err != nil {
		return err
	}
	r.keeper, r.share = keeper{at: r.At, levels: r.levels}, market.Float(r.Percent)
	r.keeper.start(s)
	return nil
}

// Review lets every order pass. It says the last close, and the level at which the
// position is closed as it is now: from the last close where there is none yet.
func (r *StopLoss) Review(v *risk.View, o market.Order) (market.Order, error) {
	last, entry := v.LastPrice(o.Instrument), v.Entry(o.Instrument)
	if entry.IsZero() {
		entry = last
	}
	v.Measured(last, entry.Sub(entry.Mul(r.Percent)), v.Instrument(o.Instrument).Quote)
	return o, nil
}

// levels puts the stop at its distance from the entry price.
func (r *StopLoss) levels(_ *risk.View, h *hold) { h.stop = h.off(h.entry, r.share) }
