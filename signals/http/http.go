// Package http is the signal source "http": any JSON API, by a mapping from its answers
// to rows.
//
// There are only a few types: [Config] is the source with its parameters, and [Plugin]
// describes it. What a row is made of is said by JSON pointers (RFC 6901).
//
// # Caveats
//
// Redirects are not followed, and a next page must lie on the same server: keys go where
// the configuration sends them and nowhere else.
//
// A bad row is an error that names it. What stood before it in the answer is yielded.
package http

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/jsonrow"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

//go:embed sample.toml
var sample string

// Plugin describes the source.
func Plugin() signals.Plugin {
	return signals.Plugin{
		Name:   "http",
		Doc:    "any JSON API, by a mapping of its answers",
		Sample: sample,
		Remote: true,
		New:    func(env signals.Env) any { return New(env) },
	}
}

// Config is the source with its parameters.
type Config struct {
	jsonrow.Mapping

	URL     string                   `toml:"url" doc:"what to ask, with {subject}, {from}, {to}, {page}, {next} and names of secrets where they belong"`
	Method  string                   `toml:"method" param:"oneof=GET|POST" doc:"how to ask"`
	Body    string                   `toml:"body" doc:"what a POST sends, as it stands"`
	Query   map[string]string        `toml:"query" doc:"parameters behind the ?, with the same places; one whose text ends up empty is not sent"`
	Headers map[string]string        `toml:"headers" doc:"headers, with names of secrets where they belong: Authorization = \"Bearer {key}\""`
	Secrets map[string]market.Secret `toml:"secrets" doc:"keys by the name that stands for them in braces"`

	Range string          `toml:"range" doc:"how {from} and {to} are written: as time"`
	Back  market.Duration `toml:"back" param:"min=1m" doc:"how far back {from} lies where nobody says"`
	Fault jsonrow.Pointer `toml:"fault" doc:"where an answer says that it is an error, if anything but null, false or nothing stands there"`

	Next        jsonrow.Pointer `toml:"next" doc:"where an answer names its next page: an address, or what {next} stands for"`
	FirstPage   int             `toml:"first_page" param:"min=0" doc:"number of the first {page}"`
	PageSize    int             `toml:"page_size" param:"min=0" doc:"rows of a full {page}; a shorter one is the last. 0: an empty one is"`
	MaxPages    int             `toml:"max_pages" param:"min=1,max=1000" doc:"pages of one question, at most"`
	NewestFirst bool            `toml:"newest_first" doc:"whether later pages hold older rows"`

	MaxBody int             `toml:"max_body" param:"min=1024,max=268435456" doc:"bytes of an answer, at most"`
	Timeout market.Duration `toml:"timeout" param:"min=1s,max=10m" doc:"how long a call may take, from when it sets out to the end of its answer"`

	env signals.Env
}

// New returns a source with the defaults, that reaches the outside world by env.
func New(env signals.Env) *Config {
	return &Config{
		Mapping: jsonrow.Defaults(), Method: "GET", Range: "2006-01-02", Back: market.Duration(30 * market.Day),
		FirstPage: 1, MaxPages: 20, MaxBody: 8 << 20, Timeout: market.Duration(30 * time.Second), env: env,
	}
}

// Kinds lists the kinds that the configuration names.
func (c *Config) Kinds() []market.SignalKind { return c.KindList() }

// Check reports what is wrong with the configuration. It asks nobody.
func (c *Config) Check() error {
	_, err := c.compile()
	return err
}

// Fetch asks for each subject where the address has a place for it, else once, and for
// each page. It yields a batch for each answer, oldest first, with Known 0. An error is a
// *signals.Fault, or one of the configuration; after that of one asset, such as one that
// is not known there, the others are asked all the same.
func (c *Config) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		p, err := c.compile()
		if err == nil && (c.env.HTTP == nil || c.env.Now == nil) {
			err = fmt.Errorf("the http source got no HTTP client or no clock in its signals.Env")
		}
		if err != nil {
			yield(signals.Batch{}, err)
			return
		}
		if p.open() && c.env.Log != nil {
			c.env.Log.Warn("the key goes over the network without TLS: write https:// in url", "endpoint", p.endpoint)
		}
		for _, asset := range p.assets(&q) {
			for batch, err := range p.oldestFirst(p.pages(ctx, p.question(asset, &q))) {
				if !yield(batch, err) || err != nil && !ofOneAsset(err) {
					return
				}
			}
		}
	}
}

// ofOneAsset reports whether a fault tells nothing of the questions about other assets.
func ofOneAsset(err error) bool {
	return errors.Is(err, signals.ErrGone) || errors.Is(err, signals.ErrRefused) || errors.Is(err, signals.ErrMalformed)
}

// Plan counts the calls of Fetch(q). Where an answer decides whether there is another
// page, it counts max_pages: no more are sent.
func (c *Config) Plan(q signals.Query) []signals.Request {
	p, err := c.compile()
	if err != nil {
		return nil
	}
	calls := len(p.assets(&q))
	if p.paged() {
		calls *= c.MaxPages
	}
	if calls == 0 {
		return nil
	}
	return []signals.Request{{Endpoint: p.endpoint, Calls: calls, Kinds: p.Kinds()}}
}

// puller is a Config that is ready for use.
type puller struct {
	*Config
	mapper   *jsonrow.Mapper
	endpoint string // the address without what it is filled with
	path     template
	tail     template // behind the ?
	query    map[string]template
	headers  map[string]template
	byName   bool // one question for each subject
	byPage   bool // pages are counted
	byCursor bool // the next page is named by {next}
}

// assets lists for which to ask one by one; a single "" is one question about all.
func (p *puller) assets(q *signals.Query) []market.Subject {
	if !overlap(q.Kinds, p.Kinds()) {
		return nil
	}
	listed := slices.Sorted(maps.Keys(p.Subjects))
	if p.byName {
		return slices.DeleteFunc(listed, func(asset market.Subject) bool { return !overlap(q.Subjects, []market.Subject{asset}) })
	}
	if p.Subject.Constant() {
		listed = []market.Subject{market.Subject(p.Subject)}
	}
	if len(listed) > 0 && !overlap(q.Subjects, listed) {
		return nil
	}
	return []market.Subject{""}
}

// open reports whether keys are sent so that others on the way can read them.
func (p *puller) open() bool {
	u, err := url.Parse(p.path.fill(nil, url.PathEscape))
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	keyed := false
	for _, secret := range p.Secrets {
		keyed = keyed || secret.Set()
	}
	return keyed && (err != nil || !a.IsLoopback())
}

// overlap reports whether a question is about any of have; one that names nothing is.
func overlap[T comparable](asked, have []T) bool {
	return len(asked) == 0 || slices.ContainsFunc(have, func(x T) bool { return slices.Contains(asked, x) })
}

// secretive reports whether a header by its name carries a key.
func secretive(header string) bool {
	name := strings.ToLower(header)
	return slices.ContainsFunc([]string{"authorization", "cookie", "key", "token", "secret", "password"}, func(s string) bool { return strings.Contains(name, s) })
}
