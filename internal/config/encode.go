package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// encode lists the parameters of a plug-in's struct, a pointer, with their values.
// Secrets and what is not set are left out.
func encode(v any) []entry {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.Elem().Kind() == reflect.Struct {
		return encodeStruct(p.Elem())
	}
	return nil
}

func encodeStruct(v reflect.Value) []entry {
	list := []entry{}
	for _, f := range fields(v.Type()) {
		if value, ok := encodeValue(v.FieldByIndex(f.index)); ok {
			list = append(list, entry{f.key, value})
		}
	}
	return list
}

// encodeValue returns a value as an entry holds it, and false for one to leave out.
func encodeValue(v reflect.Value) (any, bool) {
	if v.Type() == secretType {
		return nil, false
	}
	if text, ok := marshal(v); ok {
		return text, text != ""
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return v.Bool(), true
	case reflect.Float32, reflect.Float64:
		return v.Float(), true
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			e, _ := encodeValue(v.Index(i))
			list = append(list, e)
		}
		return list, true
	case reflect.Struct:
		return encodeStruct(v), true
	case reflect.Map:
		return encodeMap(v), true
	}
	switch {
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return v.Uint(), true
	}
	return nil, false
}

func encodeMap(v reflect.Value) []entry {
	values := map[string]any{}
	for pairs := v.MapRange(); pairs.Next(); {
		if value, ok := encodeValue(pairs.Value()); ok {
			values[pairs.Key().String()] = value
		}
	}
	list := []entry{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		list = append(list, entry{key, values[key]})
	}
	return list
}

// marshal writes a value that reads itself from text; "" is one that is not set.
func marshal(v reflect.Value) (string, bool) {
	switch x := v.Interface().(type) {
	case decimal.NullDecimal:
		if !x.Valid {
			return "", true
		}
		return x.Decimal.String(), true
	case market.Time:
		if x == 0 {
			return "", true
		}
		return x.String(), true
	case market.Duration:
		return span(time.Duration(x)), true
	case time.Duration:
		return span(x), true
	}
	if !isText(v.Type()) {
		return "", false
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		return string(text), err == nil
	}
	return fmt.Sprint(v.Interface()), true
}

// span writes a duration without the zeros at its end: 48h, 1h30m.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// plain writes a value as --set takes it.
func plain(v reflect.Value) string {
	value, ok := encodeValue(v)
	switch x := value.(type) {
	case string:
		return x
	case []any:
		parts := make([]string, len(x))
		for i := range x {
			parts[i] = fmt.Sprint(x[i])
		}
		return strings.Join(parts, ",")
	case []entry:
		return ""
	}
	if !ok {
		return ""
	}
	return fmt.Sprint(value)
}
