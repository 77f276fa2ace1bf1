package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/signalman-trading/signalman/risk"
)

// chainKeys are the keys of [risk.X] beside the tables of its rules.
type chainKeys struct {
	Rules []string `toml:"rules"`
	Sizer string   `toml:"sizer"`
}

// chains reads the tables [risk.X], to find what is wrong with them.
func (b *builder) chains() {
	b.risks = b.section("risk")
	for _, n := range b.risks {
		b.config.Risks = append(b.config.Risks, b.chain(n))
	}
}

// chain makes fresh rules and a fresh sizer from a table.
func (b *builder) chain(n named) *Chain {
	own, rest := split(n.table, "rules", "sizer")
	var keys chainKeys
	b.decode(&keys, own, n.path)
	c := &Chain{Name: n.name}
	seen := map[string]bool{"": true}
	reserved := []string{"rules", "sizer", "engine", "kill", "pause", "close-all"} // keys, and halts of operators
	for i, name := range keys.Rules {
		path := child(child(n.path, "rules"), element(i))
		switch {
		case !validName(name) || slices.Contains(reserved, name):
			b.add(path, "use another name, and a table with type", "%q cannot be the name of a rule", name)
			continue
		case seen[name]:
			b.add(path, "for a second rule of a type use another name, and a table with type", "rule %q stands twice", name)
			continue
		}
		seen[name] = true
		b.rule(c, n, name, rest[name], path)
	}
	if keys.Sizer != "" && seen[keys.Sizer] {
		b.add(child(n.path, "sizer"), "give the table of the sizer another name", "%q is the name of a rule too", keys.Sizer)
	} else if keys.Sizer != "" {
		c.Sizer = b.sizer(n, keys.Sizer, rest[keys.Sizer])
	}
	seen[keys.Sizer] = true
	b.unused(n, rest, seen)
	return c
}

// unused reports tables that the list of rules does not name.
func (b *builder) unused(n named, rest map[string]any, used map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		if used[key] {
			continue
		}
		path := child(n.path, key)
		if _, ok := rest[key].(map[string]any); ok {
			b.add(path, fmt.Sprintf("add %q to rules, or remove the table", key), "[%s] is not in the rules of [%s]", dotted(path), dotted(n.path))
			continue
		}
		all := append([]string{"rules", "sizer"}, slices.Sorted(maps.Keys(used))[1:]...)
		b.add(path, known("keys", key, all), "unknown key %q in [%s]", key, dotted(n.path))
	}
}

// rule adds a rule to a chain. Its table may be missing.
func (b *builder) rule(c *Chain, n named, name string, x any, at []string) {
	plugin, table, kind, ok := pick(b, "rule", b.Rules, func(p risk.Plugin) string { return p.Name }, n, name, x, at)
	if !ok {
		return
	}
	value := plugin.New()
	b.decode(value, table, child(n.path, name), "type")
	c.Rules = append(c.Rules, risk.Named{Name: name, Rule: value})
	c.Types = append(c.Types, kind)
	where, _ := b.where(child(n.path, name), false)
	c.Wheres = append(c.Wheres, where)
}

// sizer makes a sizer. Its table may be missing.
func (b *builder) sizer(n named, name string, x any) *Sizer {
	plugin, table, kind, ok := pick(b, "sizer", b.Sizers, func(p risk.SizerPlugin) string { return p.Name }, n, name, x, child(n.path, "sizer"))
	if !ok {
		return nil
	}
	value := plugin.New()
	b.decode(value, table, child(n.path, name), "type")
	where, _ := b.where(child(n.path, name), false)
	return &Sizer{Name: name, Type: kind, Value: value, Where: where}
}

// pick finds the plug-in of a rule or sizer, whose table x may be nil, and the table
// without its type.
func pick[P any](b *builder, what string, list []P, nameOf func(P) string, n named, name string, x any, at []string) (plugin P, table map[string]any, kind string, ok bool) {
	path := child(n.path, name)
	if x == nil {
		if plugin, ok = find(list, nameOf, name); !ok {
			b.add(at, knownTypes(what, name, names(list, nameOf)), "unknown type %q of a %s", name, what)
		}
		return plugin, nil, name, ok
	}
	table, ok = x.(map[string]any)
	if !ok {
		b.add(path, fmt.Sprintf("write [%s]", dotted(path)), "%s must be a table, not %s", dotted(path), describe(x))
		return plugin, nil, "", false
	}
	keys := struct {
		Type string `toml:"type"`
	}{name}
	own, rest := split(table, "type")
	b.decode(&keys, own, path)
	if plugin, ok = find(list, nameOf, keys.Type); !ok {
		b.unknownType(what, keys.Type, names(list, nameOf), path)
	}
	return plugin, rest, keys.Type, ok
}
