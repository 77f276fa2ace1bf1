package market

import "github.com/shopspring/decimal"

// Plus returns a + b, sparing the sum where one of them is zero, as it is for most
// totals that begin.
func Plus(a, b decimal.Decimal) decimal.Decimal {
	switch {
	case a.IsZero():
		return b
	case b.IsZero():
		return a
	}
	return a.Add(b)
}

// Minus returns a − b, sparing the difference where b is zero or all of a, as it is
// for most totals that end.
func Minus(a, b decimal.Decimal) decimal.Decimal {
	switch {
	case b.IsZero():
		return a
	case a.Exponent() == b.Exponent() && a.Equal(b):
		return decimal.Zero
	}
	return a.Sub(b)
}
