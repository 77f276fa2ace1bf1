package app

import (
	"cmp"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/store"
)

// creditsFile is the ledger of calls in the data directory.
const creditsFile = "credits.db"

// openSource makes a source with the outside world: the one place that gives it any. The
// result is a signals.Source, a signals.Pusher or a signals.Deriver.
func (c *command) openSource(cfg *config.Config, s *config.Source) (any, error) {
	opened, keys, err := c.openBare(cfg, s)
	return discreet(opened, keys), err
}

// openBare is openSource for who asks more than a source can: errors of what it asks may
// hold the keys.
func (c *command) openBare(cfg *config.Config, s *config.Source) (opened any, keys []market.Secret, err error) {
	for i := range s.Secrets {
		key, err := c.keys.read(&s.Secrets[i])
		if err != nil {
			break // Open says so, with the place
		}
		keys = append(keys, key)
	}
	env, err := c.sourceEnv(cfg, s, keys)
	if err != nil {
		return nil, nil, err
	}
	opened, err = s.Open(env, c.keys.getenv)
	return opened, keys, quota.Redact(err, keys...)
}

// ledger returns the ledger of calls, which all sources share. Its file is opened when a
// call is made.
func (c *command) ledger() (*quota.Ledger, error) {
	if c.calls != nil {
		return c.calls, nil
	}
	dir, err := c.place()
	if err != nil {
		return nil, err
	}
	c.calls = quota.NewLedger(store.NewCredits(filepath.Join(dir, creditsFile)), time.Now)
	c.calls.Waits(func(provider string, until time.Time) {
		if left := time.Until(until); left > worthTelling {
			c.note("quota %s: a call waits %s for the limit of a minute", provider, left.Round(time.Second))
		}
	})
	return c.calls, nil
}

// worthTelling is how long a call waits in silence.
const worthTelling = 5 * time.Second

// sourceEnv is the outside world of a source.
func (c *command) sourceEnv(cfg *config.Config, s *config.Source, keys []market.Secret) (signals.Env, error) {
	calls, err := c.ledger()
	if err != nil {
		return signals.Env{}, err
	}
	name := cmp.Or(s.Quota, s.Type)
	transport := quota.NewTransport(baseTransport(), calls, name, cfg.Limits(s.Quota), keys...)
	calls.Keep(name, c.needs(cfg, name))
	dir, err := c.place()
	if err != nil {
		return signals.Env{}, err
	}
	return signals.Env{
		HTTP:   &http.Client{Transport: transport, CheckRedirect: stay},
		Listen: net.Listen,
		Now:    time.Now,
		Log:    c.logger().With("source", s.Name),
		Dir:    filepath.Join(dir, "sources", s.Name),
	}, nil
}

// How long a provider may take: to be reached, and to begin its answer. The client itself
// has no time-out: it would count the time for which a call waits to be allowed.
const (
	dialTime   = 10 * time.Second
	headerTime = 30 * time.Second
)

// baseTransport sends each call over a connection of its own: one that net/http would
// repeat over another, because the first was stale, would be sent twice and charged once.
func baseTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTime}).DialContext,
		TLSHandshakeTimeout:    dialTime,
		ResponseHeaderTimeout:  headerTime,
		MaxResponseHeaderBytes: 1 << 20,
		DisableKeepAlives:      true,
	}
}

// stay does not follow redirects: they would be calls that nobody charged, and could take
// the key elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
