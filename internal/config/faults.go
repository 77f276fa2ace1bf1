package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// maxFaults bounds how many faults one reading reports.
const maxFaults = 20

// faults collects what is wrong with a configuration.
type faults struct {
	name   string  // of the file
	places *places // nil where there is no text
	ring   *ring   // what opens encrypted files; nil opens none
	list   []fault
}

// fault is one error with its offset in the text.
type fault struct {
	at  int
	key string // joined
	err *market.Error
}

// add notes a fault of a key.
func (f *faults) add(path []string, hint, format string, args ...any) {
	f.addAt(path, false, hint, format, args...)
}

// addAt notes a fault of a key, or of its value.
func (f *faults) addAt(path []string, value bool, hint, format string, args ...any) {
	where, at := f.where(path, value)
	f.list = append(f.list, fault{at, joined(path), &market.Error{Class: market.Usage, Where: where, Err: fmt.Errorf(format, args...), Hint: hint}})
}

// faulty reports whether something is wrong with a key, or with a part of it, already:
// what follows from that is not worth a word.
func (f *faults) faulty(path []string) bool {
	key := joined(path)
	return slices.ContainsFunc(f.list, func(x fault) bool { return x.key == key || strings.HasPrefix(x.key, key+"\x00") })
}

// where says where a key stands: in the text, or on the command line. A key that
// stands nowhere is where the table that it belongs to is.
func (f *faults) where(path []string, value bool) (string, int) {
	if f.places == nil {
		return dotted(path), 0
	}
	for n := len(path); n > 0; n-- {
		place, ok := f.places.find(path[:n])
		switch {
		case !ok:
			continue
		case place.set != "":
			return "--set " + place.set, math.MaxInt
		}
		at := place.key
		if value && n == len(path) {
			at = place.value
		}
		line, column := f.places.position(at)
		return fmt.Sprintf("%s:%d:%d", f.name, line, column), at
	}
	return f.name, 0
}

// raw returns the text of a key's value, and false where it would not help: too long,
// on several lines, or a table.
func (f *faults) raw(path []string) (string, bool) {
	if f.places == nil {
		return "", false
	}
	place, ok := f.places.find(path)
	return place.raw, ok && place.raw != "" && len(place.raw) <= 60 && !strings.ContainsAny(place.raw, "\n\r{")
}

// join returns the faults by position as one error, or nil.
func (f *faults) join() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.err.Error(), b.err.Error()))
	})
	f.list = slices.CompactFunc(f.list, func(a, b fault) bool { return a.err.Error() == b.err.Error() })
	var errs []error
	for _, fault := range f.list[:min(len(f.list), maxFaults)] {
		errs = append(errs, fault.err)
	}
	if more := len(f.list) - maxFaults; more > 0 {
		errs = append(errs, &market.Error{Class: market.Usage, Where: f.name, Err: fmt.Errorf("%d more errors", more), Hint: "mend these first"})
	}
	return errors.Join(errs...)
}

// known lists what a word could have been, with the nearest.
func known(what, word string, list []string) string {
	if len(list) == 0 {
		return "there are no " + what
	}
	hint := fmt.Sprintf("known %s: %s", what, strings.Join(list, ", "))
	if near := Nearest(word, list); near != "" {
		hint += fmt.Sprintf("; did you mean %q?", near)
	}
	return hint
}

// most is how many types a message lists where the right one seems to be near.
const most = 12

// knownTypes tells the types of one kind of plug-in; of many, the nearest alone if one is near.
func knownTypes(what, word string, list []string) string {
	if near := Nearest(word, list); near != "" && len(list) > most {
		all := "risk"
		if what == "strategy" {
			all = what
		}
		return fmt.Sprintf("did you mean %q? 'signalman %s list' prints all", near, all)
	}
	return known("types", word, list)
}

// Nearest returns the word of a list that takes fewest changes of letters, at most a
// third of the word, or "".
func Nearest(word string, list []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, candidate := range list {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete, change or swap with their
// neighbour that turn a into b.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return math.MaxInt
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			changed := row[j]
			if a[i] != b[j] {
				changed++
			}
			next[j+1] = min(changed, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
