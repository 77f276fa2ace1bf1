package risk

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// measurement is what a rule said of the order at hand.
type measurement struct {
	amount, limit decimal.Decimal
	unit          string
	words         [2]string // where it is no amount
	set           bool
}

// Measured says what the rule measured of the order at hand and what it allows, both
// in the unit: a quote asset, "%". Call it before the order passes or is
// cut, so that the trace of the order shows how near the limit it was; a refusal has
// words of its own. The last call of a Review or Size counts.
func (v *View) Measured(amount, limit decimal.Decimal, unit string) {
	v.said = measurement{amount: amount, limit: limit, unit: unit, set: true}
}

// Found is Measured for what is no amount: where a time lies, which list names a symbol.
func (v *View) Found(measured, limit string) {
	v.said = measurement{words: [2]string{measured, limit}, set: true}
}

// TakeMeasured returns what the rule said by Measured or Found in words, and forgets it; both are
// empty where it said nothing. It is for engines.
func (v *View) TakeMeasured() (amount, limit string) {
	s := v.said
	if !s.set {
		return "", ""
	}
	v.said = measurement{}
	if s.words[0] != "" {
		return s.words[0], s.words[1]
	}
	return s.text(s.amount), s.text(s.limit)
}

func (m *measurement) text(d decimal.Decimal) string {
	var room [48]byte
	b := append(market.AppendDecimal(room[:0], d), ' ')
	return string(append(b, m.unit...))
}
