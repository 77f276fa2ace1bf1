package size

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const kelly = "kelly"

const kellySample = `[risk.main]
sizer = "kelly"
  [risk.main.kelly]
  win_rate = "0.55"
  payoff   = "1.5"
  trades   = 30
`

// KellyPlugin describes the sizer kelly.
func KellyPlugin() risk.SizerPlugin {
	return risk.SizerPlugin{
		Name:   kelly,
		Doc:    "sizes each order by the Kelly criterion: from a win rate and a payoff, or from the strategy's own trades",
		Sample: kellySample,
		New:    func() risk.Sizer { return &Kelly{Window: 100, Fraction: decimal.New(5, -1), Cap: decimal.New(25, -2)} },
	}
}

// Kelly sizes each order to equity × the lower of cap and fraction × f, with f = W − (1 − W) ÷ R:
// W is the share of trades that won, R the mean win ÷ the mean loss, both as returns (Kelly, A
// New Interpretation of Information Rate, 1956, for bets that win R or lose 1). Where f is not
// above 0 the trade is not worth making, and is refused. After Trades closed trades of the
// strategy the last Window of them say W and R; a trade that won nothing is no win. Trades
// without a loss make f = W.
type Kelly struct {
	WinRate  decimal.Decimal              `toml:"win_rate" param:"min=0,max=1" doc:"share of trades that win; 0: known from trades alone"`
	Payoff   decimal.Decimal              `toml:"payoff" param:"min=0" doc:"mean win ÷ mean loss; 0: known from trades alone"`
	Trades   int                          `toml:"trades" param:"min=0,max=10000,step=1" doc:"closed trades of the strategy from which on they say both; 0: they never do"`
	Window   int                          `toml:"window" param:"min=1,max=10000,step=1" doc:"trades that are looked at, the last ones"`
	First    decimal.Decimal              `toml:"first" param:"min=0,max=1" doc:"share of equity while there are too few trades, without win_rate and payoff; 0 refuses"`
	Fraction decimal.Decimal              `toml:"fraction" param:"min=0,max=1" doc:"part of f that is used; above 0"`
	Cap      decimal.Decimal              `toml:"cap" param:"min=0,max=1" doc:"share of equity that no order exceeds; above 0"`
	closed   map[string][]decimal.Decimal // returns of the last trades, by strategy
}

// Init checks the settings, and listens for trades where they count.
func (k *Kelly) Init(s *risk.Setup) error {
	switch given := k.WinRate.IsPositive(); {
	case given != k.Payoff.IsPositive():
		return fmt.Errorf("win_rate = %s and payoff = %s: set both, above 0, or none", k.WinRate, k.Payoff)
	case k.WinRate.GreaterThan(one) || k.Payoff.IsNegative():
		return fmt.Errorf("win_rate = %s must be from 0 to 1, payoff = %s not negative", k.WinRate, k.Payoff)
	case !given && k.Trades == 0:
		return fmt.Errorf("set win_rate and payoff, or trades, from which they are learnt")
	case !isShare(k.Fraction) || !isShare(k.Cap):
		return fmt.Errorf("fraction = %s and cap = %s must be above 0 and up to 1", k.Fraction, k.Cap)
	case k.First.IsNegative() || k.First.GreaterThan(one) || k.Trades < 0 || k.Window < max(k.Trades, 1):
		return fmt.Errorf("first = %s must be a share of equity, and window = %d at least trades = %d", k.First, k.Window, k.Trades)
	}
	if k.Trades > 0 {
		k.closed = map[string][]decimal.Decimal{}
		s.Trades(k.learn)
	}
	return nil
}

// learn keeps the return of a closed trade.
func (k *Kelly) learn(d *risk.Desk, t risk.Trade) {
	if !t.Cost.IsPositive() {
		return
	}
	list := append(k.closed[d.Strategy()], market.Divide(t.Profit, t.Cost, 12))
	k.closed[d.Strategy()] = list[max(0, len(list)-k.Window):]
}

// Size returns the quantity in base.
func (k *Kelly) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	e, err := enter(v, kelly, &o)
	if err != nil {
		return decimal.Zero, err
	}
	var f decimal.Decimal
	closed := k.closed[v.Strategy()]
	switch {
	case k.Trades > 0 && len(closed) >= k.Trades:
		f = learnt(closed)
	case k.WinRate.IsPositive():
		f = criterion(k.WinRate, one.Sub(k.WinRate), k.Payoff)
	case k.First.IsPositive():
		return e.share(k.First, decimal.Zero)
	default:
		return decimal.Zero, e.refusal(fmt.Sprintf("%d closed trades", len(closed)), fmt.Sprintf("%d, or first, or win_rate and payoff", k.Trades))
	}
	if !f.IsPositive() {
		return decimal.Zero, e.refusal(fmt.Sprintf("f = %s", f), "above 0: such trades lose in the long run")
	}
	return e.share(decimal.Min(f.Mul(k.Fraction), k.Cap), decimal.Zero)
}

// criterion is f, rounded down at 12 decimals.
func criterion(win, loss, payoff decimal.Decimal) decimal.Decimal {
	return win.Sub(market.DivideUp(loss, payoff, 12))
}

// learnt is f of the returns of trades, rounded down.
func learnt(returns []decimal.Decimal) decimal.Decimal {
	var wins, won, lost decimal.Decimal
	for _, r := range returns {
		if r.IsPositive() {
			wins, won = wins.Add(one), won.Add(r)
		} else {
			lost = lost.Sub(r)
		}
	}
	n := decimal.New(int64(len(returns)), 0)
	switch {
	case wins.IsZero():
		return one.Neg()
	case lost.IsZero():
		return floorDivide(wins, n)
	}
	// W − (1 − W) ÷ R, where R = (won ÷ wins) ÷ (lost ÷ losses), is (wins − lost × wins ÷ won) ÷ n.
	return floorDivide(wins.Sub(market.DivideUp(lost.Mul(wins), won, 12)), n)
}
