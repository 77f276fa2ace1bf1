package binance

import (
	"context"
	_ "embed" // samples
	"errors"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Config is a configured account at one of the markets, and its market data.
type Config struct {
	Env         string          `toml:"env" param:"oneof=live|testnet|demo|local" doc:"which Binance: live is real money, testnet and demo are Binance's own play money, local is a venue on this machine"`
	Address     string          `toml:"address" doc:"of local: where it listens, such as http://127.0.0.1:8645"`
	Key         market.Secret   `toml:"key" doc:"the API key"`
	Secret      market.Secret   `toml:"secret" doc:"its secret (HMAC), or the private key (RSA, Ed25519) as PKCS#8 PEM"`
	Withdrawals bool            `toml:"withdrawals" doc:"accept a key that may withdraw"`
	Window      market.Duration `toml:"window" param:"min=1s,max=60s" doc:"how late a request may reach the matching engine; it bounds how long an unknown outcome stays unknown"`
	SelfTrade   string          `toml:"self_trade" param:"oneof=expire_taker|expire_maker|expire_both|none" doc:"what ends where orders of one account would trade with each other"`

	venue string // Spot or USDM
}

// Plugins returns the exchanges of this package: spot and USD-M futures.
func Plugins() []exchange.Plugin {
	return []exchange.Plugin{
		{Name: Spot, Doc: "Binance spot", Sample: sampleSpot, New: func() exchange.Exchange { return newConfig(Spot) }},
		{Name: USDM, Doc: "Binance USD-M perpetual futures", Sample: sampleUSDM, New: func() exchange.Exchange { return newConfig(USDM) }},
	}
}

//go:embed sample.toml
var sampleSpot string

//go:embed sample-usdm.toml
var sampleUSDM string

func newConfig(venue string) *Config {
	return &Config{Env: testnet, Window: market.Duration(5 * time.Second), SelfTrade: "expire_maker", venue: venue}
}

// selfTrades are the venue's words for the modes of self-trade prevention.
var selfTrades = map[string]string{"expire_taker": "EXPIRE_TAKER", "expire_maker": "EXPIRE_MAKER", "expire_both": "EXPIRE_BOTH", "none": "NONE"}

// Check reports settings that make no sense together.
func (c *Config) Check() error {
	_, err := hostsOf(c.Env, c.Address, c.venue)
	switch {
	case err != nil:
		return err
	case c.Key.Set() != c.Secret.Set():
		return errors.New("key and secret belong together: name both, or neither for market data alone")
	case selfTrades[c.SelfTrade] == "":
		return fmt.Errorf("self_trade %q is none of expire_taker, expire_maker, expire_both and none", c.SelfTrade)
	case time.Duration(c.Window) < time.Second || time.Duration(c.Window) > time.Minute:
		return fmt.Errorf("window %s is not between 1s and 60s", c.Window)
	}
	return nil
}

// Broker implements [exchange.Exchange].
func (c *Config) Broker(ctx context.Context, env exchange.Env, names *exchange.Names) (exchange.Broker, error) {
	p, err := c.private(env, names)
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx, c.Withdrawals); err != nil {
		return nil, err
	}
	if c.venue == USDM {
		b, err := newUSDM(ctx, p)
		if err != nil {
			return nil, err
		}
		b.stream = p.follow(env, b.events.decodeUSDM).updates
		return b, nil
	}
	b, err := newSpot(ctx, p)
	if err != nil {
		return nil, err
	}
	b.stream = p.follow(env, b.events.decodeSpot).updates
	return b, nil
}

// Real implements [exchange.Exchange].
func (c *Config) Real() bool { return c.Env == live }

// Says is one line for an operator: which market of which Binance, and whose money.
func (c *Config) Says() string {
	name := map[string]string{Spot: "Binance spot", USDM: "Binance USD-M futures"}[c.venue]
	switch c.Env {
	case live:
		return name + " LIVE: real money"
	case local:
		return fmt.Sprintf("%s, local venue at %s: play money", name, c.Address)
	}
	return fmt.Sprintf("%s %s: play money", name, c.Env)
}
