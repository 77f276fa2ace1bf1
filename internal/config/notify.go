package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// Notify is one [notify.NAME]: a service that is told what a session does.
type Notify struct {
	Name   string
	Type   string  // one of notifyTypes
	Level  string  // "info", "warn" or "error": what is as grave is told, or graver
	Chat   string  // of telegram
	API    string  // of telegram; "" is its own
	Token  *Secret // of telegram
	URL    *Secret // of all but telegram: the address is a key
	Secret *Secret // of webhook: signs what it is told; nil does not
}

// notifyTypes are the services, and the keys that each has beside type and level; the
// needed ones come before the bar.
var notifyTypes = map[string]string{
	"discord": "url |", "slack": "url |", "telegram": "chat token | api", "webhook": "url | secret",
}

// notifyKeys are the keys of [notify.X].
type notifyKeys struct {
	Type   string        `toml:"type"`
	Level  string        `toml:"level" param:"oneof=info|warn|error"`
	Chat   string        `toml:"chat"`
	API    string        `toml:"api"`
	Token  market.Secret `toml:"token"`
	URL    market.Secret `toml:"url"`
	Secret market.Secret `toml:"secret"`
}

// notifies reads the tables [notify.X].
func (b *builder) notifies() {
	for _, n := range b.section("notify") {
		keys := notifyKeys{Type: n.name, Level: "info"}
		var secrets []Secret
		d := decoder{faults: b.faults, secrets: &secrets}
		d.top(&keys, n.table, n.path, nil)
		to := Notify{Name: n.name, Type: keys.Type, Level: keys.Level, Chat: keys.Chat, API: keys.API}
		for i := range secrets {
			*to.secret(secrets[i].Key) = &secrets[i]
		}
		b.checkNotify(&to, n)
		b.config.Notify = append(b.config.Notify, to)
	}
}

// secret returns where the secret of a key is kept.
func (n *Notify) secret(key string) **Secret {
	switch key {
	case "token":
		return &n.Token
	case "url":
		return &n.URL
	}
	return &n.Secret
}

// checkNotify asks for what a service needs, and refuses what is another's.
func (b *builder) checkNotify(to *Notify, n named) {
	keys, ok := notifyTypes[to.Type]
	if !ok {
		b.unknownType("notification", to.Type, slices.Sorted(maps.Keys(notifyTypes)), n.path)
		return
	}
	needed, _, _ := strings.Cut(keys, "|")
	for _, key := range strings.Fields(needed) {
		if _, written := n.table[key]; !written {
			b.add(n.path, notifyHint(key), "a notification of type %s needs %s", to.Type, key)
		}
	}
	for _, key := range []string{"api", "chat", "secret", "token", "url"} {
		if _, written := n.table[key]; written && !slices.Contains(strings.Fields(keys), key) {
			b.add(child(n.path, key), "leave it out", "a notification of type %s has no %s", to.Type, key)
		}
	}
	if u, err := url.Parse(to.API); to.API != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		b.addAt(child(n.path, "api"), true, `write https://, a host and nothing else`, "api = %q is no address", to.API)
	}
}

func notifyHint(key string) string {
	if key == "chat" {
		return `write chat = "-1001234567890", the number of the chat, or "@" and the name of a channel`
	}
	return fmt.Sprintf(secretHint, key)
}

// entries lists the keys. None of them is part of a hash.
func (n *Notify) entries() []entry {
	list := []entry{{"type", n.Type}, {"level", n.Level}}
	for _, e := range []entry{{"chat", n.Chat}, {"api", n.API}} {
		if e.value != "" {
			list = append(list, e)
		}
	}
	for _, s := range []*Secret{n.Token, n.URL, n.Secret} {
		if s != nil {
			list = insert(list, s.path, s.entries())
		}
	}
	return list
}

// notifyEntries lists the tables [notify.X].
func (c *Config) notifyEntries() []entry {
	var list []entry
	for i := range c.Notify {
		list = append(list, entry{c.Notify[i].Name, c.Notify[i].entries()})
	}
	return list
}
