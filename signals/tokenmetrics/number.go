package tokenmetrics

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// A Number is exact, or absent. The zero value is absent: absent is not 0.
type Number struct {
	Decimal decimal.Decimal
	Valid   bool
}

// NumberOf returns a number that is there.
func NumberOf(d decimal.Decimal) Number { return Number{d, true} }

// Float returns the nearest float64, and whether there is a number.
func (n Number) Float() (float64, bool) {
	if !n.Valid {
		return 0, false
	}
	return market.Float(n.Decimal), true
}

// String returns the number without an exponent, or "" where it is absent.
func (n Number) String() string {
	if !n.Valid {
		return ""
	}
	return n.Decimal.String()
}

// MarshalJSON returns a JSON number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return []byte(n.Decimal.String()), nil
}

// UnmarshalJSON reads a number, a string that holds one, or null. Other text is an error.
func (n *Number) UnmarshalJSON(b []byte) (err error) {
	*n, err = parseNumber(b)
	return err
}

// Bounds of numbers. JavaScript prints at most 17 digits; an exponent is paid for with
// memory when the number is used.
const (
	longestNumber = 64 // bytes
	largestPower  = 400
)

func parseNumber(raw []byte) (Number, error) {
	text := string(raw)
	switch {
	case text == "null":
		return Number{}, nil
	case strings.HasPrefix(text, `"`):
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return Number{}, err
		}
		text = strings.TrimSpace(s)
	}
	if len(text) > longestNumber {
		return Number{}, fmt.Errorf("%.40q… is no number", text)
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return Number{}, fmt.Errorf("%q is no number", text)
	}
	if e := d.Exponent(); e > largestPower || e < -largestPower {
		return Number{}, fmt.Errorf("%q is out of range", text)
	}
	return Number{d, true}, nil
}
