package tiny

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Plugin describes the exchange.
func Plugin() exchange.Plugin {
	return exchange.Plugin{
		Name:   "tiny",
		Doc:    "a venue to learn from: spot pairs, market and limit orders",
		Sample: "[exchange.tiny]\naddress = \"http://127.0.0.1:8700\"\nkey     = { env = \"TINY_KEY\" }\n",
		New:    func() exchange.Exchange { return &Config{} },
	}
}

// Config is the exchange with its settings.
type Config struct {
	Address string        `toml:"address" doc:"where the venue is"`
	Key     market.Secret `toml:"key" doc:"the key of the account"`
}

// Check says what is wrong with the settings.
func (c *Config) Check() error {
	if c.Address == "" {
		return errors.New("address is missing: set it to where the venue is, as http://127.0.0.1:8700")
	}
	return nil
}

// Says implements [exchange.Exchange].
func (c *Config) Says() string { return "tiny at " + c.Address + ": play money" }

// Real implements [exchange.Exchange].
func (c *Config) Real() bool { return false }

// Market implements [exchange.Exchange].
func (c *Config) Market(env exchange.Env) (exchange.Market, error) {
	return &public{c.client(env)}, nil
}

// Broker implements [exchange.Exchange]. An account that cannot be read is no account to
// trade with.
func (c *Config) Broker(ctx context.Context, env exchange.Env, names *exchange.Names) (exchange.Broker, error) {
	b := &broker{client: c.client(env), names: names}
	if _, err := b.Account(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

func (c *Config) client(env exchange.Env) *client {
	l := &client{address: c.Address, key: c.Key, now: time.Now, log: cmp.Or(env.Log, slog.New(slog.DiscardHandler))}
	if env.HTTP != nil {
		l.http.Transport = env.HTTP.Transport
	}
	l.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if env.Now != nil {
		l.now = env.Now
	}
	return l
}
