package binance

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/signalman-trading/signalman/market"
)

// belongs says which ends of host names are of which environment: real money never shares
// one with play money.
var belongs = map[string][]string{
	live:    {"api.binance.com", "stream.binance.com", "fapi.binance.com", "fstream.binance.com", "ws-api.binance.com", "ws-fapi.binance.com"},
	testnet: {"testnet.binance.vision", "stream.testnet.binance.vision", "ws-api.testnet.binance.vision", "testnet.binancefuture.com", "stream.binancefuture.com"},
	demo:    {"demo-api.binance.com", "demo-stream.binance.com", "demo-ws-api.binance.com", "demo-fapi.binance.com", "fstream.binancefuture.com", "testnet.binancefuture.com"},
	local:   {"127.0.0.1"},
}

// TestHostsBelongTogether: all hosts of an environment are of it, and speak securely
// unless they are this machine.
func TestHostsBelongTogether(t *testing.T) {
	for env, names := range belongs {
		for _, venue := range []string{Spot, USDM} {
			address := map[bool]string{true: "http://127.0.0.1:8645"}[env == local]
			h, err := hostsOf(env, address, venue)
			if err != nil {
				t.Fatal(err)
			}
			all := []string{h.rest, h.api, h.stream}
			if venue == USDM {
				all = []string{h.rest, h.api, h.public, h.market, h.private}
			}
			for i, address := range all {
				u, err := url.Parse(address)
				if err != nil || !contains(names, u.Hostname()) {
					t.Errorf("%s %s: %s", env, venue, address)
					continue
				}
				want := map[bool]string{true: "http", false: "ws"}[i == 0] + map[bool]string{false: "s"}[env == local]
				if u.Scheme != want {
					t.Errorf("%s %s: %s is not %s", env, venue, address, want)
				}
			}
		}
	}
}

func contains(all []string, s string) bool {
	return strings.Contains(" "+strings.Join(all, " ")+" ", " "+s+" ")
}

func TestConfigIsChecked(t *testing.T) {
	set := market.NewSecret
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) {}, ""},
		{func(c *Config) { c.Env, c.Address = local, "http://[::1]:80" }, ""},
		{func(c *Config) { c.Env, c.Address = local, "http://localhost:8645/" }, ""},
		{func(c *Config) { c.Env = "prod" }, `env "prod" is none of`},
		{func(c *Config) { c.Env, c.Address = live, "http://127.0.0.1:8645" }, "address is for env"},
		{func(c *Config) { c.Env = local }, "to be like http://127.0.0.1:8645"},
		{func(c *Config) { c.Env, c.Address = local, "https://127.0.0.1:8645" }, "to be like"},
		{func(c *Config) { c.Env, c.Address = local, "http://127.0.0.1" }, "to be like"},
		{func(c *Config) { c.Env, c.Address = local, "http://u:p@127.0.0.1:1" }, "to be like"},
		{func(c *Config) { c.Env, c.Address = local, "http://127.0.0.1:1/api?x" }, "to be like"},
		{func(c *Config) { c.Env, c.Address = local, "http://10.0.0.7:8645" }, "is not this machine"},
		{func(c *Config) { c.Env, c.Address = local, "http://127.0.0.1.example.com:1" }, "is not this machine"},
		{func(c *Config) { c.Env, c.Address = local, "http://127.0.0.1:70000" }, "not from 1 to 65535"},
		{func(c *Config) { c.Env, c.Address = local, "http://127.0.0.1:0" }, "not from 1 to 65535"},
		{func(c *Config) { c.Key = set("k") }, "belong together"},
		{func(c *Config) { c.Key, c.Secret = set("k"), set("s") }, ""},
		{func(c *Config) { c.Window = 0 }, "window"},
		{func(c *Config) { c.SelfTrade = "decrement" }, "self_trade"},
	} {
		for _, venue := range []string{Spot, USDM} {
			c := newConfig(venue)
			test.change(c)
			err := c.Check()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v: %v, want %q", c, err, test.want)
			}
		}
	}
}

func TestSays(t *testing.T) {
	c := newConfig(Spot)
	if c.Says() != "Binance spot testnet: play money" {
		t.Error(c.Says())
	}
	c = newConfig(USDM)
	if c.Env = live; c.Says() != "Binance USD-M futures LIVE: real money" {
		t.Error(c.Says())
	}
	if c.Env, c.Address = local, "http://127.0.0.1:1"; c.Says() != "Binance USD-M futures, local venue at http://127.0.0.1:1: play money" {
		t.Error(c.Says())
	}
}

// TestSamples: they are tables of the exchange that they are samples of, and hold what a
// configuration may say.
func TestSamples(t *testing.T) {
	for _, p := range Plugins() {
		var file struct {
			Exchange map[string]map[string]any `toml:"exchange"`
		}
		if _, err := toml.Decode(p.Sample, &file); err != nil {
			t.Fatal(err)
		}
		table := file.Exchange[p.Name]
		if table["type"] != p.Name || table["env"] != testnet || p.Doc == "" {
			t.Errorf("%s: %v", p.Name, table)
		}
		c, ok := p.New().(*Config)
		if !ok || c.venue != p.Name || c.Check() != nil || c.Real() {
			t.Errorf("%s: %+v: %v", p.Name, c, c.Check())
		}
		fields := map[string]bool{"type": true}
		for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
			fields[f.Tag.Get("toml")] = true
		}
		for key := range table {
			if !fields[key] {
				t.Errorf("%s has no setting %s", p.Name, key)
			}
		}
	}
}
