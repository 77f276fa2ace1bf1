package binance

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// fields are the members of one JSON object by their exact names: the venue tells c and C
// apart, and package json does not where one of them is missing. The first member that is
// not what it should be is the error of all.
type fields struct {
	where   string // for errors: "executionReport"
	members map[string]json.RawMessage
	err     error
}

// maxText bounds names that the venue sends, in bytes.
const maxText = 200

func readFields(where string, raw []byte) *fields {
	f := &fields{where: where}
	if err := json.Unmarshal(raw, &f.members); err != nil {
		f.fail("", fmt.Errorf("%d bytes that begin with %s are no object: %w", len(raw), start(raw), err))
	} else if f.members == nil {
		f.fail("", errors.New("null is no object"))
	}
	return f
}

// fail notes what is wrong with a member.
func (f *fields) fail(name string, err error) {
	switch {
	case f.err != nil:
	case name == "":
		f.err = fmt.Errorf("%s: %w", f.where, err)
	default:
		f.err = fmt.Errorf("%s: field %s: %w", f.where, name, err)
	}
}

// has reports whether a member is there and not null.
func (f *fields) has(name string) bool {
	raw, ok := f.members[name]
	return ok && string(raw) != "null"
}

// needs returns a member that must be there.
func (f *fields) needs(name string) (json.RawMessage, bool) {
	if !f.has(name) {
		f.fail(name, errors.New("it is missing"))
		return nil, false
	}
	return f.members[name], true
}

// text returns a text that may not be empty.
func (f *fields) text(name string) string {
	if _, ok := f.needs(name); !ok {
		return ""
	}
	s := f.maybe(name)
	if s == "" {
		f.fail(name, errors.New("it is empty"))
	}
	return s
}

// maybe returns a text, or "" where there is none. A number is the text of its digits.
func (f *fields) maybe(name string) string {
	if !f.has(name) {
		return ""
	}
	raw := f.members[name]
	if raw[0] != '"' && plain(string(raw)) {
		return string(raw)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		f.fail(name, err)
		return ""
	}
	if len(s) > maxText || !utf8.ValidString(s) || hasControl(s) {
		f.fail(name, fmt.Errorf("%.60q is no name", s))
		return ""
	}
	return s
}

func hasControl(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return true
		}
	}
	return false
}

// amount returns a number exactly.
func (f *fields) amount(name string) decimal.Decimal {
	if _, ok := f.needs(name); !ok {
		return decimal.Zero
	}
	d, err := exactly("it", f.maybe(name))
	if err != nil {
		f.fail(name, err)
	}
	return d
}

// above returns a number that must be above 0.
func (f *fields) above(name string) decimal.Decimal {
	d := f.amount(name)
	if !d.IsPositive() {
		f.fail(name, fmt.Errorf("%s is not above 0", d))
	}
	return d
}

// least returns a number that must not be below 0.
func (f *fields) least(name string) decimal.Decimal {
	d := f.amount(name)
	if d.IsNegative() {
		f.fail(name, fmt.Errorf("%s is below 0", d))
	}
	return d
}

// whole returns a whole number.
func (f *fields) whole(name string) int64 {
	if _, ok := f.needs(name); !ok {
		return 0
	}
	n, err := strconv.ParseInt(f.maybe(name), 10, 64)
	if err != nil {
		f.fail(name, fmt.Errorf("%s is no whole number", start(f.members[name])))
	}
	return n
}

// is returns a truth; one that is missing is false.
func (f *fields) is(name string) bool {
	if !f.has(name) {
		return false
	}
	var b bool
	if err := json.Unmarshal(f.members[name], &b); err != nil {
		f.fail(name, err)
	}
	return b
}

// time returns a time that the venue counts in milliseconds.
func (f *fields) time(name string) market.Time {
	n := f.whole(name)
	if f.err != nil {
		return 0
	}
	t, err := when(n)
	if err != nil {
		f.fail(name, err)
	}
	return t
}

// object returns a member that is an object. Its error becomes that of f with join.
func (f *fields) object(name string) *fields {
	raw, ok := f.needs(name)
	if !ok {
		return &fields{where: f.where + " " + name, err: f.err}
	}
	return readFields(f.where+" "+name, raw)
}

// maxList bounds the objects in a list.
const maxList = 100_000

// list returns the objects of a member that is a list; one that is missing has none.
func (f *fields) list(name string) []*fields {
	if !f.has(name) {
		return nil
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(f.members[name], &raws); err != nil {
		f.fail(name, err)
		return nil
	}
	if len(raws) > maxList {
		f.fail(name, fmt.Errorf("it has %d rows", len(raws)))
		return nil
	}
	rows := make([]*fields, len(raws))
	for i, raw := range raws {
		rows[i] = readFields(fmt.Sprintf("%s %s row %d", f.where, name, i), raw)
	}
	return rows
}

// join takes over the error of an object that f holds.
func (f *fields) join(part *fields) {
	if f.err == nil {
		f.err = part.err
	}
}
