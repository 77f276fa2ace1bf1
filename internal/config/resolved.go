package config

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// entry is a key with its value: string, bool, int64, uint64, float64, []any,
// []entry, or inline.
type entry struct {
	key   string
	value any
}

// inline is a table that stands on one line.
type inline []entry

// Resolved returns the configuration with all defaults filled in, as TOML that Parse
// reads to the same configuration. Keys appear as the places where they lie.
func (c *Config) Resolved() []byte {
	var w writer
	w.table(nil, c.entries(false))
	return []byte(strings.TrimPrefix(w.String(), "\n"))
}

// Keyless returns Resolved without the places of keys: what a session's journal holds. It
// reads to a configuration of the same Hash, which cannot ask a source or trade at a venue.
func (c *Config) Keyless() []byte {
	bare := *c
	bare.Exchanges, bare.Sources = slices.Clone(c.Exchanges), slices.Clone(c.Sources)
	for i := range bare.Exchanges {
		bare.Exchanges[i].Secrets = nil
	}
	for i := range bare.Sources {
		bare.Sources[i].Secrets = nil
	}
	bare.Daemon = Daemon{Log: "text"} // what runs beside a session decides nothing
	return bare.Resolved()
}

// Hash returns the SHA-256 of the resolved configuration as canonical JSON, without
// keys, quotas and paths of files (semantics H1): what may be asked of a provider is no
// part of what is decided on its answers. It must be taken before a run: a
// strategy may change its own parameters.
func (c *Config) Hash() market.Hash {
	text, err := json.Marshal(object(c.entries(true)))
	if err != nil {
		panic(err) // only strings, booleans and finite numbers
	}
	return sha256.Sum256(text)
}

// object turns entries into maps, which encoding/json sorts.
func object(x any) any {
	switch x := x.(type) {
	case []entry:
		m := map[string]any{}
		for _, e := range x {
			m[e.key] = object(e.value)
		}
		return m
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = object(x[i])
		}
		return list
	}
	return x
}

// entries lists the whole configuration. For a hash it leaves out keys and paths.
func (c *Config) entries(hash bool) []entry {
	var accounts, strategies, risks, sources []entry
	for i := range c.Accounts {
		a := &c.Accounts[i]
		accounts = append(accounts, entry{a.Name, a.entries(hash)})
		for _, s := range a.Strategies {
			strategies = append(strategies, entry{s.Name, s.entries(a.Name, hash)})
		}
	}
	slices.SortFunc(strategies, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	for _, r := range c.Risks {
		risks = append(risks, entry{r.Name, r.entries()})
	}
	for i := range c.Sources {
		sources = append(sources, entry{c.Sources[i].Name, c.Sources[i].entries(hash)})
	}
	list := []entry{
		{"data", []entry{{"history", c.History}}},
		{"account", accounts}, {"strategy", strategies}, {"risk", risks}, {"signals", sources},
	}
	if len(c.Exchanges) > 0 {
		var exchanges []entry
		for i := range c.Exchanges {
			exchanges = append(exchanges, entry{c.Exchanges[i].Name, c.Exchanges[i].entries(hash)})
		}
		list = append(list, entry{"exchange", exchanges})
	}
	if !hash {
		list = append(list, entry{"quota", c.quotaEntries()}, entry{"daemon", c.Daemon.entries()}, entry{"notify", c.notifyEntries()})
		if own := c.ring.entries(); len(own) > 0 {
			list = append(list, entry{"secrets", own})
		}
	}
	return list
}

// entries lists the keys. That positions stay where the strategy fails is no part of a hash.
func (s *Strategy) entries(account string, hash bool) []entry {
	symbols := make([]any, len(s.Symbols))
	for i := range s.Symbols {
		symbols[i] = s.Symbols[i]
	}
	list := []entry{
		{"type", s.Type}, {"account", account}, {"symbols", symbols},
		{"interval", s.Interval.String()}, {"weight", s.Weight.String()},
	}
	if !hash || s.OnFailure != keep {
		list = append(list, entry{"on_failure", s.OnFailure})
	}
	if s.Risk != nil {
		list = append(list, entry{"risk", s.Risk.Name})
	}
	if s.Sizer != nil && (s.Risk == nil || s.Risk.Sizer != s.Sizer) {
		list = append(list, entry{"sizer", s.Sizer.Name}, s.Sizer.entry())
	}
	return append(list, entry{"params", encode(s.Value)})
}

func (z *Sizer) entry() entry {
	return entry{z.Name, append([]entry{{"type", z.Type}}, encode(z.Value)...)}
}

func (c *Chain) entries() []entry {
	rules, tables := make([]any, len(c.Rules)), []entry(nil)
	for i, r := range c.Rules {
		rules[i] = r.Name
		tables = append(tables, entry{r.Name, append([]entry{{"type", c.Types[i]}}, encode(r.Rule)...)})
	}
	list := []entry{{"rules", rules}}
	if c.Sizer != nil {
		list = append(list, entry{"sizer", c.Sizer.Name})
		tables = append(tables, c.Sizer.entry())
	}
	return append(list, tables...)
}

func (s *Source) entries(hash bool) []entry {
	list := []entry{{"type", s.Type}}
	if s.Schedule != "" {
		list = append(list, entry{"schedule", s.Schedule})
	}
	if s.Jitter != 0 && !hash {
		list = append(list, entry{"jitter", s.Jitter.String()})
	}
	if s.Quota != "" && !hash {
		list = append(list, entry{"quota", s.Quota})
	}
	for _, e := range encode(s.Value) {
		if !hash || !isPath(e.key) {
			list = append(list, e)
		}
	}
	for i := range s.Secrets {
		if !hash {
			secret := &s.Secrets[i]
			list = insert(list, secret.path, secret.entries())
		}
	}
	return list
}

// entries says where a key lies.
func (s *Secret) entries() inline {
	switch {
	case s.Env != "":
		return inline{{"env", s.Env}}
	case s.Credential != "":
		return inline{{"credential", s.Credential}}
	case s.Age != "":
		return inline{{"age", s.Age}, {"name", s.Name}}
	}
	return inline{{"file", s.File}}
}

// isPath reports whether a key of a source names a file or a directory.
func isPath(key string) bool {
	for _, word := range []string{"path", "file", "dir"} {
		if key == word || strings.HasSuffix(key, "_"+word) {
			return true
		}
	}
	return false
}

// insert adds an entry to nested tables, which it makes.
func insert(list []entry, path []string, value any) []entry {
	if len(path) == 1 {
		return append(list, entry{path[0], value})
	}
	i := slices.IndexFunc(list, func(e entry) bool { return e.key == path[0] })
	if i < 0 {
		return append(list, entry{path[0], insert(nil, path[1:], value)})
	}
	inner, _ := list[i].value.([]entry)
	list[i].value = insert(inner, path[1:], value)
	return list
}
