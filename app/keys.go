package app

import (
	"io"
	"net/url"
	"os"
	"slices"
	"sync"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/quota"
)

// keys are the keys that this process has read. Those that lay in variables are taken out
// of its environment, where code that has no business with them would find them. The zero
// value leaves the environment as it is. Its methods may be called concurrently.
type keys struct {
	unset func(name string) error // nil where the environment belongs to others

	mu    sync.Mutex
	known []market.Secret
	taken map[string]market.Secret // by variable: a configuration that is read again asks again
}

// getenv returns a variable that holds a key, or leads to one.
func (k *keys) getenv(name string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.taken[name]; ok {
		return key.Reveal()
	}
	text := os.Getenv(name)
	if text != "" && k.unset != nil && name != "CREDENTIALS_DIRECTORY" && k.unset(name) == nil {
		if k.taken == nil {
			k.taken = map[string]market.Secret{}
		}
		k.taken[name] = market.NewSecret(text)
	}
	return text
}

// take takes the keys that a configuration needs out of the environment, before strategies
// are at work.
func (k *keys) take(cfg *config.Config) {
	for _, s := range cfg.Secrets() {
		if s.Env != "" {
			_, _ = k.read(s.Secret) // one that is not there is told of where it is needed
		}
	}
}

// read looks a key up.
func (k *keys) read(s *config.Secret) (market.Secret, error) {
	key, err := s.Read(k.getenv)
	if err != nil {
		return key, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range append(parts(key.Reveal()), key) {
		if !slices.ContainsFunc(k.known, func(o market.Secret) bool { return o.Reveal() == one.Reveal() }) {
			k.known = append(k.known, one)
		}
	}
	return key, nil
}

// parts are what of a key that is an address must not be printed either, since servers like to
// repeat it: its path, its query and who asks.
func parts(key string) (list []market.Secret) {
	u, err := url.Parse(key)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return nil
	}
	for _, part := range []string{u.EscapedPath(), u.Path, u.RawQuery, u.User.String()} {
		if len(part) >= hideable {
			list = append(list, market.NewSecret(part))
		}
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if len(v) >= hideable {
				list = append(list, market.NewSecret(v))
			}
		}
	}
	return list
}

// hideable is how long a key is at least to be looked for in all that is printed: a shorter
// one is in many words.
const hideable = 8

// hide returns a text with *** in the place of keys.
func (k *keys) hide(text string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.known {
		if len(key.Reveal()) >= hideable {
			text = quota.Hide(text, key)
		}
	}
	return text
}

// veil is a stream to which no key is written, whatever it came with.
type veil struct {
	to   io.Writer
	keys *keys
}

// Write writes what it is given, with *** for each key.
func (v *veil) Write(p []byte) (int, error) {
	if text := v.keys.hide(string(p)); text != string(p) {
		_, err := io.WriteString(v.to, text)
		return len(p), err
	}
	return v.to.Write(p)
}
