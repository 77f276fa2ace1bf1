package config

import (
	"errors"
	"io/fs"
	"net"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// Daemon is [daemon]: what runs beside a session.
type Daemon struct {
	Socket   string  // of the control API; "" is control.sock in the data directory
	HTTP     string  // loopback host:port of the control API; "" is none
	Token    *Secret // who asks over HTTP must show it; nil is none
	Metrics  string  // host:port of the metrics; "" is none
	Log      string  // "text" or "json"
	KillFile string  // stops new risk while it is there; "" is kill in the data directory
}

// daemonKeys are the keys of [daemon].
type daemonKeys struct {
	Socket   string        `toml:"socket"`
	HTTP     string        `toml:"http"`
	Token    market.Secret `toml:"token"`
	Metrics  string        `toml:"metrics"`
	Log      string        `toml:"log" param:"oneof=text|json"`
	KillFile string        `toml:"kill_file"`
}

// daemon reads the table [daemon].
func (b *builder) daemon() {
	keys, path := daemonKeys{Log: "text"}, []string{"daemon"}
	var secrets []Secret
	if x, ok := b.root["daemon"]; ok {
		table, ok := x.(map[string]any)
		if !ok {
			b.add(path, "write it as a table: [daemon]", "daemon must be a table, not %s", describe(x))
			return
		}
		d := decoder{faults: b.faults, secrets: &secrets}
		d.top(&keys, table, path, nil)
	}
	to := &b.config.Daemon
	*to = Daemon{Socket: keys.Socket, HTTP: keys.HTTP, Metrics: keys.Metrics, Log: keys.Log, KillFile: keys.KillFile}
	if len(secrets) > 0 {
		to.Token = &secrets[0]
	}
	b.checkDaemon(to, path)
}

// LoadDaemon reads the table [daemon] of a configuration file, whatever is right or wrong
// with the rest of it. A file that is not there has none, which is no error.
func LoadDaemon(path string) (Daemon, error) {
	data, err := readSome(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Daemon{}, &market.Error{Class: market.Usage, Where: path, Err: err}
	}
	root, places, err := parseText(path, data)
	if err != nil {
		return Daemon{}, err
	}
	b := &builder{root: root, faults: &faults{name: path, places: places}, config: &Config{}}
	b.daemon()
	return b.config.Daemon, b.join()
}

// checkDaemon refuses addresses that cannot be, and those where others could give orders.
func (b *builder) checkDaemon(d *Daemon, path []string) {
	if host, ok := b.listens(child(path, "http"), d.HTTP); ok {
		switch {
		case !loopback(host):
			b.addAt(child(path, "http"), true, `write http = "127.0.0.1:8640", and reach it from afar through an SSH tunnel`, "http = %q is no address of this machine alone, and who reaches it may give orders", d.HTTP)
		case d.Token == nil && !b.faulty(child(path, "token")):
			b.addAt(child(path, "http"), true, `write token = { env = "SIGNALMAN_TOKEN" }, or use the socket alone`, "http needs a token")
		}
	}
	b.listens(child(path, "metrics"), d.Metrics)
	if d.Metrics != "" && d.Metrics == d.HTTP {
		b.addAt(child(path, "metrics"), true, "give it a port of its own", "metrics = %q is the address of http", d.Metrics)
	}
}

// listens returns the host of an address to listen on; false is none, or one that was refused.
func (b *builder) listens(path []string, address string) (host string, ok bool) {
	if address == "" {
		return "", false
	}
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || strconv.FormatUint(n, 10) != port {
		b.addAt(path, true, `write host and port: "127.0.0.1:8640"`, "%q is no address to listen on", address)
		return "", false
	}
	return host, true
}

// loopback reports whether a host is this machine as only it sees itself.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// entries lists the keys. None of them is part of a hash.
func (d *Daemon) entries() []entry {
	list := encode(&daemonKeys{Socket: d.Socket, HTTP: d.HTTP, Metrics: d.Metrics, Log: d.Log, KillFile: d.KillFile})
	if d.Token != nil {
		list = insert(list, d.Token.path, d.Token.entries())
	}
	return list
}
