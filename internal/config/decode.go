package config

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

var (
	decimalType     = reflect.TypeFor[decimal.Decimal]()
	nullDecimalType = reflect.TypeFor[decimal.NullDecimal]()
	durationType    = reflect.TypeFor[time.Duration]()
	timeType        = reflect.TypeFor[market.Time]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
	rawType         = reflect.TypeFor[map[string]any]()
)

// Decode sets a plug-in's struct, a pointer, from a table, strictly. Fields that the
// table does not mention keep their values.
func Decode(into any, table map[string]any) error {
	d := decoder{faults: &faults{}}
	d.top(into, table, nil, nil)
	return d.join()
}

// decoder sets structs from decoded TOML.
type decoder struct {
	*faults
	secrets *[]Secret           // where secrets are noted; nil refuses them, unless getenv is set
	getenv  func(string) string // where secrets are looked up; nil leaves them empty
}

// top sets the struct that into points to.
func (d *decoder) top(into any, table map[string]any, path, others []string) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		d.add(path, "its New must return a pointer to a struct", "%T cannot be configured", into)
		return
	}
	if d.secrets == nil && d.getenv == nil && hasSecret(v.Type(), map[reflect.Type]bool{}) {
		d.add(path, "keys belong to [signals.X] only", "%T has a field of type market.Secret", into)
		return
	}
	if err := checkTags(v.Elem().Type()); err != nil {
		d.add(path, "mend the plug-in", "%T: %w", into, err)
		return
	}
	d.table(v.Elem(), table, path, others)
}

// table sets the fields of a struct. Others are keys that somebody else reads.
func (d *decoder) table(v reflect.Value, table map[string]any, path, others []string) {
	list := fields(v.Type())
	for _, key := range slices.Sorted(maps.Keys(table)) {
		i := slices.IndexFunc(list, func(f field) bool { return f.key == key })
		if i < 0 {
			d.unknown(key, list, path, others)
			continue
		}
		d.value(list[i], v.FieldByIndex(list[i].index), table[key], child(path, key))
	}
}

func (d *decoder) unknown(key string, list []field, path, others []string) {
	keys := slices.Clone(others)
	for _, f := range list {
		keys = append(keys, f.key)
	}
	slices.Sort(keys)
	in := ""
	if len(path) > 0 {
		in = " in [" + dotted(path) + "]"
	}
	d.add(child(path, key), known("keys", key, keys), "unknown key %q%s", key, in)
}

// value sets one field, or one element of it.
func (d *decoder) value(f field, v reflect.Value, x any, path []string) {
	switch {
	case f.typ == secretType:
		d.secret(v, x, path)
	case isScalar(f.typ):
		if err := d.scalar(f, v, x, path); err != nil {
			d.addAt(path, true, err.Hint, "%w", err.Err)
		} else if must := f.check(v); must != "" {
			d.addAt(path, true, "", "%s %s", d.assignment(path, x), must)
		}
	case f.typ == rawType:
		d.keep(v, x, path)
	case f.typ.Kind() == reflect.Slice:
		d.slice(f, v, x, path)
	case f.typ.Kind() == reflect.Struct || f.typ.Kind() == reflect.Map && f.typ.Key().Kind() == reflect.String:
		d.nested(f, v, x, path)
	default:
		d.add(path, "mend the plug-in", "a field of type %s cannot be configured", f.typ)
	}
}

// nested sets a struct or a map of strings.
func (d *decoder) nested(f field, v reflect.Value, x any, path []string) {
	table, ok := x.(map[string]any)
	switch {
	case !ok:
		d.mismatch("a table", x, path)
	case f.typ.Kind() == reflect.Struct:
		d.table(v, table, path, nil)
	default:
		made := reflect.MakeMap(f.typ)
		f.typ = f.typ.Elem()
		for _, key := range slices.Sorted(maps.Keys(table)) {
			e := reflect.New(f.typ).Elem()
			d.value(f, e, table[key], child(path, key))
			made.SetMapIndex(reflect.ValueOf(key).Convert(made.Type().Key()), e)
		}
		v.Set(made)
	}
}

// keep keeps a table as it is.
func (d *decoder) keep(v reflect.Value, x any, path []string) {
	table, ok := x.(map[string]any)
	if !ok {
		d.mismatch("a table", x, path)
		return
	}
	v.Set(reflect.ValueOf(table))
}

// slice sets a list. On the command line a list may be written a,b.
func (d *decoder) slice(f field, v reflect.Value, x any, path []string) {
	elements, ok := elements(x)
	if !ok {
		d.mismatch(article(f.want()), x, path)
		return
	}
	made := reflect.MakeSlice(f.typ, len(elements), len(elements))
	f.typ = f.typ.Elem()
	for i, e := range elements {
		d.value(f, made.Index(i), e, child(path, element(i)))
	}
	v.Set(made)
}

// elements returns what a list holds.
func elements(x any) ([]any, bool) {
	var list []any
	switch x := x.(type) {
	case []any:
		return x, true
	case []map[string]any:
		for _, e := range x {
			list = append(list, e)
		}
		return list, true
	case literal:
		for part := range strings.SplitSeq(x.raw, ",") {
			list = append(list, parseLiteral(strings.TrimSpace(part)))
		}
		return list, true
	}
	return nil, false
}

// mismatch reports a value of another type than the field's.
func (d *decoder) mismatch(want string, x any, path []string) {
	d.addAt(path, true, "", "%s must be %s, not %s", d.assignment(path, x), want, describe(x))
}

// assignment writes the key with its value, where that is short, or alone.
func (d *decoder) assignment(path []string, x any) string {
	last := len(path) - 1
	for last > 0 && isElement(path[last]) {
		last--
	}
	key := dotted(path[last:])
	raw, ok := d.raw(path)
	if !ok && d.places == nil {
		raw, ok = shown(x)
	}
	if !ok {
		return key
	}
	return key + " = " + raw
}

// shown writes a value that comes from no text.
func shown(x any) (string, bool) {
	switch x := x.(type) {
	case literal:
		return x.raw, true
	case string:
		return fmt.Sprintf("%q", x), true
	case bool, int64, float64:
		return fmt.Sprint(x), true
	}
	return "", false
}

// describe names the type of a decoded value.
func describe(x any) string {
	switch x := x.(type) {
	case literal:
		if x.value == nil {
			return "a string"
		}
		return describe(x.value)
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64:
		return "a whole number"
	case float64:
		return "a float"
	case time.Time:
		return "a date or time"
	case map[string]any:
		return "a table"
	}
	return "an array"
}

// isText reports whether a type reads itself from text.
func isText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

// isScalar reports whether a type takes one value.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64:
		return true
	}
	zero := reflect.Zero(t)
	return isText(t) || zero.CanInt() || zero.CanUint()
}

// scalar sets a field of one value.
func (d *decoder) scalar(f field, v reflect.Value, x any, path []string) *market.Error {
	switch {
	case f.typ == decimalType || f.typ == nullDecimalType:
		return d.decimal(f, v, x, path)
	case f.typ == durationType:
		var span market.Duration
		err := d.text(&span, "a duration", x, path)
		v.SetInt(int64(span))
		return err
	case f.typ == timeType:
		return d.time(v, x, path)
	case isText(f.typ):
		return d.text(v.Addr().Interface().(encoding.TextUnmarshaler), article(f.want()), x, path)
	}
	if l, ok := x.(literal); ok {
		if x = l.value; x == nil || f.typ.Kind() == reflect.String {
			x = l.text()
		}
	}
	return d.basic(f, v, x, path)
}

// basic sets a string, a boolean or a number.
func (d *decoder) basic(f field, v reflect.Value, x any, path []string) *market.Error {
	kind := f.typ.Kind()
	switch y := x.(type) {
	case string:
		if kind == reflect.String {
			v.SetString(y)
			return nil
		}
	case bool:
		if kind == reflect.Bool {
			v.SetBool(y)
			return nil
		}
	case int64:
		return d.whole(f, v, y, path)
	case float64:
		switch {
		case !v.CanFloat():
		case math.IsNaN(y) || math.IsInf(y, 0) || v.OverflowFloat(y):
			return &market.Error{Err: fmt.Errorf("%s must be a finite number", d.assignment(path, y))}
		default:
			v.SetFloat(y)
			return nil
		}
	}
	return d.wrong(f, x, path)
}

// wrong describes a value that a field does not take.
func (d *decoder) wrong(f field, x any, path []string) *market.Error {
	text, isString := x.(string)
	if from, to, whole := bounds(f.typ); whole && isString && digits(strings.TrimLeft(text, "+-")) && parseLiteral(text).value == nil {
		return &market.Error{Err: fmt.Errorf("%s must be from %d to %d", d.assignment(path, x), from, to)}
	}
	e := &market.Error{Err: fmt.Errorf("%s must be %s, not %s", d.assignment(path, x), article(f.want()), describe(x))}
	if isString && (f.typ.Kind() == reflect.Bool || reflect.Zero(f.typ).CanInt() || reflect.Zero(f.typ).CanFloat()) {
		if l := parseLiteral(text); l.value != nil {
			e.Hint = "write it without quotes: " + text
		}
	}
	if f.typ.Kind() == reflect.String && !isString {
		if raw, ok := d.raw(path); ok && !strings.HasPrefix(raw, "[") {
			e.Hint = fmt.Sprintf("write it in quotes: %q", raw)
		}
	}
	return e
}

// bounds returns the range of a type of whole numbers, as far as TOML can write it.
func bounds(t reflect.Type) (from, to int64, whole bool) {
	switch zero := reflect.Zero(t); {
	case zero.CanInt():
		return math.MinInt64 >> (64 - t.Bits()), math.MaxInt64 >> (64 - t.Bits()), true
	case zero.CanUint():
		return 0, math.MaxInt64 >> max(0, 63-t.Bits()), true
	}
	return 0, 0, false
}

// whole sets a number from an integer.
func (d *decoder) whole(f field, v reflect.Value, n int64, path []string) *market.Error {
	switch {
	case v.CanInt() && !v.OverflowInt(n):
		v.SetInt(n)
	case v.CanUint() && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
	case v.CanFloat():
		v.SetFloat(float64(n))
	case v.CanUint() && n < 0:
		return &market.Error{Err: fmt.Errorf("%s must be at least 0", d.assignment(path, n))}
	case v.CanInt() || v.CanUint():
		return &market.Error{Err: fmt.Errorf("%s is too large", d.assignment(path, n))}
	default:
		return d.wrong(f, n, path)
	}
	return nil
}
