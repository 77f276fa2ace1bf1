package halt

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const lowProfit = "low_profit"

const lowProfitSample = `[risk.main]
rules = ["low_profit"]
  [risk.main.low_profit]
  lookback        = "6h"
  trade_limit     = 2
  required_profit = "0.02"
  for             = "60m"
`

// LowProfitPlugin describes the rule low_profit.
func LowProfitPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   lowProfit,
		Doc:    "stops new risk on an instrument whose trades within a time earned too little together",
		Sample: lowProfitSample,
		New: func() risk.Rule {
			return &LowProfit{Stop: Stop{Scope: "symbol", Action: "lock", For: oneHour}, TradeLimit: 1}
		},
	}
}

// LowProfit stops new risk once the returns of the trades that closed within Lookback sum to
// less than RequiredProfit, of at least TradeLimit trades. It looks where a trade closes: an
// old gain that leaves the lookback stops nothing by itself.
type LowProfit struct {
	Stop
	Lookback       market.Duration `toml:"lookback" doc:"how far back trades count, by when they closed; needed"`
	TradeLimit     int             `toml:"trade_limit" param:"min=1,max=10000,step=1" doc:"fewer trades are not judged"`
	RequiredProfit decimal.Decimal `toml:"required_profit" param:"min=-100,max=100" doc:"what the returns must sum to, each a share of the cost of its trade: 0.02 is 2 %"`
	OnlyPerSide    bool            `toml:"only_per_side" doc:"long and short trades are summed and stopped apart"`

	required share
	tally    tally
}

// Init checks the settings and subscribes to trades.
func (r *LowProfit) Init(s *risk.Setup) error {
	if err := r.checkTrades(r.Lookback, r.TradeLimit, r.OnlyPerSide); err != nil {
		return err
	}
	r.required = shareOf(r.RequiredProfit)
	r.tally = tally{Stop: &r.Stop, lookback: r.Lookback, sided: r.OnlyPerSide, judge: r.judge}
	return r.tally.begin(s)
}

// Review lets every order pass: the engine refuses what a halt stops.
func (r *LowProfit) Review(v *risk.View, o market.Order) (market.Order, error) {
	v.Measured(sum(r.tally.lately(v, &o)).percent(), r.required.percent(), "%")
	return o, nil
}

func (r *LowProfit) judge(k int, list []closed) string {
	earned := sum(list)
	if len(list) < r.TradeLimit || earned >= r.required {
		return ""
	}
	return fmt.Sprintf("%s of %s within %s earned %s together; required %s", plural(len(list), "trade"), r.tally.who(k), r.Lookback, earned, r.required)
}

func sum(list []closed) (total share) {
	for i := range list {
		total += list[i].earned
	}
	return total
}
