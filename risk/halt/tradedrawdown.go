package halt

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const tradeDrawdown = "trade_drawdown"

const tradeDrawdownSample = `[risk.main]
rules = ["trade_drawdown"]
  [risk.main.trade_drawdown]
  lookback             = "48h"
  trade_limit          = 20
  max_allowed_drawdown = "0.2"
  for                  = "12h"
`

// TradeDrawdownPlugin describes the rule trade_drawdown.
func TradeDrawdownPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   tradeDrawdown,
		Doc:    "stops new risk once the summed returns of the trades within a time have fallen too far from their peak",
		Sample: tradeDrawdownSample,
		New: func() risk.Rule {
			return &TradeDrawdown{Stop: Stop{Scope: "account", Action: "lock", For: oneHour}, TradeLimit: 1}
		},
	}
}

// TradeDrawdown adds the returns of the trades that closed within Lookback, in the order in
// which they closed, from 0 on. Once that sum lay by more than MaxAllowedDrawdown below the
// highest that it was before, of at least TradeLimit trades, new risk is stopped. Trades
// that closed at one time are one step. What is held counts for nothing: max_drawdown
// measures equity.
type TradeDrawdown struct {
	Stop
	Lookback           market.Duration `toml:"lookback" doc:"how far back trades count, by when they closed; needed"`
	TradeLimit         int             `toml:"trade_limit" param:"min=1,max=10000,step=1" doc:"fewer trades are not judged"`
	MaxAllowedDrawdown decimal.Decimal `toml:"max_allowed_drawdown" param:"min=0,max=100" doc:"how far the sum of returns may fall, each a share of the cost of its trade: 0.2 is 20 %; above 0"`

	allowed share
	tally   tally
}

// Init checks the settings and subscribes to trades.
func (r *TradeDrawdown) Init(s *risk.Setup) error {
	if err := r.checkTrades(r.Lookback, r.TradeLimit, false); err != nil {
		return err
	}
	if !r.MaxAllowedDrawdown.IsPositive() {
		return risk.OutOfBounds("max_allowed_drawdown", r.MaxAllowedDrawdown, "above 0: 0.2 is 20 %")
	}
	r.allowed = shareOf(r.MaxAllowedDrawdown)
	r.tally = tally{Stop: &r.Stop, lookback: r.Lookback, judge: r.judge}
	return r.tally.begin(s)
}

// Review lets every order pass: the engine refuses what a halt stops.
func (r *TradeDrawdown) Review(v *risk.View, o market.Order) (market.Order, error) {
	v.Measured(drawdown(r.tally.lately(v, &o)).percent(), r.allowed.percent(), "%")
	return o, nil
}

func (r *TradeDrawdown) judge(k int, list []closed) string {
	fall := drawdown(list)
	if len(list) < r.TradeLimit || fall <= r.allowed {
		return ""
	}
	return fmt.Sprintf("the returns of %s of %s within %s fell %s from their peak; limit %s", plural(len(list), "trade"), r.tally.who(k), r.Lookback, fall, r.allowed)
}

// drawdown returns the deepest fall of the summed returns from their peak, which is 0 before
// the first.
func drawdown(list []closed) (deepest share) {
	var total, peak share
	for i := range list {
		if total += list[i].earned; i+1 < len(list) && list[i+1].at == list[i].at {
			continue
		}
		peak = max(peak, total)
		deepest = max(deepest, peak-total)
	}
	return deepest
}
