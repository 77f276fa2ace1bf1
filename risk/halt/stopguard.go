package halt

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const stopGuard = "stop_guard"

const stopGuardSample = `[risk.main]
rules = ["stop_guard"]
  [risk.main.stop_guard]
  lookback    = "24h"
  trade_limit = 4
  for         = "4h"
`

// StopGuardPlugin describes the rule stop_guard.
func StopGuardPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   stopGuard,
		Doc:    "stops new risk after several trades were stopped with a loss within a time",
		Sample: stopGuardSample,
		New: func() risk.Rule {
			return &StopGuard{Stop: Stop{Scope: "account", Action: "lock", For: oneHour}, TradeLimit: 10}
		},
	}
}

// StopGuard stops new risk once TradeLimit trades were stopped out within Lookback: closed
// by a stop order, by a rule's exit or by a liquidation, with a return below
// RequiredProfit.
type StopGuard struct {
	Stop
	Lookback       market.Duration `toml:"lookback" doc:"how far back trades count, by when they closed; needed"`
	TradeLimit     int             `toml:"trade_limit" param:"min=1,max=10000,step=1" doc:"so many stops are too many"`
	RequiredProfit decimal.Decimal `toml:"required_profit" param:"min=-1,max=1" doc:"a stop that earned less than this share of its cost counts: -0.01 leaves losses below 1 % out"`
	OnlyPerSide    bool            `toml:"only_per_side" doc:"long and short trades are counted and stopped apart"`

	tally tally
}

// Init checks the settings and subscribes to trades.
func (r *StopGuard) Init(s *risk.Setup) error {
	if err := r.checkTrades(r.Lookback, r.TradeLimit, r.OnlyPerSide); err != nil {
		return err
	}
	required := shareOf(r.RequiredProfit)
	r.tally = tally{
		Stop: &r.Stop, lookback: r.Lookback, sided: r.OnlyPerSide, judge: r.judge,
		counts: func(t *risk.Trade, earned share) bool { return t.Stopped && earned < required },
	}
	return r.tally.begin(s)
}

// Review lets every order pass: the engine refuses what a halt stops.
func (r *StopGuard) Review(v *risk.View, o market.Order) (market.Order, error) {
	n := len(r.tally.lately(v, &o))
	v.Measured(decimal.New(int64(n), 0), decimal.New(int64(r.TradeLimit), 0), "stops")
	return o, nil
}

func (r *StopGuard) judge(k int, list []closed) string {
	if len(list) < r.TradeLimit {
		return ""
	}
	return fmt.Sprintf("%s of %s within %s; limit %d", plural(len(list), "stop"), r.tally.who(k), r.Lookback, r.TradeLimit)
}
