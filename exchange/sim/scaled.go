package sim

import "github.com/shopspring/decimal"

// costs lists the options by which fills are worse.
func (o *Options) costs() []*decimal.Decimal {
	return []*decimal.Decimal{&o.SlippageBps, &o.SpreadBps, &o.ImpactBps, &o.Volatility, &o.RandomBps, &o.OverflowBps}
}

// Scaled returns the options with every cost times a multiple. Fees are those of the
// instruments: see [market.Fees.Scaled].
func (o Options) Scaled(multiple decimal.Decimal) Options {
	for _, cost := range o.costs() {
		*cost = cost.Mul(multiple)
	}
	return o
}
