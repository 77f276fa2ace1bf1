package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Param describes a parameter of a plug-in.
type Param struct {
	Key     string   `json:"key"`              // in its table; parts of a nested struct are joined by dots
	Type    string   `json:"type"`             // "whole number", "decimal", ...
	Default string   `json:"default"`          // as --set takes it; "" for none
	Doc     string   `json:"doc"`              // one line
	Min     string   `json:"min,omitempty"`    // "" for no bound
	Max     string   `json:"max,omitempty"`    // "" for no bound
	Step    string   `json:"step,omitempty"`   // between values that a search tries; "" where it does not say
	OneOf   []string `json:"one_of,omitempty"` // the values allowed; nil for any
}

// Params lists the parameters of a plug-in's struct, a pointer, in the order of its
// fields. The values that it holds are the defaults.
func Params(v any) []Param {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return nil
	}
	return params(p.Elem(), "")
}

func params(v reflect.Value, prefix string) []Param {
	var list []Param
	for _, f := range fields(v.Type()) {
		value := v.FieldByIndex(f.index)
		if f.typ.Kind() == reflect.Struct && !isScalar(f.typ) {
			list = append(list, params(value, prefix+f.key+".")...)
			continue
		}
		list = append(list, Param{
			Key: prefix + f.key, Type: f.want(), Default: plain(value), Doc: f.doc,
			Min: f.min, Max: f.max, Step: f.step, OneOf: f.oneof,
		})
	}
	return list
}

// field is a field of a struct that the configuration sets.
type field struct {
	key            string
	doc            string
	index          []int
	typ            reflect.Type
	min, max, step string
	oneof          []string
}

// fields lists the exported fields with a toml tag, those of embedded structs too.
func fields(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct:
			for _, inner := range fields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				list = append(list, inner)
			}
		case f.IsExported() && key != "" && key != "-":
			added := field{key: key, doc: f.Tag.Get("doc"), index: []int{i}, typ: f.Type}
			added.limits(f.Tag.Get("param"))
			list = append(list, added)
		}
	}
	return list
}

// limits reads a param tag: min=2,max=200,step=1 or oneof=a|b.
func (f *field) limits(tag string) {
	for part := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "min":
			f.min = value
		case "max":
			f.max = value
		case "step":
			f.step = value
		case "oneof":
			f.oneof = strings.Split(value, "|")
		}
	}
}

// check says what a value must be, "" where it is.
func (f *field) check(v reflect.Value) string {
	if f.oneof != nil && !slices.Contains(f.oneof, plain(v)) {
		return "must be one of " + strings.Join(f.oneof, ", ")
	}
	x, ok := measure(v)
	if !ok || !(f.outside(x, f.min, -1) || f.outside(x, f.max, 1)) {
		return ""
	}
	must := fmt.Sprintf("must be from %s to %s", f.min, f.max)
	switch {
	case f.min == "":
		must = "must be at most " + f.max
	case f.max == "":
		must = "must be at least " + f.min
	}
	if f.min == "0" && x.IsNegative() && x.Neg().LessThan(decimal.New(1, 0)) { // a share of a loss, as people say it
		must += ": write it without the minus"
	}
	return must
}

// outside reports whether x lies beyond a bound, on its side of sign.
func (f *field) outside(x decimal.Decimal, bound string, sign int) bool {
	if bound == "" {
		return false
	}
	limit, err := decimal.NewFromString(bound)
	if err != nil {
		v := reflect.New(f.typ).Elem()
		if setText(v, bound) != nil {
			return false
		}
		limit, _ = measure(v)
	}
	return x.Cmp(limit) == sign
}

// setText reads the text of a bound into a value of the field's type.
func setText(v reflect.Value, text string) error {
	d := decoder{faults: &faults{}}
	d.value(field{typ: v.Type()}, v, text, []string{"bound"})
	return d.join()
}

// measure returns a number as a decimal, spans of time in nanoseconds.
func measure(v reflect.Value) (decimal.Decimal, bool) {
	switch x := v.Interface().(type) {
	case decimal.Decimal:
		return x, true
	case decimal.NullDecimal:
		return x.Decimal, x.Valid
	}
	switch {
	case v.CanInt():
		return decimal.NewFromInt(v.Int()), true
	case v.CanUint():
		return decimal.NewFromUint64(v.Uint()), true
	case v.CanFloat():
		return decimal.NewFromFloat(v.Float()), true
	}
	return decimal.Decimal{}, false
}

// want says what a field takes.
func (f *field) want() string {
	switch f.typ {
	case decimalType, nullDecimalType:
		return "decimal"
	case secretType:
		return "secret"
	case durationType, reflect.TypeFor[market.Duration]():
		return "duration"
	case reflect.TypeFor[market.Interval]():
		return "interval"
	case timeType:
		return "time"
	}
	switch kind := f.typ.Kind(); {
	case isText(f.typ) || kind == reflect.String:
		return "string"
	case kind == reflect.Bool:
		return "boolean"
	case reflect.Zero(f.typ).CanInt() || reflect.Zero(f.typ).CanUint():
		return "whole number"
	case reflect.Zero(f.typ).CanFloat():
		return "number"
	case kind == reflect.Slice:
		element := field{typ: f.typ.Elem()}
		return "list of " + element.want() + "s"
	}
	return "table"
}

// article puts "a" or "an" before what want returns.
func article(what string) string {
	if strings.HasPrefix(what, "i") {
		return "an " + what
	}
	return "a " + what
}
