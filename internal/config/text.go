package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// text lets a value read itself from a string.
func (d *decoder) text(into encoding.TextUnmarshaler, want string, x any, path []string) *market.Error {
	s, ok := x.(string)
	if l, is := x.(literal); is {
		s, ok = l.text(), true
	}
	if !ok {
		return &market.Error{Err: fmt.Errorf("%s must be %s in quotes, not %s", d.assignment(path, x), want, describe(x))}
	}
	if err := into.UnmarshalText([]byte(s)); err != nil {
		if key := path[len(path)-1]; !isElement(key) && !strings.HasPrefix(err.Error(), key+" ") {
			err = fmt.Errorf("%s: %w", key, err)
		}
		return &market.Error{Err: err}
	}
	return nil
}

// time reads a time from a string, or from a date or time of TOML with a zone.
func (d *decoder) time(v reflect.Value, x any, path []string) *market.Error {
	if l, ok := x.(literal); ok {
		x = l.text()
	}
	if t, ok := x.(time.Time); ok {
		switch t.Location().String() {
		case "date-local":
			x = t.Format(time.DateOnly)
		case "datetime-local", "time-local":
			return &market.Error{
				Err:  fmt.Errorf("%s has no date or no zone", d.assignment(path, x)),
				Hint: "write a date (2021-01-31) or a time in UTC (2021-01-31T00:00:00Z)",
			}
		default:
			x = t.Format(time.RFC3339Nano)
		}
	}
	return d.text(v.Addr().Interface().(encoding.TextUnmarshaler), "a time", x, path)
}

// decimal reads a decimal from a string or an integer. A float is refused: TOML would
// have rounded it.
func (d *decoder) decimal(f field, v reflect.Value, x any, path []string) *market.Error {
	if l, ok := x.(literal); ok {
		x = l.text()
	}
	var value decimal.Decimal
	switch y := x.(type) {
	case string:
		parsed, err := parseDecimal(y)
		if err != nil {
			return &market.Error{Err: fmt.Errorf("%s: %w", path[len(path)-1], err)}
		}
		value = parsed
	case int64:
		value = decimal.NewFromInt(y)
	case float64:
		return d.float(y, path)
	default:
		return &market.Error{Err: fmt.Errorf("%s must be a decimal in quotes, not %s", d.assignment(path, x), describe(x))}
	}
	if f.typ == nullDecimalType {
		v.Set(reflect.ValueOf(decimal.NewNullDecimal(value)))
	} else {
		v.Set(reflect.ValueOf(value))
	}
	return nil
}

// float refuses a float where a decimal is meant, and says how to write it.
func (d *decoder) float(x float64, path []string) *market.Error {
	e := &market.Error{Err: fmt.Errorf("%s is a float, which would be rounded", d.assignment(path, x))}
	raw, ok := d.faults.raw(path)
	if !ok {
		raw = fmt.Sprint(x)
	}
	raw = strings.TrimPrefix(strings.ReplaceAll(raw, "_", ""), "+")
	meant, err := decimal.NewFromString(raw)
	if err != nil || math.IsInf(x, 0) {
		return &market.Error{Err: fmt.Errorf("%s is not a decimal", d.assignment(path, x))}
	}
	if strings.ContainsAny(raw, "eE") && math.Abs(float64(meant.Exponent())) < 40 {
		raw = meant.String()
	}
	e.Hint = fmt.Sprintf("write it as a string: %q", raw)
	return e
}

// parseDecimal reads digits with an optional sign and fraction. Exponents are refused:
// a short text must not stand for a huge number.
func parseDecimal(s string) (decimal.Decimal, error) {
	whole, fraction, point := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	if len(s) <= 60 && len(s)-len(strings.TrimLeft(s, "+-")) <= 1 && digits(whole) && (!point || digits(fraction)) {
		return decimal.NewFromString(s)
	}
	return decimal.Decimal{}, fmt.Errorf("%.60q is not a decimal such as \"0.5\"", s)
}

// digits reports whether s is one or more digits.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
