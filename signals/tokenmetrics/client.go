package tokenmetrics

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Options say which API is spoken, and through what. Where a value is zero, that of the
// generation counts.
type Options struct {
	HTTP       *http.Client  // nil: one of its own. Redirects are not followed
	Key        market.Secret // required
	Generation Generation    // "": V2
	BaseURL    string
	Header     string // the header of the key
	FirstPage  *int
	PageSize   int
	Names      map[string]string // documented name of a parameter: the name that is sent
	MaxPages   int               // the most pages of one window, after which it is an error; 0: 100
	MaxIDs     int               // the most ids in one call; 0: 100, or 50 where an answer has no pages
	Timeout    time.Duration     // of one call, with what HTTP makes it wait for a budget; 0: 30 s
	Now        func() time.Time  // nil: time.Now
}

// A Client asks. Its methods may be called at the same time.
type Client struct {
	http       *http.Client
	key        market.Secret
	generation Generation
	settings   Settings
	maxPages   int
	maxIDs     int
	timeout    time.Duration
	now        func() time.Time
	lenient    bool // of the source, which knows by its kinds what rows need
}

// Defaults of Options.
const (
	defaultPages   = 100
	defaultTimeout = 30 * time.Second
)

// New returns a client; it asks nothing yet. Errors are of class [market.Usage].
func New(o Options) (*Client, error) {
	s, err := o.settings()
	if err != nil {
		return nil, usage("choose another", err)
	}
	if err := checkKey(o.Key.Reveal()); err != nil {
		return nil, usage("keys look like tm-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", err)
	}
	h := http.Client{}
	if o.HTTP != nil {
		h = *o.HTTP
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{http: &h, key: o.Key, generation: cmp.Or(o.Generation, V2), settings: s, now: o.Now}
	c.maxPages, c.maxIDs = cmp.Or(o.MaxPages, defaultPages), o.MaxIDs
	c.timeout = cmp.Or(o.Timeout, defaultTimeout)
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// Generation returns the generation that the client speaks.
func (c *Client) Generation() Generation { return c.generation }

func usage(hint string, err error) error {
	return &market.Error{Class: market.Usage, Where: "tokenmetrics", Err: err, Hint: hint}
}

// settings returns those of the generation with what overrides them.
func (o *Options) settings() (Settings, error) {
	s, err := o.Generation.Settings()
	if err != nil {
		return s, err
	}
	s.BaseURL = strings.TrimRight(cmp.Or(o.BaseURL, s.BaseURL), "/")
	s.Header = cmp.Or(o.Header, s.Header)
	s.PageSize = cmp.Or(o.PageSize, s.PageSize)
	if o.FirstPage != nil {
		s.FirstPage = *o.FirstPage
	}
	if s.Names == nil {
		s.Names = map[string]string{}
	}
	maps.Copy(s.Names, o.Names)
	return s, errors.Join(checkURL(s.BaseURL), o.checkNumbers(s))
}

func (o *Options) checkNumbers(s Settings) error {
	if s.FirstPage < 0 || s.PageSize < 1 || o.MaxPages < 0 || o.MaxIDs < 0 || o.Timeout < 0 {
		return fmt.Errorf("pages, sizes and the timeout are not negative, and a page has a row")
	}
	return nil
}

func checkURL(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("the base URL is no address with https:// and a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("the base URL has a user, a query or a fragment: leave it out")
	}
	return nil
}

func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("there is no key")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the key holds a space, a line break or what is no ASCII")
	}
	return nil
}
