package app

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// openSource makes a source with the outside world: the one place that gives it any. The
// result is a signals.Source, a signals.Pusher or a signals.Deriver.
func (c *command) openSource(cfg *config.Config, s *config.Source) (any, error) {
	var keys []market.Secret
	for i := range s.Secrets {
		key, err := s.Secrets[i].Read(os.Getenv)
		if err != nil {
			break // Open says so, with the place
		}
		keys = append(keys, key)
	}
	return s.Open(c.sourceEnv(cfg, s, keys), os.Getenv)
}

// sourceEnv is the outside world of a source.
func (c *command) sourceEnv(_ *config.Config, s *config.Source, keys []market.Secret) signals.Env {
	logs := slog.NewTextHandler(&hiding{c.err, keys}, &slog.HandlerOptions{Level: c.log})
	return signals.Env{
		HTTP:   &http.Client{Transport: baseTransport(), CheckRedirect: stay},
		Listen: net.Listen,
		Now:    time.Now,
		Log:    slog.New(logs).With("source", s.Name),
	}
}

// How long a provider may take: to be reached, and to begin its answer.
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

// hiding writes all but keys.
type hiding struct {
	to   io.Writer
	keys []market.Secret
}

// Write writes what it is given, with *** for each key. A log hands over whole lines.
func (h *hiding) Write(p []byte) (int, error) {
	shown := p
	for _, key := range h.keys {
		if key.Set() {
			shown = bytes.ReplaceAll(shown, []byte(key.Reveal()), []byte(key.String()))
		}
	}
	_, err := h.to.Write(shown)
	return len(p), err
}
