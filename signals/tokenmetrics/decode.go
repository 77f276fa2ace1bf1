package tokenmetrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// A decoder makes rows of JSON objects, of every generation. It collects warnings.
type decoder struct {
	row      int  // from 1
	lenient  bool // what is only present may be missing: who reads knows what it needs
	warnings warnings
	missing  strings.Builder // as of decoded
	holes    bool
}

// A decoded row is what paging needs of one: what tells it apart, and its time.
type decoded struct {
	key     string
	at      market.Time
	place   int    // in the answer, from 1
	missing string // normal names of the fields that are not there, each between spaces
	holes   bool   // an element of a list could not be read, and is left out
}

// lacks reports whether the row came without a field.
func (i *decoded) lacks(name string) bool { return strings.Contains(i.missing, " "+normal(name)+" ") }

// decodeRow reads one object. A required field that is missing or unreadable is an error;
// others that are unreadable are absent, with a warning, and kept in Extra.
func decodeRow[T any](d *decoder, raw json.RawMessage) (row T, info decoded, err error) {
	d.missing.Reset()
	d.holes = false
	info, err = d.object(raw, reflect.ValueOf(&row).Elem(), "")
	info.place, info.missing, info.holes = d.row, d.missing.String(), d.holes
	return row, info, err
}

// entry is one field of an object as it came.
type entry struct {
	name string
	raw  json.RawMessage
}

func (e entry) null() bool { return string(e.raw) == "null" }

// object fills v from the fields of an object.
func (d *decoder) object(raw json.RawMessage, v reflect.Value, path string) (decoded, error) {
	var info decoded
	shape := shapeOf(v.Type())
	entries, rest, err := d.entries(raw, shape, path)
	if err != nil {
		return info, err
	}
	either := false
	for i := range shape.fields {
		f := &shape.fields[i]
		e, ok := pick(f, entries)
		if err := d.field(v, f, e, ok, path, rest); err != nil {
			return info, err
		}
		either = either || f.either && ok
		info.add(f, v)
	}
	if len(shape.choice) > 0 && !either && !d.lenient {
		return info, fmt.Errorf("%s is missing", strings.Join(shape.choice, " or "))
	}
	if len(rest) > 0 && shape.extra != nil {
		v.FieldByIndex(shape.extra).Set(reflect.ValueOf(rest))
	}
	return info, nil
}

// field sets one field of v.
func (d *decoder) field(v reflect.Value, f *field, e entry, ok bool, path string, rest map[string]json.RawMessage) error {
	if !ok {
		if f.required || f.present && !d.lenient {
			return fmt.Errorf("%s is missing", f.names[0])
		}
		if d.lenient && path == "" && !f.either {
			d.missing.WriteString(" " + f.normal[0] + " ")
		}
		return nil
	}
	delete(rest, e.name)
	target := v.FieldByIndex(f.index)
	err := d.value(e.raw, target, path+e.name)
	if err == nil && f.required && target.IsZero() {
		err = errors.New("is empty")
	}
	switch {
	case err == nil:
	case f.required:
		return fmt.Errorf("%s: %w", e.name, err)
	default:
		target.SetZero()
		d.warnings.add(d.row, path+e.name, err)
		rest[e.name] = e.raw
	}
	return nil
}

// add notes what a field tells of the row.
func (i *decoded) add(f *field, v reflect.Value) {
	if !f.key && !f.time {
		return
	}
	x := v.FieldByIndex(f.index)
	if t, ok := x.Interface().(market.Time); ok && f.time {
		i.at = t
	}
	if f.key {
		i.key += fmt.Sprintf("%v\x00", x.Interface())
	}
}

// pick returns the first of a field's names that is there and not null, or else one that
// is there.
func pick(f *field, entries map[string]entry) (found entry, ok bool) {
	for _, name := range f.normal {
		if e, there := entries[name]; there && (!ok || found.null() && !e.null()) {
			found, ok = e, true
		}
	}
	return found, ok
}

// entries reads the fields of an object by their normal names, and all of them by the
// names that they came with. Of two of one name the one that is not null counts.
func (d *decoder) entries(raw json.RawMessage, s *shape, path string) (map[string]entry, map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, fmt.Errorf("%.40q is no object", raw)
	}
	byName, rest := map[string]entry{}, map[string]json.RawMessage{}
	for dec.More() {
		var e entry
		t, err := dec.Token()
		if err == nil {
			err = dec.Decode(&e.raw)
		}
		if err != nil {
			return nil, nil, err
		}
		e.name = t.(string)
		name := normalEntry(e)
		old, twice := byName[name]
		if twice && s.known[name] && !old.null() && !e.null() && !bytes.Equal(old.raw, e.raw) {
			d.warnings.add(d.row, path+e.name, fmt.Errorf("differs from %s, which counts", old.name))
		}
		if !twice || old.null() {
			byName[name] = e
		}
		if _, again := rest[e.name]; !again {
			rest[e.name] = e.raw
		}
	}
	return byName, rest, nil
}

// normalEntry returns the normal name of a field. tm_link is the slug of a token in V2,
// beside TM_LINK, its address.
func normalEntry(e entry) string {
	if e.name == "tm_link" && !bytes.HasPrefix(e.raw, []byte(`"http`)) {
		return "SLUG"
	}
	return normal(e.name)
}

// normal returns the name that all generations share.
func normal(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "_", ""))
}

// A reader reads a value that needs more than its type.
type reader interface {
	read(d *decoder, raw json.RawMessage, path string) error
}

// value reads one value into v.
func (d *decoder) value(raw json.RawMessage, v reflect.Value, path string) error {
	if r, ok := v.Addr().Interface().(reader); ok {
		return r.read(d, raw, path)
	}
	if string(raw) == "null" {
		return nil
	}
	switch p := v.Addr().Interface().(type) {
	case *market.Time:
		return readTime(raw, p)
	case *string:
		return readText(raw, p)
	case *int64:
		return readID(raw, p)
	case *json.RawMessage:
		*p = raw
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(raw, v.Elem(), path)
	case reflect.Slice:
		return d.list(raw, v, path)
	case reflect.Map:
		return d.mapping(raw, v, path)
	default:
		return d.part(raw, v, path)
	}
}

// list reads an array; elements that cannot be read are left out, with a warning.
func (d *decoder) list(raw json.RawMessage, v reflect.Value, path string) error {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return fmt.Errorf("%.40q is no list", raw)
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, len(items)))
	for i, item := range items {
		x := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(item, x, path+"."); err != nil {
			d.warnings.add(d.row, path, fmt.Errorf("element %d: %w: left out", i+1, err))
			d.holes = true
			continue
		}
		v.Set(reflect.Append(v, x))
	}
	return nil
}

// mapping reads an object whose names are data.
func (d *decoder) mapping(raw json.RawMessage, v reflect.Value, path string) error {
	var items map[string]json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return fmt.Errorf("%.40q is no object", raw)
	}
	v.Set(reflect.MakeMap(v.Type()))
	for name, item := range items {
		x := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(item, x, path+"."); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v.SetMapIndex(reflect.ValueOf(name), x)
	}
	return nil
}

// part reads an object inside a row, or the bare value that stands for one.
func (d *decoder) part(raw json.RawMessage, v reflect.Value, path string) error {
	if bare := shapeOf(v.Type()).bare; bare != nil && !bytes.HasPrefix(raw, []byte("{")) {
		return d.value(raw, v.FieldByIndex(bare), path)
	}
	_, err := d.object(raw, v, strings.TrimSuffix(path, ".")+".")
	return err
}

func (n *Number) read(_ *decoder, raw json.RawMessage, _ string) error { return n.UnmarshalJSON(raw) }

func readTime(raw json.RawMessage, p *market.Time) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("%.40q is no time", raw)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			if y := t.UTC().Year(); y < 1970 || y > 2200 {
				return fmt.Errorf("%q: %w", text, market.ErrFarTime)
			}
			*p = market.TimeOf(t)
			return nil
		}
	}
	return fmt.Errorf("%.40q is no time", text)
}

// readText takes numbers as they are written: what is a word in one generation may be a
// number in another.
func readText(raw json.RawMessage, p *string) error {
	switch raw[0] {
	case '"':
		return json.Unmarshal(raw, p)
	case '{', '[':
		return fmt.Errorf("%.40q is no text", raw)
	}
	*p = string(raw)
	return nil
}

func readID(raw json.RawMessage, p *int64) error {
	n, err := parseNumber(raw)
	if err != nil || !n.Decimal.IsInteger() || !n.Decimal.IsPositive() || n.Decimal.NumDigits()+int(n.Decimal.Exponent()) > 18 {
		return fmt.Errorf("%.40q is no id", raw)
	}
	*p = n.Decimal.IntPart()
	return nil
}

// read reads an object of "1-day-forecast" to "7-day-forecast". Other names are left out,
// with a warning.
func (f *Forecasts) read(d *decoder, raw json.RawMessage, path string) error {
	var days map[string]json.RawMessage
	if err := json.Unmarshal(raw, &days); err != nil {
		return fmt.Errorf("%.40q is no object", raw)
	}
	other := 0
	for name, raw := range days {
		x := Forecast{Day: forecastDay(name)}
		if x.Day == 0 {
			other++
			continue
		}
		if err := d.value(raw, reflect.ValueOf(&x).Elem(), path+"."+name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*f = append(*f, x)
	}
	slices.SortFunc(*f, func(a, b Forecast) int { return a.Day - b.Day })
	if other > 0 {
		d.warnings.add(d.row, path, fmt.Errorf("names that are no day: %d", other))
	}
	return nil
}

// forecastDay returns the day that a forecast's name says, or 0.
func forecastDay(name string) int {
	text, ok := strings.CutSuffix(strings.ReplaceAll(normal(name), "-", ""), "DAYFORECAST")
	n, err := strconv.Atoi(text)
	if !ok || err != nil || n < 1 || n > 366 {
		return 0
	}
	return n
}
