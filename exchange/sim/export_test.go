package sim

import "github.com/shopspring/decimal"

// Locked returns what orders lock: quote, and base of an instrument.
func (v *Venue) Locked(quote string, instrument int) (inQuote, inBase decimal.Decimal) {
	return v.purses[quote].locked, v.books[instrument].locked
}
