// Package webhook is the signal source "webhook": it receives alerts over HTTP, from
// TradingView or from anything that can post JSON.
//
// There are only a few types: [Config] is the source with its parameters, and [Plugin]
// describes it. An alert is acknowledged, with a status of 200, once its rows are durable;
// where that takes longer than a second the sender hears 503, and may send it again.
//
// # Caveats
//
// An alert that comes again within max_age is acknowledged and not told twice, across
// restarts too, where the source has a directory of its own.
//
// Whoever does not know the secret hears 404, whatever else is wrong.
package webhook

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/signalman-trading/signalman/internal/jsonrow"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

//go:embed sample.toml
var sample string

// Plugin describes the source.
func Plugin() signals.Plugin {
	return signals.Plugin{
		Name:   "webhook",
		Doc:    "alerts that are posted over HTTP, such as TradingView's",
		Sample: sample,
		Remote: true,
		New:    func(env signals.Env) any { return New(env) },
	}
}

// Config is the source with its parameters.
type Config struct {
	jsonrow.Mapping

	Listen  string        `toml:"listen" doc:"address and port to listen on"`
	Path    string        `toml:"path" doc:"path that alerts are posted to"`
	Auth    string        `toml:"auth" param:"oneof=hmac|header|body|path|none" doc:"where the secret is: it signs the body, or stands in a header, in the body or at the end of the path"`
	Secret  market.Secret `toml:"secret" doc:"the secret"`
	Exposed bool          `toml:"exposed" doc:"listen beyond this machine without TLS, or without a secret"`
	TLSCert market.Secret `toml:"tls_cert" doc:"certificates, PEM"`
	TLSKey  market.Secret `toml:"tls_key" doc:"key of the first certificate, PEM"`

	Header   string          `toml:"header" doc:"header of the signature (hmac) or of the secret (header)"`
	Stamp    string          `toml:"timestamp" doc:"header of the time, in seconds since 1970, that is signed before the body; empty: the body alone is signed"`
	Window   market.Duration `toml:"window" param:"min=1s,max=1h" doc:"how far that time may lie from now"`
	SecretAt jsonrow.Pointer `toml:"secret_at" doc:"where in the body the secret stands (body)"`

	Allow   []string `toml:"allow" doc:"addresses and networks that may send; empty is any"`
	Proxies []string `toml:"proxies" doc:"addresses and networks of proxies, whose X-Forwarded-For is believed"`

	Text   string          `toml:"text" doc:"a pattern for bodies that are text: (?P<name>...) is the member name"`
	ID     jsonrow.Pointer `toml:"id" doc:"where in the body an alert's own name stands; empty: its text tells alerts apart"`
	MaxAge market.Duration `toml:"max_age" param:"min=1s,max=48h" doc:"an alert about an earlier time is refused, and one that comes again within it is no news"`
	Ahead  market.Duration `toml:"max_ahead" param:"min=0s,max=4560h" doc:"how far ahead the time that an alert is about may lie"`
	Rate   int             `toml:"rate" param:"min=1,max=1000" doc:"alerts a second, at most; ten seconds' worth may come at once"`

	env signals.Env
}

// New returns a source with the defaults, that reaches the outside world by env.
func New(env signals.Env) *Config {
	m := jsonrow.Defaults()
	m.Effective = "now"
	return &Config{
		Mapping: m, Listen: "127.0.0.1:8787", Path: "/alerts", Auth: "header", Stamp: "X-Timestamp", Window: market.Duration(time.Minute),
		SecretAt: "/secret", MaxAge: market.Duration(5 * time.Minute), Ahead: market.Duration(time.Minute), Rate: 5, env: env,
	}
}

// Kinds lists the kinds that the configuration names.
func (c *Config) Kinds() []market.SignalKind { return c.KindList() }

// Check reports what is wrong with the configuration. It listens to nobody.
func (c *Config) Check() error {
	_, err := c.compile()
	return err
}

// Ready reports what Check cannot see before the keys are there: a secret that is missing
// or short, a certificate without its key, a listener that strangers reach.
func (c *Config) Ready() error {
	r, err := c.compile()
	if err == nil {
		_, err = r.guarded()
	}
	if err == nil {
		_, err = r.settings()
	}
	return err
}

// Listens returns the address that it listens on, which no other can have.
func (c *Config) Listens() string { return c.Listen }

// Run listens until ctx ends, and returns nil then. What emit has begun is finished
// before it returns.
func (c *Config) Run(ctx context.Context, emit func(signals.Batch) error) error {
	r, err := c.compile()
	if err != nil {
		return err
	}
	if c.env.Listen == nil || c.env.Now == nil || c.env.Log == nil {
		return errors.New("the webhook source got no network, no clock or no log in its signals.Env")
	}
	exposed, err := r.guarded()
	if err != nil {
		return err
	}
	if exposed != "" {
		c.env.Log.Warn("the webhook is reached from other machines "+exposed, "listen", c.Listen)
	}
	if r.seen, err = openMemory(c.env.Dir, market.TimeOf(c.env.Now()), r.memorable()); err != nil {
		return &market.Error{Class: market.Failed, Err: err, Hint: "alerts that came are remembered there"}
	}
	r.emit = emit
	return errors.Join(r.serve(ctx), r.seen.close())
}

// receiver is a Config that is ready for use.
type receiver struct {
	*Config
	mapper         *jsonrow.Mapper
	allow, proxies []netip.Prefix
	text           *regexp.Regexp
	limit          *rate.Limiter
	emit           func(signals.Batch) error
	seen           *memory
	refused        refusals
	turn           chan struct{} // one alert at a time becomes durable
	work           work
}

func (c *Config) compile() (*receiver, error) {
	r := &receiver{Config: c, turn: make(chan struct{}, 1), limit: rate.NewLimiter(rate.Limit(c.Rate), 10*c.Rate)}
	for _, check := range []func() error{r.compileMapping, r.compilePlace, r.compileAuth, r.compileLists} {
		if err := check(); err != nil {
			return nil, usage(err)
		}
	}
	return r, nil
}

func usage(err error) error {
	return &market.Error{Class: market.Usage, Err: err, Hint: "docs/sources.md shows each key at work"}
}

func (r *receiver) compileMapping() (err error) {
	if r.mapper, err = r.Mapping.Compile(true); err != nil {
		return err
	}
	if r.Text != "" {
		if r.text, err = regexp.Compile(r.Text); err != nil {
			return fmt.Errorf("text: %w", err)
		}
		if strings.Join(r.text.SubexpNames(), "") == "" {
			return errors.New(`text has no named part: write (?P<action>\w+) for what /action points to`)
		}
	}
	return nil
}

func (r *receiver) compilePlace() error {
	_, port, err := net.SplitHostPort(r.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("listen = %q is no address with a port, such as 127.0.0.1:8787", r.Listen)
	}
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#% ") || strings.HasSuffix(r.Path, "/") && r.Path != "/" {
		return fmt.Errorf("path = %q is none: it begins with / and has no / at its end, as /alerts", r.Path)
	}
	return nil
}

func (r *receiver) compileAuth() error {
	switch r.Auth {
	case "hmac":
		if r.Stamp == "" && !r.Effective.Points() {
			return errors.New("timestamp is empty, so that an alert could be sent again at any time: let effective point to a time in the body")
		}
	case "body":
		if r.SecretAt == "" || r.Text != "" && !strings.Contains(r.Text, "<"+strings.TrimPrefix(string(r.SecretAt), "/")+">") {
			return fmt.Errorf("secret_at = %q leads to nothing that text names", string(r.SecretAt))
		}
	}
	if strings.ContainsFunc(r.Header+r.Stamp, func(c rune) bool { return c <= ' ' || c >= 127 || c == ':' }) {
		return errors.New("header and timestamp are names of headers, such as X-Signature")
	}
	return nil
}

func (r *receiver) compileLists() (err error) {
	if r.allow, err = prefixes("allow", r.Allow); err != nil {
		return err
	}
	r.proxies, err = prefixes("proxies", r.Proxies)
	return err
}

// prefixes reads addresses and networks.
func prefixes(key string, list []string) ([]netip.Prefix, error) {
	var made []netip.Prefix
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err == nil {
				p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
			}
		}
		if err != nil || p != p.Masked() || p.Addr().Zone() != "" || p.Addr().Is4In6() {
			return nil, fmt.Errorf("%s: %q is neither an address nor a network, such as 203.0.113.7 or 203.0.113.0/24", key, text)
		}
		made = append(made, p)
	}
	return made, nil
}

// header is the header of the signature, or of the secret.
func (r *receiver) header() string {
	switch {
	case r.Header != "":
		return r.Header
	case r.Auth == "hmac":
		return "X-Signature"
	}
	return "X-Secret"
}

// shortest is how many bytes a secret has at least: fewer can be guessed.
const shortest = 16

// guarded refuses to run unguarded, unless told to, and says in what way it is then.
func (r *receiver) guarded() (exposed string, err error) {
	switch n := len(r.Secret.Reveal()); {
	case r.Auth == "none" && n > 0:
		return "", usage(errors.New(`a secret is set, and auth = "none" asks for none: choose how it is proved, as auth = "header"`))
	case r.Auth == "none":
	case n == 0:
		return "", usage(errors.New(`no secret is set: set secret = { env = "NAME" }, or auth = "none" for a listener that anybody may write to`))
	case n < shortest:
		return "", usage(fmt.Errorf("the secret has %d bytes, and needs %d: 'openssl rand -hex 16' makes one", n, shortest))
	}
	if r.TLSCert.Set() != r.TLSKey.Set() {
		return "", usage(errors.New("tls_cert and tls_key go together"))
	}
	if r.local() {
		return "", nil
	}
	var without []string
	if !r.TLSCert.Set() {
		without = append(without, "without TLS")
	}
	if r.Auth == "none" {
		without = append(without, "without a secret")
	}
	exposed = strings.Join(without, " and ")
	if exposed != "" && !r.Exposed {
		return "", usage(fmt.Errorf("listen = %q is reached from other machines, %s: listen on 127.0.0.1 behind a proxy that speaks TLS, set tls_cert and tls_key with a secret, or exposed = true", r.Listen, exposed))
	}
	return exposed, nil
}

// memorable returns how long an alert is told from others: for as long as it would be
// taken if it came again. One about a time to come is taken until max_age after that.
func (r *receiver) memorable() market.Time {
	if r.Effective.Points() {
		return market.Time(r.MaxAge+r.Ahead) + 1
	}
	return market.Time(r.MaxAge)
}

// local reports whether only this machine can reach the listener.
func (r *receiver) local() bool {
	host, _, _ := net.SplitHostPort(r.Listen)
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}
