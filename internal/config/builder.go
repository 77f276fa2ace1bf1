package config

import (
	"maps"
	"slices"
)

// builder makes a Config of a decoded text.
type builder struct {
	Plugins
	*faults
	root    map[string]any
	config  *Config
	risks   []named
	members []member
}

// named is one table of a section: [strategy.NAME].
type named struct {
	name  string
	path  []string
	table map[string]any
}

// dataKeys are the keys of [data].
type dataKeys struct {
	History string `toml:"history" param:"oneof=sample|demo|store"`
}

// sections are the tables that a configuration has.
func sections() []string {
	return []string{"account", "daemon", "data", "exchange", "notify", "quota", "risk", "secrets", "signals", "strategy"}
}

func (b *builder) build() {
	for _, key := range slices.Sorted(maps.Keys(b.root)) {
		if !slices.Contains(sections(), key) {
			b.add([]string{key}, known("tables", key, sections()), "unknown table or key %q", key)
		}
	}
	b.data()
	b.keyring()
	b.daemon()
	b.notifies()
	b.exchanges()
	b.accounts()
	b.chains()
	b.strategies()
	b.flows()
	b.sources()
	b.quotas()
}

func (b *builder) data() {
	keys := dataKeys{History: Sample}
	path := []string{"data"}
	if x, ok := b.root["data"]; ok {
		table, ok := x.(map[string]any)
		if !ok {
			b.add(path, "write it as a table: [data]", "data must be a table, not %s", describe(x))
			return
		}
		b.decode(&keys, table, path)
	}
	b.config.History = keys.History
}

// section returns the tables of a section, sorted by name.
func (b *builder) section(name string) []named {
	x, ok := b.root[name]
	if !ok {
		return nil
	}
	section, ok := x.(map[string]any)
	if !ok {
		b.add([]string{name}, "write ["+name+".NAME]", "%s must be tables with names, not %s", name, describe(x))
		return nil
	}
	var list []named
	for _, key := range slices.Sorted(maps.Keys(section)) {
		path := []string{name, key}
		table, ok := section[key].(map[string]any)
		switch {
		case !ok:
			b.notTable(path, section[key])
		case !validName(key):
			b.add(path, "use 1 to 64 letters, digits, _ and -", "%q is not a name", key)
		default:
			list = append(list, named{key, path, table})
		}
	}
	return list
}

// notTable reports another value where a table with a name belongs.
func (b *builder) notTable(path []string, x any) {
	hint := "write [" + path[0] + ".NAME], with a name of your choice, and the keys below it"
	if _, ok := x.([]map[string]any); ok {
		hint = "write [" + dotted(path) + "], with one pair of brackets"
	}
	b.add(path, hint, "%s must be a table, not %s", dotted(path), describe(x))
}

// validName reports whether a name can stand in journals, addresses and file names.
func validName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// decode sets a struct without secrets.
func (b *builder) decode(into any, table map[string]any, path []string, others ...string) {
	d := decoder{faults: b.faults}
	d.top(into, table, path, others)
}

// unknownType reports a type that no plug-in has.
func (b *builder) unknownType(what, name string, list, path []string) {
	key := child(path, "type")
	if _, ok := b.places.find(key); !ok {
		key = path
	}
	b.addAt(key, true, knownTypes(what, name, list), "unknown type %q of a %s", name, what)
}

// split takes some keys out of a table.
func split(table map[string]any, keys ...string) (own, rest map[string]any) {
	own, rest = map[string]any{}, maps.Clone(table)
	for _, key := range keys {
		if x, ok := table[key]; ok {
			own[key] = x
			delete(rest, key)
		}
	}
	return own, rest
}

// find returns the plug-in of a name.
func find[P any](list []P, name func(P) string, want string) (P, bool) {
	for _, p := range list {
		if name(p) == want {
			return p, true
		}
	}
	var none P
	return none, false
}

// names lists the names of plug-ins, sorted.
func names[P any](list []P, name func(P) string) []string {
	var all []string
	for _, p := range list {
		all = append(all, name(p))
	}
	slices.Sort(all)
	return all
}
