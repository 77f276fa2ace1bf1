package size

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const riskPerTrade = "risk_per_trade"

const riskPerTradeSample = `[risk.main]
sizer = "risk_per_trade"
  [risk.main.risk_per_trade]
  risk = "0.01"
  atr  = "2"
`

// RiskPerTradePlugin describes the sizer risk_per_trade.
func RiskPerTradePlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   riskPerTrade,
		Doc:    "sizes each order so that its stop costs a share of the strategy's equity",
		Sample: riskPerTradeSample,
		New:    func() risk.Sizer { return &RiskPerTrade{Period: 14} },
	}
}

// RiskPerTrade sizes each order so that a share of the strategy's equity is lost where it
// fills at its price and ends at its stop: equity × risk ÷ (distance to the stop + the fees
// of both fills). The stop is that of the exits linked to the order; for one without, it is
// where Stop or ATR says. A gap or slippage beyond the stop costs more.
type RiskPerTrade struct {
	Risk   decimal.Decimal `toml:"risk" param:"min=0,max=1" doc:"share of the strategy's equity that the stop may cost: 0.01 is 1 %; above 0"`
	Stop   decimal.Decimal `toml:"stop" param:"min=0,max=1" doc:"distance of the stop of orders without a linked one, as a share of the price; 0 sets none"`
	ATR    decimal.Decimal `toml:"atr" param:"min=0,max=100" doc:"the same, in average true ranges; 0 sets none"`
	Period int             `toml:"period" param:"min=1,max=1000,step=1" doc:"bars of the average true range"`
	bars   *risk.Bars
}

// Init checks the shares, and subscribes to bars where the range of some is needed.
func (r *RiskPerTrade) Init(s *risk.Setup) error {
	switch {
	case !isShare(r.Risk):
		return risk.OutOfBounds("risk", r.Risk, "a share of equity above 0 and up to 1: 0.01 is 1 %")
	case r.Stop.IsNegative() || !r.Stop.LessThan(one):
		return risk.OutOfBounds("stop", r.Stop, "a share of the price, below 1: 0.05 is 5 %")
	case r.ATR.IsNegative() || r.ATR.IsPositive() && r.Stop.IsPositive():
		return fmt.Errorf("atr = %s and stop = %s: set one of the two, above 0, or none", r.ATR, r.Stop)
	case r.Period < 1:
		return fmt.Errorf("period = %d must be at least 1", r.Period)
	}
	if r.ATR.IsPositive() {
		r.bars = lastBars(s, r.Period+1)
	}
	return nil
}

// Size returns the quantity in base.
func (r *RiskPerTrade) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	e, err := enter(v, riskPerTrade, &o)
	if err != nil {
		return decimal.Zero, err
	}
	stop, err := r.stop(e)
	if err != nil {
		return decimal.Zero, err
	}
	distance := e.price.Sub(stop)
	if o.Side == market.Sell {
		distance = distance.Neg()
	}
	if !distance.IsPositive() || !stop.IsPositive() {
		return decimal.Zero, e.refusal(fmt.Sprintf("stop at %s of a %s of %s at %s", stop, o.Side, e.in.Symbol, e.price), "a stop on the losing side")
	}
	loss := distance.Add(e.in.Fees.Worst().Mul(e.price.Add(stop)))
	most := v.Equity().Mul(r.Risk)
	q := market.Affordable(most, loss, e.in.Step)
	v.Measured(q.Mul(loss), most, e.in.Quote)
	return q, e.enough(q, stop)
}

// stop returns the price at which the trade is to end with a loss.
func (r *RiskPerTrade) stop(e *entry) (decimal.Decimal, error) {
	if stop, ok := e.linkedStop(); ok {
		return stop, nil
	}
	if r.Stop.IsPositive() {
		return e.beyond(e.price.Mul(r.Stop)), nil
	}
	if r.bars == nil {
		return decimal.Zero, e.refusal("the order has no stop", "a linked one, or stop or atr of the sizer")
	}
	s, err := e.recent(r.bars, e.order.Instrument, r.Period+1)
	if err != nil {
		return decimal.Zero, err
	}
	return e.beyond(market.Price(averageRange(s), market.FreeScale).Mul(r.ATR)), nil
}

// isShare reports whether x is a share above 0.
func isShare(x decimal.Decimal) bool { return x.IsPositive() && !x.GreaterThan(one) }
