package config

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/signals"
)

// Quota is one [quota.NAME]: how many calls the sources that name it may make in all.
type Quota struct {
	Name string
	signals.Limits
	Written bool // in the configuration; otherwise the limits are those of the plug-in
}

// Limits returns those of a quota; without one, there are none.
func (c *Config) Limits(quota string) signals.Limits {
	q, _ := find(c.Quotas, func(q Quota) string { return q.Name }, quota)
	return q.Limits
}

// quotaEntries lists the quotas.
func (c *Config) quotaEntries() []entry {
	var list []entry
	for i := range c.Quotas {
		list = append(list, entry{c.Quotas[i].Name, encode(&c.Quotas[i].Limits)})
	}
	return list
}

// quotaOf returns which quota the calls of a source are charged to: that of its type
// unless it says otherwise.
func (b *builder) quotaOf(keys sourceKeys, p signals.Plugin, path []string) string {
	at := child(path, "quota")
	switch {
	case keys.Quota == "" && p.Remote:
		return keys.Type
	case keys.Quota == "":
	case !p.Remote:
		b.add(at, "leave it out", "a source of type %s asks nobody, so it has no quota", keys.Type)
	case !validName(keys.Quota):
		b.addAt(at, true, "use 1 to 64 letters, digits, _ and -", "%q is not a name", keys.Quota)
	}
	return keys.Quota
}

// quotas reads the tables [quota.X], and adds those that sources need beside them.
func (b *builder) quotas() {
	for _, n := range b.section("quota") {
		q := Quota{Name: n.name, Written: true}
		b.decode(&q.Limits, n.table, n.path)
		b.config.Quotas = append(b.config.Quotas, q)
	}
	for _, s := range b.config.Sources {
		name := func(q Quota) string { return q.Name }
		if _, written := find(b.config.Quotas, name, s.Quota); written || s.Quota == "" {
			continue
		}
		p, ok := find(b.Sources, func(p signals.Plugin) string { return p.Name }, s.Quota)
		if !ok || !p.Remote {
			b.addAt([]string{"signals", s.Name, "quota"}, true, known("quotas", s.Quota, names(b.config.Quotas, name)), "there is no [quota.%s]", s.Quota)
			continue
		}
		if p.Limits != (signals.Limits{}) {
			b.config.Quotas = append(b.config.Quotas, Quota{Name: s.Quota, Limits: p.Limits})
		}
	}
	slices.SortFunc(b.config.Quotas, func(a, b Quota) int { return cmp.Compare(a.Name, b.Name) })
}
