package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// checkBounds reports what makes a share of equity and an amount no limit.
func checkBounds(percent, amount, most decimal.Decimal) error {
	switch {
	case percent.IsNegative() || percent.GreaterThan(most):
		return risk.OutOfBounds("percent", percent, fmt.Sprintf("a share of equity from 0 to %s: 0.25 is 25 %%", most))
	case amount.IsNegative():
		return fmt.Errorf("amount = %s must not be negative", amount)
	case percent.IsZero() && amount.IsZero():
		return fmt.Errorf("set percent, amount or both")
	}
	return nil
}

// whole is all of the equity; geared is the most that a share of it may be where margin
// lets positions exceed it.
var whole, geared = decimal.New(1, 0), decimal.New(10, 0)

// bound returns the limit in quote: an amount, a share of the equity of the strategy or
// of the account, or the lower of the two.
func bound(v *risk.View, account bool, percent, amount decimal.Decimal) decimal.Decimal {
	if percent.IsZero() {
		return amount
	}
	share := market.Product(percent, equity(v, account)).Decimal()
	if amount.IsPositive() && amount.LessThan(share) {
		return amount
	}
	return share
}

// worst returns the price at which a limit counts an order, in quote: what one unit of
// it is worth (semantics D2).
func worst(v *risk.View, o market.Order) decimal.Decimal {
	o.Quantity, o.Quote = whole, decimal.Zero
	return v.Notional(&o)
}

// fit cuts an order to what room in quote allows. It reports whether the venue's
// filters would take what is left.
func fit(v *risk.View, o market.Order, room decimal.Decimal) (market.Order, bool) {
	in := v.Instrument(o.Instrument)
	if o.Quote.IsPositive() {
		o.Quote = decimal.Min(o.Quote, market.Floor(room, decimal.New(1, -in.QuotePrecision)))
		return o, !o.Quote.LessThan(decimal.Max(in.MinNotional, in.Step.Mul(worst(v, o))))
	}
	o.Quantity = decimal.Min(o.Quantity, market.Affordable(room, worst(v, o), in.Step))
	least := decimal.Max(in.Step, in.MinQuantity)
	return o, !o.Quantity.LessThan(least) && !market.Notional(&o, v.LastPrice(o.Instrument)).LessThan(in.MinNotional)
}

// priced refuses an order for an instrument that has no price yet: what it adds cannot
// be measured.
func priced(v *risk.View, rule string, o *market.Order) error {
	if v.Price(o.Instrument) > 0 {
		return nil
	}
	return &market.Refusal{Rule: rule, Measured: v.Instrument(o.Instrument).Symbol + " has no price yet"}
}

// Shown is an amount of quote as people read it: no finer than the quote asset is counted in.
func Shown(v *risk.View, i market.InstrumentID, amount decimal.Decimal) decimal.Decimal {
	return amount.Round(v.Instrument(i).QuotePrecision)
}

// tooFew says how many bars there are of a symbol; s may be nil.
func tooFew(s *risk.Series, symbol string) string {
	n := 0
	if s != nil {
		n = s.Len()
	}
	return fmt.Sprintf("too few bars of %s: %d", symbol, n)
}

// Fit cuts an order to what room in quote allows, for rules of other packages. It reports
// whether the venue's filters would take what is left.
func Fit(v *risk.View, o market.Order, room decimal.Decimal) (market.Order, bool) {
	return fit(v, o, room)
}

// Priced refuses an order for an instrument that has no price yet, for rules of other
// packages.
func Priced(v *risk.View, rule string, o *market.Order) error { return priced(v, rule, o) }
