package portfolio

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
)

const maxBeta = "max_beta"

const maxBetaSample = `[risk.main]
rules = ["max_beta"]
  [risk.main.max_beta]
  reference = "BTCUSDT"
  max       = "0.8"
`

// MaxBetaPlugin describes the rule max_beta.
func MaxBetaPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   maxBeta,
		Doc:    "bounds how far equity moves with a reference instrument; cuts orders to what fits",
		Sample: maxBetaSample,
		New: func() risk.Rule {
			return &MaxBeta{Basis: basis(), Min: decimal.New(-1, 0), Max: decimal.New(1, 0)}
		},
	}
}

// MaxBeta bounds the beta of equity to a reference: Σ exposure × β ÷ equity, where the β
// of an instrument is the covariance of its returns with those of the reference, divided
// by the variance of these (Sharpe, Capital asset prices, 1964). Equity of 10,000 with a
// beta of 0.8 moves by 80 when the reference moves by 1 %. An order that raises beta
// must leave it at or below Max, one that lowers it at or above Min.
type MaxBeta struct {
	Basis
	Reference string          `toml:"reference" doc:"symbol of the instrument that moves the others; one of the run"`
	Min       decimal.Decimal `toml:"min" param:"min=-10,max=10" doc:"least beta, negative where short positions may outweigh"`
	Max       decimal.Decimal `toml:"max" param:"min=-10,max=10" doc:"greatest beta"`

	reference market.InstrumentID
	portfolio portfolio
}

// Init checks the settings and subscribes to bars.
func (r *MaxBeta) Init(s *risk.Setup) error {
	if !r.Min.LessThan(r.Max) {
		return fmt.Errorf("min = %s must be below max = %s", r.Min, r.Max)
	}
	if err := r.init(maxBeta, s); err != nil {
		return err
	}
	k := slices.IndexFunc(s.Instruments(), func(in market.Instrument) bool { return in.Symbol == r.Reference })
	if k < 0 {
		return fmt.Errorf("reference = %q is no instrument of the run: give it to a strategy, whether that trades it or not", r.Reference)
	}
	r.reference = s.Instruments()[k].ID
	return nil
}

// Review cuts an order to what fits, or refuses it.
func (r *MaxBeta) Review(v *risk.View, o market.Order) (market.Order, error) {
	if err := limit.Priced(v, maxBeta, &o); err != nil {
		return o, err
	}
	reference, l := r.row(v, r.reference)
	if l != nil {
		return r.unready(v, o, l)
	}
	p := &r.portfolio
	if l := p.fill(&r.Basis, v, &o); l != nil {
		return r.unready(v, o, l)
	}
	returns, equity := reference.returns, r.equity(v)
	variance := covariance(returns, returns)
	if !(variance > 0 && equity > 0) {
		return o, &market.Refusal{Rule: maxBeta, Measured: fmt.Sprintf("no beta: equity of %s, and %s with a variance of %g", shown(equity), r.Reference, variance)}
	}
	// An order that raises beta meets the upper bound alone, one that lowers it the lower.
	to, most, word := 1.0, r.Max, "at most "
	if covariance(p.own.returns, returns)*p.sign < 0 {
		to, most, word = -1, r.Min, "at least "
	}
	beta := func(p *portfolio, x float64) float64 {
		return to * covariance(p.profits(x), returns) / variance / equity
	}
	room, size := p.room(beta, to*market.Float(most))
	is := market.Price(to*size, 4)
	v.Measured(is, most, "beta")
	if part, ok := cut(v, o, p.notional, room); ok {
		return part, nil
	}
	return o, &market.Refusal{
		Rule:     maxBeta,
		Measured: fmt.Sprintf("beta of %s to %s with the order", is, r.Reference),
		Limit:    word + most.String(),
	}
}
