package size

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// quantity returns how much base an amount in quote buys at an order's own price, or
// else at the last close, in whole steps. Without a price it refuses.
func quantity(v *risk.View, sizer string, o *market.Order, amount decimal.Decimal) (decimal.Decimal, error) {
	in, price := v.Instrument(o.Instrument), v.LastPrice(o.Instrument)
	switch {
	case o.Priced():
		price = o.Price
	case o.Triggered():
		price = o.Stop
	}
	if !price.IsPositive() {
		return decimal.Zero, &market.Refusal{Rule: sizer, Measured: in.Symbol + " has no price yet"}
	}
	q := market.Affordable(amount, price, in.Step)
	v.Measured(q.Mul(price), amount, in.Quote)
	return q, nil
}
