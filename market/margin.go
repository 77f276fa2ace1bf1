package market

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// marginPlaces is to how many decimals margins are rounded, half to even.
const marginPlaces = 12

// Initial returns the margin that opening a notional needs, in quote: notional ÷
// leverage, to 12 decimals.
func (m *Margin) Initial(notional decimal.Decimal) decimal.Decimal {
	if !m.Leverage.IsPositive() || m.Leverage.Equal(one) {
		return notional
	}
	return Divide(notional, m.Leverage, marginPlaces)
}

// Maintenance returns the margin below which a position of that notional is
// liquidated, in quote.
func (m *Margin) Maintenance(notional decimal.Decimal) decimal.Decimal {
	b := m.bracket(notional)
	if b == nil {
		return decimal.Zero
	}
	return decimal.Max(notional.Mul(b.Rate).Sub(b.Deduction), decimal.Zero)
}

// Allows reports whether a position may reach a notional at the account's leverage.
func (m *Margin) Allows(notional decimal.Decimal) bool {
	if len(m.Brackets) == 0 {
		return true
	}
	b := m.bracket(notional)
	return b != nil && (b.MaxLeverage.IsZero() || m.Leverage.LessThanOrEqual(b.MaxLeverage)) &&
		(b.Cap.IsZero() || notional.LessThanOrEqual(b.Cap))
}

// bracket returns the bracket of a notional: the last one where it is above every cap,
// nil where there is none.
func (m *Margin) bracket(notional decimal.Decimal) *MarginBracket {
	for k := range m.Brackets {
		if b := &m.Brackets[k]; b.Cap.IsZero() || notional.LessThanOrEqual(b.Cap) || k == len(m.Brackets)-1 {
			return b
		}
	}
	return nil
}

// MaxBrackets bounds the margin brackets of an instrument.
const MaxBrackets = 64

// Validate reports the first thing about m that makes no sense.
func (m *Margin) Validate() error {
	switch {
	case m.Leverage.LessThan(one):
		return fmt.Errorf("leverage %s must be at least 1", m.Leverage)
	case len(m.Brackets) > MaxBrackets:
		return fmt.Errorf("%d margin brackets: at most %d", len(m.Brackets), MaxBrackets)
	case m.LiquidationFee.IsNegative() || m.LiquidationFee.GreaterThanOrEqual(one):
		return fmt.Errorf("liquidation fee %s must be at least 0 and below 1 (0.01 is 1 %%)", m.LiquidationFee)
	}
	low := decimal.Zero
	for k := range m.Brackets {
		switch b := &m.Brackets[k]; {
		case b.Cap.IsNegative() || b.MaxLeverage.IsNegative() || b.Deduction.IsNegative():
			return fmt.Errorf("bracket %d: cap %s, max_leverage %s and deduction %s must not be negative", k+1, b.Cap, b.MaxLeverage, b.Deduction)
		case b.Rate.IsNegative() || b.Rate.GreaterThanOrEqual(one):
			return fmt.Errorf("bracket %d: rate %s must be at least 0 and below 1 (0.004 is 0.4 %%)", k+1, b.Rate)
		case b.Cap.IsZero() && k < len(m.Brackets)-1 || !b.Cap.IsZero() && !b.Cap.GreaterThan(low):
			return fmt.Errorf("bracket %d: cap %s must be above that of the bracket before; only the last may be 0, which is unbounded", k+1, b.Cap)
		default:
			low = b.Cap
		}
	}
	return nil
}
