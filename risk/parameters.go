package risk

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// OutOfBounds says what a parameter must be: one that is 0 is missing, and one below 0 is
// most often a share of a loss with a sign.
func OutOfBounds(key string, value decimal.Decimal, must string) error {
	switch {
	case value.IsZero():
		return fmt.Errorf("%s is needed, %s", key, must)
	case value.IsNegative():
		return fmt.Errorf("%s = %s: write it without the minus, as %s", key, value, must)
	}
	return fmt.Errorf("%s = %s must be %s", key, value, must)
}

// CheckAsset reports a name in a list of base assets that can mean none, and what to write
// instead: a text with a slash, a space or a star, or a symbol of the run. An asset that the
// run does not trade is none of these: lists may be shared.
func (s *Setup) CheckAsset(name string) error {
	base, _, slash := strings.Cut(name, "/")
	if slash {
		return fmt.Errorf("%q is no asset: write %q", name, base)
	}
	if name == "" || strings.ContainsFunc(name, unicode.IsSpace) || strings.Contains(name, "*") {
		return fmt.Errorf("%q is no asset: write one such as %q", name, s.Instruments()[0].Base)
	}
	return s.near(name, "no asset", func(in *market.Instrument) []string { return []string{in.Base} })
}

// CheckPattern reports a name in a list of symbols, base assets and patterns of these that
// can mean no instrument, and what to write instead.
func (s *Setup) CheckPattern(name string) error {
	base, rest, slash := strings.Cut(name, "/")
	if slash {
		quote, _, _ := strings.Cut(rest, ":")
		return fmt.Errorf("%q is no symbol, no asset and no pattern: write %q", name, base+quote)
	}
	if name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		return fmt.Errorf("%q is no symbol, no asset and no pattern", name)
	}
	return s.near(name, "no symbol and no asset", func(in *market.Instrument) []string { return []string{in.Base, in.Symbol} })
}

// near reports a name that the run does not know by one of the names that are wanted, but
// by another one, or by the same with other letters.
func (s *Setup) near(name, what string, wanted func(*market.Instrument) []string) error {
	hint := ""
	for _, in := range s.Instruments() {
		right := wanted(&in)
		if slices.Contains(right, name) {
			return nil
		}
		if strings.EqualFold(name, in.Symbol) {
			hint = right[len(right)-1]
		} else if strings.EqualFold(name, in.Base) {
			hint = in.Base
		}
	}
	if hint == "" {
		return nil
	}
	return fmt.Errorf("%q is %s of the run: write %q", name, what, hint)
}
