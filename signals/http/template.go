package http

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/signalman-trading/signalman/market"
)

// A template is a text with places: {subject}, or a {name} of a secret.
type template struct {
	text   []string // before, between and behind the places
	places []string
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

var placeOf = regexp.MustCompile(`\{([a-zA-Z_][a-zA-Z0-9_]*)\}`)

// known are the places that a question fills.
var known = []string{"subject", "from", "to", "page", "next"}

// parse reads a template, whose places must be known.
func (c *Config) parse(key, text string) (template, error) {
	var t template
	last := 0
	for _, at := range placeOf.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		if _, secret := c.Secrets[name]; !secret && !slices.Contains(known, name) {
			return t, fmt.Errorf("%s: nothing is called {%s}; there are %s, and what secrets names", key, name, "{"+strings.Join(known, "}, {")+"}")
		}
		t.text, t.places, last = append(t.text, text[last:at[0]]), append(t.places, name), at[1]
	}
	t.text = append(t.text, text[last:])
	if rest := strings.Join(t.text, ""); strings.ContainsAny(rest, "{}") {
		return t, fmt.Errorf("%s: a brace stands alone, or around what is no name", key)
	}
	return t, nil
}

// fill puts values into the places, as escape writes them.
func (t *template) fill(values map[string]string, escape func(string) string) string {
	var b strings.Builder
	for i, text := range t.text {
		b.WriteString(text)
		if i < len(t.places) {
			b.WriteString(escape(values[t.places[i]]))
		}
	}
	return b.String()
}

func (t *template) has(place string) bool { return slices.Contains(t.places, place) }

// compile checks the configuration.
func (c *Config) compile() (*puller, error) {
	p := &puller{Config: c, query: map[string]template{}, headers: map[string]template{}}
	for _, check := range []func() error{p.compileMapping, p.compileURL, p.compileQuery, p.compileHeaders, p.compilePlaces} {
		if err := check(); err != nil {
			return nil, &market.Error{Class: market.Usage, Err: err, Hint: "docs/sources.md shows each key at work"}
		}
	}
	return p, nil
}

func (p *puller) compileMapping() (err error) {
	p.mapper, err = p.Mapping.Compile(false)
	return err
}

func (p *puller) compileURL() (err error) {
	if p.URL == "" {
		return errors.New(`url is missing: what to ask, as url = "https://api.alternative.me/fng/?limit=2"`)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
		if slices.Contains(known, name) || placeOf.FindString("{"+name+"}") != "{"+name+"}" {
			return fmt.Errorf("secrets: %q cannot name a secret: letters, digits and _ can, but for %s", name, strings.Join(known, ", "))
		}
	}
	path, query, _ := strings.Cut(p.URL, "?")
	scheme, rest, _ := strings.Cut(path, "://")
	host, _, _ := strings.Cut(rest, "/")
	if scheme != "http" && scheme != "https" || host == "" || strings.ContainsAny(host, "{}@") || strings.Contains(p.URL, "#") {
		return errors.New("url must begin with https:// or http:// and a host without places and users, and has no #")
	}
	if p.path, err = p.parse("url", path); err != nil {
		return err
	}
	if p.tail, err = p.parse("url", query); err != nil {
		return err
	}
	if _, err := url.Parse(p.path.fill(nil, url.PathEscape)); err != nil {
		return errors.New("url is no address")
	}
	p.endpoint = p.Method + " " + rest
	if p.Body != "" && p.Method != "POST" {
		return errors.New(`body is sent by a POST only: set method = "POST"`)
	}
	for name := range p.Secrets {
		if strings.Contains(p.Body, "{"+name+"}") {
			return errors.New("body is sent as it stands and has no places: let a header or query name the secret")
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		if err := writtenOut(strings.Cut(pair, "=")); err != nil {
			return err
		}
	}
	return nil
}

func (p *puller) compileQuery() (err error) {
	for _, name := range slices.Sorted(maps.Keys(p.Query)) {
		if p.query[name], err = p.parse("query."+name, p.Query[name]); err != nil {
			return err
		}
		if err := writtenOut(name, p.Query[name], true); err != nil {
			return err
		}
	}
	return nil
}

// keyNames are parameters that carry a key, without - and _.
var keyNames = []string{"apikey", "accesskey", "secretkey", "secret", "apitoken", "accesstoken", "authtoken", "password", "authorization"}

// writtenOut refuses a parameter that carries a key which stands in the configuration.
func writtenOut(name, value string, _ bool) error {
	if slices.Contains(keyNames, strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))) && value != "" && !strings.Contains(value, "{") {
		return fmt.Errorf(`the parameter %s is written out in the configuration: keep it elsewhere, as secrets = { key = { env = "NAME" } }, and write {key} here`, name)
	}
	return nil
}

func (p *puller) compileHeaders() error {
	for _, name := range slices.Sorted(maps.Keys(p.Headers)) {
		t, err := p.parse("headers."+name, p.Headers[name])
		switch {
		case err != nil:
			return err
		case slices.Contains([]string{"host", "content-length", "transfer-encoding", "connection"}, strings.ToLower(name)):
			return fmt.Errorf("headers.%s is made by the call itself: leave it out", name)
		case !headerName.MatchString(name) || strings.ContainsFunc(p.Headers[name], unicode.IsControl):
			return fmt.Errorf("headers: %q is no header", name)
		case len(t.places) == 0 && secretive(name):
			return fmt.Errorf(`headers.%s is written out in the configuration: keep it elsewhere, as secrets = { key = { env = "NAME" } }, and write {key} here`, name)
		}
		p.headers[name] = t
	}
	return nil
}

// compilePlaces checks that places, subjects and pages go together.
func (p *puller) compilePlaces() error {
	has := func(place string) bool {
		in := p.path.has(place) || p.tail.has(place)
		for _, t := range p.query {
			in = in || t.has(place)
		}
		return in
	}
	p.byName, p.byPage, p.byCursor = has("subject"), has("page"), has("next")
	for asset, name := range p.Subjects {
		if p.path.has("subject") && (name == "." || name == "..") {
			return fmt.Errorf("subjects.%s = %q would lead to another address", asset, name)
		}
	}
	switch {
	case p.byName && len(p.Subjects) == 0:
		return errors.New(`subjects is missing: {subject} is asked for each of a table, as subjects = { BTC = "bitcoin" }`)
	case p.byName && p.Subject != "{subject}" && !p.Subject.Points():
		return errors.New(`subject must be "{subject}", the asset that was asked for, or a pointer, where the address has {subject}`)
	case p.Subject != "{subject}" && p.Subject.Constant() && strings.ContainsAny(string(p.Subject), "{}"):
		return fmt.Errorf("subject = %q is neither an asset nor a pointer; {subject} stands for the asset that was asked for", string(p.Subject))
	case !p.byName && p.Subject == "{subject}":
		return errors.New("subject is {subject}, and neither url nor query has a place {subject}")
	case p.byPage && p.Next != "":
		return errors.New("next and {page} are two ways to the next page: leave one out")
	case p.PageSize > 0 && !p.byPage:
		return errors.New("page_size is of counted pages: give url or query a place {page}")
	case p.byCursor && p.Next == "":
		return errors.New(`next is missing: where an answer says what {next} is, as next = "/meta/cursor"`)
	}
	return p.checkRange()
}

func (p *puller) paged() bool { return p.byPage || p.Next != "" }
