package exit

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const takeProfitSample = `[risk.main]
rules = ["take_profit"]
  [risk.main.take_profit]
  percent = "0.1"
`

// TakeProfitPlugin describes the rule take_profit.
func TakeProfitPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   "take_profit",
		Doc:    "closes a position a fixed share on the right side of its average entry price",
		Sample: takeProfitSample,
		New:    func() risk.Rule { return &TakeProfit{At: atVenue} },
	}
}

// TakeProfit closes the whole of a position at its average entry price and Percent of it;
// a short position at that price less Percent of it. The entry price has the fees in it
// on spot, and none on perpetuals; the fee of closing is in neither.
type TakeProfit struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1000" doc:"how far above the entry price, as a share of it: 0.1 is 10 %; above 0"`
	At      string          `toml:"at" param:"oneof=venue|close" doc:"venue rests a limit order there, where it takes one beside a stop; close looks at bar closes"`

	keeper keeper
	share  float64
}

// Init checks the settings and subscribes to bars and orders.
func (r *TakeProfit) Init(s *risk.Setup) error {
	var err error
	if r.Percent.LessThan(decimal.New(1, 0)) {
		err = checkShare("percent", r.Percent)
	}
	if err := errors.Join(err, checkAt(r.At)); err != nil {
		return err
	}
	r.keeper, r.share = keeper{at: r.At, levels: r.levels}, market.Float(r.Percent)
	r.keeper.start(s)
	return nil
}

// Review lets every order pass. It says the last close, and the level at which the
// position is closed as things stand.
func (r *TakeProfit) Review(v *risk.View, o market.Order) (market.Order, error) {
	return r.keeper.review(v, o)
}

// levels puts the target at its distance from the entry price. A short position that can
// not gain as much has none.
func (r *TakeProfit) levels(_ *risk.View, h *hold) { h.target = max(h.off(h.entry, -r.share), 0) }
