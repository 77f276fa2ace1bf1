package portfolio

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
)

const maxContribution = "max_contribution"

const maxContributionSample = `[risk.main]
rules = ["max_contribution"]
  [risk.main.max_contribution]
  percent   = "0.4"
  positions = 3
`

// MaxContributionPlugin describes the rule max_contribution.
func MaxContributionPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxContribution,
		Doc:    "bounds the share of one position in the risk of all; cuts orders to what fits",
		Sample: maxContributionSample,
		New: func() risk.Rule {
			return &MaxContribution{Basis: basis(), Percent: decimal.New(4, -1), Positions: 3}
		},
	}
}

// MaxContribution bounds the share that the order's position has in the risk of all: its
// exposure × the covariance of its returns with the portfolio's profits ÷ their variance.
// By Euler's theorem the shares sum to 1 (Tasche, Risk contributions and performance
// measurement, 1999); of a normal distribution those in value at risk, expected shortfall
// and deviation are the same. A hedge has a negative share. The rule begins with Positions
// instruments, that of the order included: the first has all of the risk, whatever its
// size. Working orders count as filled: several of one instant share the risk, although
// none of them has filled yet.
type MaxContribution struct {
	Basis
	Percent   decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"greatest share of the risk: 0.4 is 40 %"`
	Positions int             `toml:"positions" param:"min=2,max=1000,step=1" doc:"instruments from which on it holds"`

	portfolio portfolio
}

// Init checks the settings and subscribes to bars.
func (r *MaxContribution) Init(s *risk.Setup) error {
	switch {
	case !r.Percent.IsPositive() || r.Percent.GreaterThan(decimal.New(1, 0)):
		return risk.OutOfBounds("percent", r.Percent, "a share of the risk above 0, up to 1: 0.4 is 40 %")
	case r.Positions < 2:
		return fmt.Errorf("positions = %d must be at least 2: one position has all of the risk", r.Positions)
	case r.Percent.Mul(decimal.New(int64(r.Positions), 0)).LessThan(decimal.New(1, 0)):
		return fmt.Errorf("percent = %s lets no %d positions be: one of them has %s of the risk at least", r.Percent, r.Positions, market.Divide(decimal.New(1, 0), decimal.New(int64(r.Positions), 0), 2))
	}
	return r.init(maxContribution, s)
}

// Review cuts an order to what fits, or refuses it.
func (r *MaxContribution) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := limit.Priced(v, maxContribution, &o); err != nil {
		return o, err
	}
	p := &r.portfolio
	if l := p.fill(&r.Basis, v, &o); l != nil {
		return r.unready(v, o, l)
	}
	p.assume()
	positions := len(p.parts) + 1
	room, share := p.notional, contribution(p, p.with(p.notional))
	if positions >= r.Positions {
		room, share = p.room(contribution, market.Float(r.Percent))
	}
	v.Measured(market.Price(100*share, 2), r.Percent.Shift(2), "%")
	if part, ok := cut(v, o, p.notional, room); ok {
		return part, nil
	}
	return o, &market.Refusal{
		Rule: maxContribution,
		Measured: fmt.Sprintf("%s has %s %% of the risk of %d instruments with the order",
			v.Instrument(o.Instrument).Symbol, market.Price(100*share, 2), positions),
		Limit: r.Percent.Shift(2).String() + " %",
	}
}

// contribution is the share of the order's instrument in the variance of the portfolio.
func contribution(p *portfolio, x float64) float64 {
	all := p.profits(x)
	variance := covariance(all, all)
	if !(variance > 0) {
		return 0
	}
	return x * covariance(p.own.returns, all) / variance
}
