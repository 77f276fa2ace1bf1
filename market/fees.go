package market

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Fees says what a fill costs and in which asset (semantics M1).
type Fees struct {
	Maker   decimal.Decimal `json:"maker"` // fraction of the notional: 0.001 is 0.1 %
	Taker   decimal.Decimal `json:"taker"`
	InQuote bool            `json:"in_quote,omitzero"` // charge quote for buys too, instead of the received base
	Tiers   []FeeTier       `json:"tiers,omitempty"`   // other rates from a volume on, by rising Volume
}

// FeeTier is the rates of an account that traded enough.
type FeeTier struct {
	Volume decimal.Decimal `json:"volume"` // notional of 30 days from which on the rates apply, in quote
	Maker  decimal.Decimal `json:"maker"`  // fraction of the notional
	Taker  decimal.Decimal `json:"taker"`
}

// Rate returns the rate of a fill, where the account traded volume in 30 days, in quote.
func (f *Fees) Rate(volume decimal.Decimal, maker bool) decimal.Decimal {
	m, t := f.Maker, f.Taker
	for i := range f.Tiers {
		if volume.LessThan(f.Tiers[i].Volume) {
			break
		}
		m, t = f.Tiers[i].Maker, f.Tiers[i].Taker
	}
	if maker {
		return m
	}
	return t
}

// Worst returns the highest of all rates, for what an order may cost.
func (f *Fees) Worst() decimal.Decimal {
	worst := decimal.Max(f.Maker, f.Taker)
	for i := range f.Tiers {
		worst = decimal.Max(worst, f.Tiers[i].Maker, f.Tiers[i].Taker)
	}
	return worst
}

// Validate reports the first thing about f that makes no sense.
func (f *Fees) Validate() error {
	if !fraction(f.Maker) || !fraction(f.Taker) {
		return fmt.Errorf("fees must be at least 0 and below 1 (0.001 is 0.1 %%)")
	}
	from := decimal.Zero
	for i := range f.Tiers {
		t := &f.Tiers[i]
		switch {
		case !fraction(t.Maker) || !fraction(t.Taker):
			return fmt.Errorf("fees of the tier from %s must be at least 0 and below 1 (0.001 is 0.1 %%)", t.Volume)
		case !t.Volume.GreaterThan(from):
			return fmt.Errorf("the fee tier from %s must begin above %s, as tiers rise", t.Volume, from)
		}
		from = t.Volume
	}
	return nil
}

func fraction(x decimal.Decimal) bool { return !x.IsNegative() && x.LessThan(one) }

// Scaled returns the fees with every rate times a multiple.
func (f *Fees) Scaled(multiple decimal.Decimal) Fees {
	out := *f
	out.Maker, out.Taker, out.Tiers = f.Maker.Mul(multiple), f.Taker.Mul(multiple), slices.Clone(f.Tiers)
	for i := range out.Tiers {
		t := &out.Tiers[i]
		t.Maker, t.Taker = t.Maker.Mul(multiple), t.Taker.Mul(multiple)
	}
	return out
}

// FeeDiscount lets an asset that the account holds beside its cash pay the fees, for
// less (semantics M1). The zero value is off.
type FeeDiscount struct {
	Asset    string
	Discount decimal.Decimal // fraction of the fee that is not charged: 0.25 is a quarter
	Balance  decimal.Decimal // of Asset at the start
}

// On reports whether there is such an asset.
func (d *FeeDiscount) On() bool { return d.Asset != "" }

// Fee returns the fee of a fill in the asset, rounded up to 8 decimals: of a notional
// in quote at a rate, for a price of the asset in quote, which must be above 0.
func (d *FeeDiscount) Fee(notional, rate, price decimal.Decimal) decimal.Decimal {
	return DivideUp(notional.Mul(d.Rate(rate)), price, discountPlaces)
}

// Rate returns what is left of a rate.
func (d *FeeDiscount) Rate(rate decimal.Decimal) decimal.Decimal {
	return rate.Mul(one.Sub(d.Discount))
}

const discountPlaces = 8

// Instrument returns the instrument of a list that prices the asset in quote.
func (d *FeeDiscount) Instrument(list []Instrument) (InstrumentID, error) {
	for i := range list {
		if list[i].Base == d.Asset && !list[i].Perpetual() {
			return list[i].ID, nil
		}
	}
	return NoInstrument, fmt.Errorf("fees are to be paid in %s, which no instrument of the account prices: let a strategy trade it", d.Asset)
}

// Validate reports the first thing about d that makes no sense.
func (d *FeeDiscount) Validate() error {
	switch {
	case !d.On() && d.Balance.IsPositive():
		return fmt.Errorf("a balance of %s for fees names no asset", d.Balance)
	case d.Balance.IsNegative() || d.Discount.IsNegative() || d.Discount.GreaterThan(one):
		return fmt.Errorf("a discount of %s on fees paid from %s %s: the discount must lie from 0 to 1, the balance at 0 or above", d.Discount, d.Balance, d.Asset)
	}
	return nil
}
