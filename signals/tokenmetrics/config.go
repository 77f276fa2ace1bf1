package tokenmetrics

import (
	_ "embed"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

//go:embed sample.toml
var sample string

// Plugin describes the source.
func Plugin() signals.Plugin {
	return signals.Plugin{
		Name:   "tokenmetrics",
		Doc:    "grades, signals, predictions and indices of Token Metrics, over its API",
		Sample: sample,
		Remote: true,
		Limits: signals.Limits{Month: 50, Minute: 20}, // the smallest plan known
		New: func(env signals.Env) any {
			return &Config{Generation: string(V2), FirstPage: -1, Source: "tokenmetrics", env: env, names: &namesByID{}}
		},
	}
}

// Config is the source with its parameters: a [signals.Source] and a [signals.Planner].
type Config struct {
	Key        market.Secret       `toml:"key" doc:"the key of the API"`
	Generation string              `toml:"generation" param:"oneof=v1|v2-legacy|v2|v3" doc:"how the API is spoken to"`
	BaseURL    string              `toml:"base_url" doc:"address of the API; empty takes that of the generation"`
	Header     string              `toml:"header" doc:"header of the key; empty takes that of the generation"`
	FirstPage  int                 `toml:"first_page" param:"min=-1,max=1" doc:"number of the first page; -1 takes that of the generation"`
	PageSize   int                 `toml:"page_size" param:"min=0,max=1000" doc:"rows of an answer; 0 takes that of the generation"`
	Pull       []market.SignalKind `toml:"kinds" doc:"what to pull: the fewest calls that give it are sent"`
	Tokens     map[string]int64    `toml:"tokens" doc:"the id at Token Metrics of each asset"`
	Symbols    []string            `toml:"symbols" doc:"assets whose id is in the table of known ones; an ambiguous one is an error"`
	Avoid      []string            `toml:"avoid" doc:"endpoints not to ask, where another gives the same"`
	Source     string              `toml:"source" doc:"source of the rows"`

	env   signals.Env
	names *namesByID
}

// namesByID remembers what tokens are called.
type namesByID struct {
	sync.Mutex
	of map[int64]Token
}

// Kinds lists what the source pulls.
func (c *Config) Kinds() []market.SignalKind { return slices.Clone(c.Pull) }

func (c *Config) now() time.Time {
	if c.env.Now == nil {
		return time.Now()
	}
	return c.env.Now()
}

func (c *Config) log() *slog.Logger {
	if c.env.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.env.Log
}

// patience is how long a call may take, with a minute for which it waits to be allowed.
const patience = 2 * time.Minute

// client returns a client with a key.
func (c *Config) client(key market.Secret) (*Client, error) {
	o := Options{HTTP: c.env.HTTP, Key: key, Generation: Generation(c.Generation), BaseURL: c.BaseURL, Header: c.Header, PageSize: c.PageSize, Timeout: patience, Now: c.env.Now}
	if c.FirstPage >= 0 {
		o.FirstPage = &c.FirstPage
	}
	return New(o)
}

// Check reports what makes the configuration unusable, without asking anybody. It needs
// no key. Errors are of class [market.Usage].
func (c *Config) Check() error {
	_, err := c.assets()
	switch {
	case c.Source == "":
		return usage(`set source = "tokenmetrics"`, fmt.Errorf("rows need a source"))
	case len(c.Pull) == 0:
		return usage(`name what to pull: kinds = ["trading_trend"]; 'signalman signals kinds' lists them`, fmt.Errorf("kinds is empty"))
	case err != nil:
		return err
	}
	for _, path := range c.Avoid {
		if !slices.ContainsFunc(feeds, func(f *feed) bool { return f.path == path }) {
			return usage("endpoints are "+strings.Join(paths(feeds), ", "), fmt.Errorf("avoid: there is no endpoint %q", path))
		}
	}
	offered := c.offered()
	for _, k := range c.Pull {
		if err := c.checkKind(k, offered); err != nil {
			return err
		}
	}
	return nil
}

// checkKind wants a kind to be given by an endpoint that is offered.
func (c *Config) checkKind(k market.SignalKind, offered []*feed) error {
	i := slices.IndexFunc(offered, func(f *feed) bool { return f.gives(Generation(c.Generation), k) })
	switch info, documented := market.KindOf(k); {
	case i < 0:
		return usage(c.instead(k), fmt.Errorf("%s has no endpoint that gives %q", c.Generation, k))
	case offered[i].index && documented && k == info.Name:
		return usage("write the number of the index: "+strings.ReplaceAll(string(k), "#", "12")+"; 'signalman signals kinds' says what it means",
			fmt.Errorf("%q names no index", k))
	case !info.Market && len(c.Tokens)+len(c.Symbols) == 0:
		return usage("add the ids of your assets, as in [signals.tokenmetrics.tokens] BTC = 3375", fmt.Errorf("%q is about assets, and there are no tokens", k))
	}
	return nil
}

// successors says what stands for kinds that later generations have no more.
var successors = map[market.SignalKind]string{
	"trader_grade":             "tm_grade has replaced it",
	"trader_grade_change_24h":  "tm_grade_change_24h has replaced it",
	"ta_grade":                 "nothing has replaced it; quant_grade is still there",
	"investor_grade":           "fundamental_grade and technology_grade have replaced it",
	"investor_grade_change_7d": "nothing has replaced it",
	"valuation_grade":          "nothing has replaced it",
	"defi_usage_score":         "nothing has replaced it",
	"scenario_price_#t":        "scenario_price_base_#x has replaced it",
	"prediction_#d":            "scenario_price_base_#x has replaced it",
	"prediction_return_7d":     "scenario_return_base_#x has replaced it",
	"sentiment_market":         "nothing has replaced it",
	"sentiment_news":           "nothing has replaced it",
	"sentiment_reddit":         "nothing has replaced it",
	"sentiment_twitter":        "nothing has replaced it",
}

// instead says what to ask for in place of a kind that the generation does not have.
func (c *Config) instead(k market.SignalKind) string {
	info, _ := market.KindOf(k)
	var others []string
	for _, g := range []Generation{V2Legacy, V2, V3} { // nobody has a key for V1
		if slices.ContainsFunc(feeds, func(f *feed) bool { return f.in(g) && f.gives(g, k) }) {
			others = append(others, string(g))
		}
	}
	if len(others) == 0 {
		return "docs/tokenmetrics.md lists the kinds by generation"
	}
	hint := "generation " + strings.Join(others, " and ") + " may still have it"
	if said, ok := successors[info.Name]; ok {
		hint = said + "; " + hint
	}
	return hint
}

// Subjects lists what is asked about, sorted: the assets, and the market where a kind is
// about it.
func (c *Config) Subjects() (list []market.Subject) {
	assets, err := c.assets()
	if err != nil {
		return nil // asking tells
	}
	for _, s := range assets {
		list = append(list, s...)
	}
	for _, k := range c.Pull {
		if info, _ := market.KindOf(k); info.Market {
			list = append(list, market.MarketWide)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// assets returns the assets of each id, sorted.
func (c *Config) assets() (map[int64][]market.Subject, error) {
	ids := map[int64][]market.Subject{}
	for _, asset := range slices.Sorted(maps.Keys(c.Tokens)) {
		if id := c.Tokens[asset]; id <= 0 {
			return nil, usage(suggestion(asset), fmt.Errorf("tokens: %s = %d is no id", asset, id))
		}
		ids[c.Tokens[asset]] = append(ids[c.Tokens[asset]], market.Subject(asset))
	}
	for _, asset := range c.Symbols {
		if _, twice := c.Tokens[asset]; twice {
			continue
		}
		id, err := knownID(asset)
		if err != nil {
			return nil, err
		}
		ids[id] = append(ids[id], market.Subject(asset))
	}
	return ids, nil
}
