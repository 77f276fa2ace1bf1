package binance

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Hosts are where the requests of one market of one environment go.
type hosts struct {
	rest   string // that /api/v3/... or /fapi/v1/... is appended to
	stream string // spot: that /ws and /stream are appended to
	api    string // spot and USD-M: the websocket API, whole

	// USD-M has streams of three kinds; /ws and /stream are appended to each.
	public, market, private string

	keys string // that /sapi is appended to, which says what a key may do; "": nothing says it
	play bool   // the money is none
}

// The environments. Local is a venue on this machine.
const (
	live    = "live"
	testnet = "testnet"
	demo    = "demo"
	local   = "local"
)

// environments lists the hosts by environment and venue. Those of the demo of futures are
// told differently by different sources.
var environments = map[string]map[string]hosts{
	live: {
		Spot: {rest: spotURL, stream: "wss://stream.binance.com:9443", api: "wss://ws-api.binance.com:443/ws-api/v3"},
		USDM: futuresHosts(usdmURL, "wss://fstream.binance.com", "wss://ws-fapi.binance.com/ws-fapi/v1"),
	},
	testnet: {
		Spot: {rest: "https://testnet.binance.vision", stream: "wss://stream.testnet.binance.vision", api: "wss://ws-api.testnet.binance.vision/ws-api/v3"},
		USDM: futuresHosts("https://testnet.binancefuture.com", "wss://stream.binancefuture.com", "wss://testnet.binancefuture.com/ws-fapi/v1"),
	},
	demo: {
		Spot: {rest: "https://demo-api.binance.com", stream: "wss://demo-stream.binance.com", api: "wss://demo-ws-api.binance.com/ws-api/v3"},
		USDM: futuresHosts("https://demo-fapi.binance.com", "wss://fstream.binancefuture.com", "wss://testnet.binancefuture.com/ws-fapi/v1"),
	},
}

func futuresHosts(rest, stream, api string) hosts {
	return hosts{rest: rest, api: api, public: stream + "/public", market: stream + "/market", private: stream + "/private"}
}

// hostsOf returns the hosts of an environment. All follow from it, so that they belong
// together; the address is of local alone, where one port serves everything.
func hostsOf(env, address, venue string) (hosts, error) {
	if env == local {
		return localHosts(address, venue)
	}
	byVenue, ok := environments[env]
	switch {
	case !ok:
		return hosts{}, fmt.Errorf("env %q is none of live, testnet, demo and local", env)
	case address != "":
		return hosts{}, fmt.Errorf("address is for env = \"local\": the hosts of %s are known", env)
	}
	h := byVenue[venue]
	if h.play = env != live; !h.play {
		h.keys = spotURL
	}
	return h, nil
}

func localHosts(address, venue string) (hosts, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Port() == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return hosts{}, fmt.Errorf("address of env = \"local\" is to be like http://127.0.0.1:8645")
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
		return hosts{}, fmt.Errorf("address of env = \"local\" has the port %s, which is not from 1 to 65535", u.Port())
	}
	if !loopback(u.Hostname()) {
		return hosts{}, fmt.Errorf("address of env = \"local\" names %s, which is not this machine: orders and keys would leave it unencrypted", u.Hostname())
	}
	rest, socket := "http://"+u.Host, "ws://"+u.Host
	h := hosts{rest: rest, stream: socket, api: socket + "/ws-api/v3"}
	if venue == USDM {
		h = futuresHosts(rest, socket, socket+"/ws-fapi/v1")
	}
	h.keys, h.play = rest, true
	return h, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// hostOf returns the host of an address, for messages and for the file of pauses.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if host, port, err := net.SplitHostPort(u.Host); err == nil && (port == "443" || port == "80") {
		return host
	}
	return u.Host
}
