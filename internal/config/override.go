package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// literal is a value of the command line: its text, and what TOML makes of it.
type literal struct {
	raw   string
	value any // bool, int64, float64, string or time.Time; nil where the text is not TOML
}

// text returns what a field of text takes: quotes are TOML's, everything else is as
// it stands.
func (l literal) text() string {
	if s, ok := l.value.(string); ok {
		return s
	}
	return l.raw
}

// parseLiteral reads a value of the command line.
func parseLiteral(raw string) literal {
	table := map[string]any{}
	_, err := toml.Decode("x = "+raw, &table)
	value, ok := table["x"]
	if err != nil || !ok || len(table) != 1 || strings.ContainsAny(raw, "\n\r") {
		return literal{raw: raw}
	}
	switch value.(type) {
	case []any, []map[string]any, map[string]any:
		return literal{raw: raw}
	}
	return literal{raw, value}
}

// parseValue reads a value of the command line that may also be an array or a table.
func parseValue(raw string) any {
	if strings.HasPrefix(raw, "[") || strings.HasPrefix(raw, "{") {
		table := map[string]any{}
		if _, err := toml.Decode("x = "+raw, &table); err == nil && len(table) == 1 && table["x"] != nil {
			return table["x"]
		}
	}
	return parseLiteral(raw)
}

// Set sets one parameter of a plug-in's struct, a pointer, from the command line.
func Set(into any, key, value string) error {
	f := &faults{places: &places{list: map[string]place{}}}
	path := strings.Split(key, ".")
	f.places.override(path, value)
	d := decoder{faults: f}
	table := map[string]any{}
	put(table, path, parseValue(value))
	d.top(into, table, nil, nil)
	return d.join()
}

// put sets a key of nested tables, which it makes. It returns false where something
// else than a table is in the way.
func put(table map[string]any, path []string, value any) bool {
	for _, key := range path[:len(path)-1] {
		if table[key] == nil {
			table[key] = map[string]any{}
		}
		next, ok := table[key].(map[string]any)
		if !ok {
			return false
		}
		table = next
	}
	table[path[len(path)-1]] = value
	return true
}

// override applies "key=value" of the command line to a configuration.
func override(root map[string]any, set string, f *faults) {
	key, value, ok := strings.Cut(set, "=")
	key = strings.TrimSpace(key)
	path := strings.Split(key, ".")
	f.places.override(path, value)
	switch {
	case ok && len(path) == 1 && key != "":
		f.add(path, "write KEY=VALUE with the table of the key, such as strategy.NAME.params.fast=10", "the key names no table that it is in")
	case !ok || slices.Contains(path, "") || len(path) < 2:
		f.add(path, "write KEY=VALUE, such as strategy.NAME.params.fast=10", "not a key and a value")
	case path[0] != "data" && path[0] != "daemon" && !exists(root, path):
		f.add(path, known("tables", path[1], tables(root, path[0])), "there is no [%s] to set this in", dotted(path[:2]))
	case !put(root, path, parseValue(value)):
		f.add(path, "", "a part of this key is not a table")
	}
}

// exists reports whether the named table that a key belongs to is configured. Sections
// that are unknown are reported later.
func exists(root map[string]any, path []string) bool {
	if !slices.Contains(sections(), path[0]) {
		return true
	}
	section, _ := root[path[0]].(map[string]any)
	return section[path[1]] != nil
}

// tables lists the names in a section.
func tables(root map[string]any, section string) []string {
	table, _ := root[section].(map[string]any)
	return slices.Sorted(maps.Keys(table))
}
