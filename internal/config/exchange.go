package config

import (
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/exchange"
)

// Exchange is one [exchange.NAME].
type Exchange struct {
	Name    string
	Type    string
	Secrets []Secret          // where its keys lie
	Value   exchange.Exchange // with its parameters, without keys

	plugin exchange.Plugin
	table  map[string]any
	ring   *ring
}

// Open makes the exchange anew with its keys, which it looks up in the environment and in
// files. A key that is missing, or a file of keys that others may read, is an error.
func (x *Exchange) Open(getenv func(string) string) (exchange.Exchange, error) {
	value := x.plugin.New()
	faults := &faults{ring: x.ring}
	d := decoder{faults: faults, getenv: getenv}
	d.top(value, x.table, []string{"exchange", x.Name}, nil)
	return value, faults.join()
}

// Exchange returns the venue that an account names, or nil: the simulated one.
func (c *Config) Exchange(name string) *Exchange {
	for i := range c.Exchanges {
		if c.Exchanges[i].Name == name {
			return &c.Exchanges[i]
		}
	}
	return nil
}

// exchangeKeys are the keys of [exchange.X] that are not its plug-in's own.
type exchangeKeys struct {
	Type string `toml:"type"`
}

// exchanges reads the tables [exchange.X].
func (b *builder) exchanges() {
	for _, n := range b.section("exchange") {
		keys := exchangeKeys{Type: n.name}
		own, rest := split(n.table, "type")
		b.decode(&keys, own, n.path)
		if n.name == simulated {
			b.add(n.path, "its settings are in [account.X.sim]", "the exchange sim is always there, and has no table")
			continue
		}
		name := func(p exchange.Plugin) string { return p.Name }
		plugin, ok := find(b.Exchanges, name, keys.Type)
		if !ok {
			b.unknownType("venue", keys.Type, names(b.Exchanges, name), n.path)
			continue
		}
		x := Exchange{Name: n.name, Type: keys.Type, plugin: plugin, table: rest, ring: b.ring}
		x.Value = plugin.New()
		d := decoder{faults: b.faults, secrets: &x.Secrets}
		d.top(x.Value, rest, n.path, []string{"type"})
		if v, ok := x.Value.(interface{ Check() error }); ok && !b.faulty(n.path) {
			b.says(n.path, v.Check())
		}
		b.config.Exchanges = append(b.config.Exchanges, x)
	}
}

// venues lists what an account may name as its exchange, sorted.
func (b *builder) venues() []string {
	list := []string{simulated}
	if section, ok := b.root["exchange"].(map[string]any); ok {
		for name := range section { //order-free: the list is sorted below
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// entries lists the keys. Where a venue on this machine listens changes no decision.
func (x *Exchange) entries(hash bool) []entry {
	list := []entry{{"type", x.Type}}
	for _, e := range encode(x.Value) {
		if !hash || e.key != "address" && !strings.HasSuffix(e.key, "_file") {
			list = append(list, e)
		}
	}
	for i := range x.Secrets {
		if !hash {
			list = insert(list, x.Secrets[i].path, x.Secrets[i].entries())
		}
	}
	return list
}
