package config

import (
	"errors"
	"fmt"
	"sync"

	"github.com/signalman-trading/signalman/internal/keyring"
	"github.com/signalman-trading/signalman/market"
)

// ringKeys are the keys of [secrets].
type ringKeys struct {
	Identity   string        `toml:"identity"`
	Passphrase market.Secret `toml:"passphrase"`
}

// ring opens the encrypted files of a configuration, each once: a passphrase takes a second
// to try. It may be used concurrently.
type ring struct {
	identity   string
	passphrase []Secret // one, or none

	mu     sync.Mutex
	opened map[string]keyring.Values
}

// keyring reads the table [secrets].
func (b *builder) keyring() {
	path := []string{"secrets"}
	x, ok := b.root["secrets"]
	if !ok {
		return
	}
	table, ok := x.(map[string]any)
	if !ok {
		b.add(path, "write it as a table: [secrets]", "secrets must be a table, not %s", describe(x))
		return
	}
	r, keys := b.ring, ringKeys{}
	d := decoder{faults: b.faults, secrets: &r.passphrase}
	b.ring = nil // it does not open itself
	d.top(&keys, table, path, nil)
	b.ring, r.identity = r, keys.Identity
}

// Opener returns what opens and seals the encrypted files of a configuration.
func (c *Config) Opener(getenv func(string) string) keyring.Opener { return c.ring.opener(getenv) }

func (r *ring) opener(getenv func(string) string) keyring.Opener {
	if r == nil {
		return keyring.Opener{}
	}
	o := keyring.Opener{Identity: r.identity}
	if len(r.passphrase) > 0 {
		o.Passphrase = func() (market.Secret, error) { return r.passphrase[0].Read(getenv) }
	}
	return o
}

// read returns a key of an encrypted file.
func (r *ring) read(s *Secret, getenv func(string) string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	values, ok := r.opened[s.Age]
	if !ok {
		o := r.opener(getenv)
		var err error
		if values, err = o.Open(s.Age); errors.Is(err, keyring.ErrNothing) {
			return "", errors.New(`nothing opens encrypted files: write [secrets] with identity = "FILE", or passphrase = { env = "NAME" }`)
		} else if err != nil {
			return "", err
		}
		if r.opened == nil {
			r.opened = map[string]keyring.Values{}
		}
		r.opened[s.Age] = values
	}
	key, ok := values.Get(s.Name)
	if !ok {
		return "", fmt.Errorf("no key in %s has the name that %s says: see 'signalman secret list %[1]s'", s.Age, s.Key)
	}
	return key.Reveal(), nil
}

// entries lists the keys of [secrets], which are no part of a hash.
func (r *ring) entries() (list []entry) {
	if r == nil {
		return nil
	}
	if r.identity != "" {
		list = append(list, entry{"identity", r.identity})
	}
	for i := range r.passphrase {
		list = append(list, entry{"passphrase", r.passphrase[i].entries()})
	}
	return list
}

// A PlacedSecret is a key that a configuration needs, and for what.
type PlacedSecret struct {
	For string // such as "exchange.binance.key"
	*Secret
}

// Secrets lists the keys that the configuration needs.
func (c *Config) Secrets() (list []PlacedSecret) {
	add := func(of string, secrets []Secret) {
		for i := range secrets {
			list = append(list, PlacedSecret{of + "." + secrets[i].Key, &secrets[i]})
		}
	}
	for i := range c.Exchanges {
		add("exchange."+c.Exchanges[i].Name, c.Exchanges[i].Secrets)
	}
	for i := range c.Sources {
		add("signals."+c.Sources[i].Name, c.Sources[i].Secrets)
	}
	one := func(of string, secret *Secret) {
		if secret != nil {
			list = append(list, PlacedSecret{of + "." + secret.Key, secret})
		}
	}
	for i := range c.Notify {
		n := &c.Notify[i]
		one("notify."+n.Name, n.Token)
		one("notify."+n.Name, n.URL)
		one("notify."+n.Name, n.Secret)
	}
	one("daemon", c.Daemon.Token)
	if c.ring != nil {
		add("secrets", c.ring.passphrase)
	}
	return list
}
