package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// CheckTags checks what a plug-in's struct, a pointer, says of its parameters: that each has
// a key, a doc tag and bounds that can be read, and that its defaults keep to them. The
// error names the field.
func CheckTags(v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return nil
	}
	if err := checkTags(p.Elem().Type()); err != nil {
		return err
	}
	return checkDefaults(p.Elem())
}

// checkTags checks the keys and the param tags of a struct.
func checkTags(t reflect.Type) error {
	list := fields(t)
	for k := range list {
		f := &list[k]
		own := t.FieldByIndex(f.index)
		switch other := slices.IndexFunc(list[:k], func(o field) bool { return o.key == f.key }); {
		case !validName(f.key):
			return fmt.Errorf("field %s: `toml:%q`: %q cannot be a key: use 1 to 64 letters, digits, _ and -", own.Name, own.Tag.Get("toml"), f.key)
		case other >= 0:
			return fmt.Errorf("field %s: `toml:%q`: field %s has that key", own.Name, f.key, t.FieldByIndex(list[other].index).Name)
		}
		if tag := own.Tag.Get("param"); tag != "" {
			if err := f.checkLimits(tag); err != nil {
				return fmt.Errorf("field %s: `param:%q`: %w", own.Name, tag, err)
			}
		}
		if f.typ.Kind() == reflect.Struct && !isScalar(f.typ) {
			if err := checkTags(f.typ); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkLimits checks a param tag. That of a list is about its elements.
func (f *field) checkLimits(tag string) error {
	t := f.typ
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	numbers := map[string]decimal.Decimal{}
	for part := range strings.SplitSeq(tag, ",") {
		name, text, _ := strings.Cut(part, "=")
		switch name {
		case "min", "max", "step":
			x, err := number(t, text)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			numbers[name] = x
		case "oneof":
			for value := range strings.SplitSeq(text, "|") {
				if err := setLiteral(reflect.New(t).Elem(), value); err != nil {
					return fmt.Errorf("oneof: %q is no %s", value, (&field{typ: t}).want())
				}
			}
		default:
			return fmt.Errorf("it knows no %q: write min=2,max=200,step=1 or oneof=a|b, without blanks", name)
		}
	}
	low, below := numbers["min"]
	high, above := numbers["max"]
	step, steps := numbers["step"]
	switch {
	case below && above && low.GreaterThan(high):
		return fmt.Errorf("min is above max")
	case steps && !step.IsPositive():
		return fmt.Errorf("step must be above 0")
	}
	return nil
}

// number reads a bound of a field of a type.
func number(t reflect.Type, text string) (decimal.Decimal, error) {
	v := reflect.New(t).Elem()
	if err := setLiteral(v, text); err == nil {
		if x, ok := measure(v); ok {
			return x, nil
		}
	}
	return decimal.Decimal{}, fmt.Errorf("%q is no %s", text, (&field{typ: t}).want())
}

// setLiteral sets a value from the text that the command line would take.
func setLiteral(v reflect.Value, text string) error {
	d := decoder{faults: &faults{}}
	d.value(field{typ: v.Type()}, v, parseLiteral(text), []string{"bound"})
	return d.join()
}

// checkDefaults checks that each parameter is documented, and that its default is allowed.
func checkDefaults(v reflect.Value) error {
	for _, f := range fields(v.Type()) {
		own, value := v.Type().FieldByIndex(f.index), v.FieldByIndex(f.index)
		switch {
		case f.typ.Kind() == reflect.Struct && !isScalar(f.typ):
			if err := checkDefaults(value); err != nil {
				return err
			}
		case f.doc == "":
			return fmt.Errorf("field %s has no doc tag, so that nobody knows what %s means: write `doc:\"what it is, and its unit\"`", own.Name, f.key)
		default:
			if must := f.check(value); isScalar(f.typ) && must != "" {
				return fmt.Errorf("field %s: the default that New gives it is %s, and its own tag says that it %s", own.Name, shownDefault(value), must)
			}
		}
	}
	return nil
}

// shownDefault shows a default in words.
func shownDefault(v reflect.Value) string {
	if text := plain(v); text != "" {
		return text
	}
	return "empty"
}
