package strategy

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Ranked is an instrument with what it is ranked by.
type Ranked struct {
	*market.Instrument
	Value float64
}

// Rank sorts instruments, those with the highest value first and equal ones by symbol.
func Rank(list []Ranked) {
	slices.SortFunc(list, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Symbol, b.Symbol))
	})
}
