package venue

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A Fault is one way in which a venue fails, or is known to fail; see [FaultKinds].
type Fault struct {
	Name  string
	Value string // where the kind has one; empty: its default
	// On is what it hits; empty: what its kind says. A * stands for any text. Requests are
	// called "POST /api/v3/order" and "order.place", and "ws-api order.place" where only
	// that way is meant; frames "btcusdt@kline_1m", "btcusdt@kline_1m.closed",
	// "executionReport" and "executionReport.TRADE"; connections "ws-api", "private" and so
	// on; symbols by themselves.
	On     string
	Times  int           // how often it hits; 0: always
	Chance float64       // with which probability it hits, drawn from the seed; 0: always
	After  time.Duration // of the venue, until it begins
	For    time.Duration // of the venue, from then until it ends; 0: it stays
}

// suffix is what may follow the name, the value and the target of a fault.
var suffix = regexp.MustCompile(`^(.*)([*%+~])([0-9][0-9a-zµ.]*)$`)

// ParseFault reads a fault as a command line has it:
// NAME[=VALUE][@ON][*TIMES][%CHANCE][+AFTER][~FOR].
func ParseFault(text string) (Fault, error) {
	var f Fault
	whole := text
	for m := suffix.FindStringSubmatch(text); m != nil; m = suffix.FindStringSubmatch(text) {
		if err := f.suffixed(m[2], m[3]); err != nil {
			return f, fmt.Errorf("fault %q: %w", whole, err)
		}
		text = m[1]
	}
	text, on, aimed := strings.Cut(text, "@")
	if f.On = on; aimed && on == "" {
		return f, fmt.Errorf("fault %q names nothing after @: leave it out to hit all that it can", whole)
	}
	f.Name, f.Value, _ = strings.Cut(text, "=")
	return f, f.check()
}

func (f *Fault) suffixed(mark, value string) (err error) {
	switch mark {
	case "*":
		f.Times, err = strconv.Atoi(value)
	case "%":
		f.Chance, err = strconv.ParseFloat(value, 64)
	case "+":
		f.After, err = time.ParseDuration(value)
	default:
		f.For, err = time.ParseDuration(value)
	}
	if err != nil {
		err = fmt.Errorf("%s%s: it is written NAME[=VALUE][@ON][*TIMES][%%CHANCE][+AFTER][~FOR]", mark, value)
	}
	if err == nil && (mark == "*" && f.Times < 1 || mark == "%" && f.Chance <= 0 || mark == "~" && f.For <= 0) {
		err = fmt.Errorf("%s%s would never hit: it is to be above 0", mark, value)
	}
	return err
}

// String writes a fault as ParseFault reads it.
func (f Fault) String() string {
	text := f.Name
	for _, part := range []struct {
		mark, text string
		is         bool
	}{
		{"=", f.Value, f.Value != ""}, {"@", f.On, f.On != ""},
		{"*", strconv.Itoa(f.Times), f.Times != 0}, {"%", strconv.FormatFloat(f.Chance, 'f', -1, 64), f.Chance != 0},
		{"+", f.After.String(), f.After != 0}, {"~", f.For.String(), f.For != 0},
	} {
		if part.is {
			text += part.mark + part.text
		}
	}
	return text
}

// MarshalJSON writes it as text, as ParseFault reads it.
func (f Fault) MarshalJSON() ([]byte, error) { return json.Marshal(f.String()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a fault is a text such as \"reply-lost@order.place*1\": %w", err)
	}
	var err error
	*f, err = ParseFault(text)
	return err
}

// check reports what is wrong with a fault.
func (f *Fault) check() error {
	k := f.kind()
	if k == nil {
		return fmt.Errorf("fault %q is none of %s; 'signalman venue faults' says what each does", f.Name, strings.Join(faultNames(), ", "))
	}
	if f.Times < 0 || f.After < 0 || f.For < 0 || !(f.Chance >= 0 && f.Chance <= 1) {
		return fmt.Errorf("fault %s: times and spans are not below 0, and a chance is from 0 to 1", f.Name)
	}
	if k.Group == FaultsActs && (f.Times != 0 || f.Chance != 0 || f.For != 0) {
		return fmt.Errorf("fault %s happens once, when it is set or +AFTER", f.Name)
	}
	if k.check == nil {
		if f.Value != "" {
			return fmt.Errorf("fault %s takes no value", f.Name)
		}
		return nil
	}
	if err := k.check(f.value()); err != nil {
		return fmt.Errorf("fault %s=%s: %w", f.Name, f.value(), err)
	}
	return nil
}

// kind returns what a fault is; nil: there is none of that name.
func (f *Fault) kind() *FaultKind {
	for i := range faultKinds {
		if faultKinds[i].Name == f.Name {
			return &faultKinds[i]
		}
	}
	return nil
}

// value returns the value of a fault, or the default of its kind.
func (f *Fault) value() string {
	if f.Value != "" {
		return f.Value
	}
	return f.kind().Value
}

// span returns the value of a fault that is one.
func (f *Fault) span() time.Duration {
	d, _ := time.ParseDuration(f.value()) // check has seen it
	return d
}

// amount returns the value of a fault that is an asset and an amount.
func (f *Fault) amount() (asset string, amount decimal.Decimal) {
	asset, text, _ := strings.Cut(f.value(), "/")
	amount, _ = decimal.NewFromString(text) // check has seen it
	return asset, amount
}

// number returns the value of a fault that is a whole number.
func (f *Fault) number() int {
	n, _ := strconv.Atoi(f.value()) // check has seen it
	return n
}

func isSpan(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d <= 0 {
		return fmt.Errorf("%q is not a span such as 30s", v)
	}
	return nil
}

func isOffset(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d == 0 {
		return fmt.Errorf("%q is not an offset such as -5s or 1500ms", v)
	}
	return nil
}

func isStatus(v string) error {
	if n, err := strconv.Atoi(v); err != nil || n < 400 || n > 599 {
		return fmt.Errorf("%q is not a status from 400 to 599", v)
	}
	return nil
}

func isFactor(v string) error {
	if d, err := decimal.NewFromString(v); err != nil || !d.IsPositive() {
		return fmt.Errorf("%q is not a factor such as 10", v)
	}
	return nil
}

func isAmount(v string) error {
	asset, amount, _ := strings.Cut(v, "/")
	if d, err := decimal.NewFromString(amount); asset == "" || err != nil || d.IsZero() {
		return fmt.Errorf("%q is not an asset and an amount such as USDT/100 or BTC/-0.1", v)
	}
	return nil
}

// matches reports whether a pattern, in which * is any text, is a name.
func matches(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	for ok {
		if matches(rest, name) {
			return true
		}
		if name == "" {
			return false
		}
		name = name[1:]
	}
	return false
}
