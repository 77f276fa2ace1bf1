package keyring

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A Value is one key with its name.
type Value struct {
	Name string
	Key  market.Secret
}

// Values are keys, by name.
type Values []Value

var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// ValidName reports whether a key may be called so: as a variable of the environment.
func ValidName(s string) bool { return name.MatchString(s) }

// Parse reads lines of NAME=value. Blank lines and those that begin with # are left out,
// and so are spaces around both sides. A value in double quotes is a string as Go writes
// it, so that "\n" makes a key of several lines. Errors name the line and nothing of it.
func Parse(text string) (list Values, err error) {
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, value, found := strings.Cut(line, "=")
		left, value = strings.TrimSpace(left), strings.TrimSpace(value)
		if !found || !ValidName(left) {
			return nil, fmt.Errorf("line %d is not NAME=value, with a name of up to 64 letters, digits and _", n+1)
		}
		if strings.HasPrefix(value, `"`) {
			if value, err = strconv.Unquote(value); err != nil {
				return nil, fmt.Errorf("line %d: the value begins with a quote, and is no string", n+1)
			}
		}
		switch {
		case value == "":
			return nil, fmt.Errorf("line %d has no value", n+1)
		case slices.Contains(list.Names(), left):
			return nil, fmt.Errorf("line %d has the name of a line before", n+1)
		}
		list = append(list, Value{left, market.NewSecret(value)})
	}
	if len(list) == 0 {
		return nil, errors.New("there is no line NAME=value")
	}
	return list, nil
}

// text writes values as Parse reads them.
func (v Values) text() string {
	var b strings.Builder
	for _, x := range v {
		fmt.Fprintf(&b, "%s=%s\n", x.Name, strconv.Quote(x.Key.Reveal()))
	}
	return b.String()
}

// Names lists the names.
func (v Values) Names() []string {
	list := []string{}
	for _, x := range v {
		list = append(list, x.Name)
	}
	return list
}

// Get returns the key of a name; false where there is none.
func (v Values) Get(name string) (market.Secret, bool) {
	k := slices.IndexFunc(v, func(x Value) bool { return x.Name == name })
	if k < 0 {
		return market.Secret{}, false
	}
	return v[k].Key, true
}

// With returns the values with others in the place of those of the same names.
func (v Values) With(others Values) Values {
	all := slices.DeleteFunc(slices.Clone(v), func(x Value) bool { return slices.Contains(others.Names(), x.Name) })
	return append(all, others...)
}
