package strategytest

import (
	"reflect"
	"strings"

	"github.com/signalman-trading/signalman/strategy"
)

// samePointer reports whether two strategies are one. Those of size zero may share
// an address, and have no state to share.
func samePointer(a, b strategy.Strategy) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	return x.Kind() == reflect.Pointer && y.Kind() == reflect.Pointer && x.Type().Elem().Size() > 0 && x.Pointer() == y.Pointer()
}

// named reports whether a name is one as those of the strategies that ship.
func named(name string) bool {
	return len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// untagged returns an exported field of the strategy's struct that has no toml tag.
func untagged(s strategy.Strategy) string {
	t := reflect.TypeOf(s)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if _, ok := f.Tag.Lookup("toml"); f.IsExported() && !f.Anonymous && !ok {
			return f.Name
		}
	}
	return ""
}
