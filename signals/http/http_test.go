package http_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/jsonrow"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/http"
)

const canary = "key with/odd&characters"

var clock = time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC)

// provider is a server on the loopback that notes what it is asked.
type provider struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func serve(t *testing.T, answer func(w nethttp.ResponseWriter, r *nethttp.Request)) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.URL.RequestURI())
		p.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func says(text string) func(nethttp.ResponseWriter, *nethttp.Request) {
	return func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, text) }
}

// source returns one about arrays of {t, v}, changed.
func source(p *provider, change func(*http.Config)) *http.Config {
	c := http.New(signals.Env{HTTP: p.Client(), Now: func() time.Time { return clock }})
	c.URL, c.Source, c.Kind, c.Subject, c.Effective, c.Value = p.URL+"/grades", "them", "grade", "BTC", "/t", "/v"
	if change != nil {
		change(c)
	}
	return c
}

// fetch returns the rows, written short, and how many batches they came in.
func fetch(t *testing.T, c *http.Config, q signals.Query) (rows []string, batches int, failed error) {
	t.Helper()
	for batch, err := range c.Fetch(t.Context(), q) {
		if failed != nil {
			t.Fatal("more came after an error")
		}
		if failed = err; err != nil {
			continue
		}
		if batches++; len(batch.Raw) == 0 {
			t.Error("a batch without the answer")
		}
		for _, s := range batch.Signals {
			if s.Known != 0 || s.Source != c.Source {
				t.Errorf("%+v", s)
			}
			rows = append(rows, fmt.Sprint(s.Kind, " ", s.Subject, " ", s.Effective.UTC().Format("01-02"), " ", s.ValueText()))
		}
	}
	return rows, batches, failed
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// TestFearGreed asks as the sample does, and gets an answer as alternative.me gives it.
func TestFearGreed(t *testing.T) {
	p := serve(t, says(`{"name":"Fear and Greed Index","data":[
		{"value":"40","value_classification":"Fear","timestamp":"1715299200","time_until_update":"43200"},
		{"value":"47","value_classification":"Neutral","timestamp":"1715212800"}],"metadata":{"error":null}}`))
	c := sample(t, p)
	rows, _, err := fetch(t, c, signals.Query{})
	want(t, rows, "fear_greed * 05-09 47", "fear_greed * 05-10 40")
	want(t, p.asked, "GET /fng/?limit=2")
	if plan := c.Plan(signals.Query{}); err != nil || len(plan) != 1 || plan[0].Calls != 1 || !strings.HasSuffix(plan[0].Endpoint, "/fng/") {
		t.Error(err, plan)
	}
	p = serve(t, says(`{"data":[],"metadata":{"error":"limit is wrong"}}`))
	if _, _, err = fetch(t, sample(t, p), signals.Query{}); !errors.Is(err, signals.ErrRefused) || !strings.Contains(err.Error(), "limit is wrong") {
		t.Error(err)
	}
}

// sample reads sample.toml and points it to a server of the test.
func sample(t *testing.T, p *provider) *http.Config {
	t.Helper()
	var all struct {
		Signals map[string]*struct {
			Type, Schedule string
			http.Config
		}
	}
	meta, err := toml.Decode(http.Plugin().Sample, &all)
	if err != nil || len(meta.Undecoded()) > 0 || all.Signals["fear_greed"] == nil {
		t.Fatal(err, meta.Undecoded())
	}
	s := all.Signals["fear_greed"]
	return source(p, func(c *http.Config) {
		s.Nulls, s.Missing = c.Nulls, c.Missing
		c.Mapping, c.Fault = s.Mapping, s.Fault
		c.URL = strings.Replace(s.URL, "https://api.alternative.me", p.URL, 1)
	})
}

// TestSubjects asks for each asset by their name, escaped, with the range of the question.
func TestSubjects(t *testing.T) {
	p := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Header.Get("Authorization") != "Bearer "+canary {
			w.WriteHeader(nethttp.StatusUnauthorized)
		}
		fmt.Fprintf(w, `[{"t":"2024-05-08","v":1},{"t":"2024-05-09","v":%d}]`, len(r.URL.Path))
	})
	c := source(p, func(c *http.Config) {
		c.URL, c.Subject = p.URL+"/of/{subject}?since={from}&k={key}", "{subject}"
		c.Subjects = map[market.Subject]string{"BTC": "bit/coin?", "ETH": "ether"}
		c.Query = map[string]string{"to": "{to}", "empty": "", "who": "{subject}"}
		c.Headers = map[string]string{"Authorization": "Bearer {key}"}
		c.Secrets = map[string]market.Secret{"key": market.NewSecret(canary)}
	})
	day := market.TimeOf(clock.Truncate(24 * time.Hour))
	rows, batches, err := fetch(t, c, signals.Query{From: day - market.Day, To: day + 1})
	want(t, rows, "grade BTC 05-09 13", "grade ETH 05-09 9")
	if batches != 2 || err != nil {
		t.Error(batches, err)
	}
	want(t, p.asked,
		"GET /of/bit%2Fcoin%3F?since=2024-05-09&k=key+with%2Fodd%26characters&to=2024-05-11&who=bit%2Fcoin%3F",
		"GET /of/ether?since=2024-05-09&k=key+with%2Fodd%26characters&to=2024-05-11&who=ether")
	for _, q := range []struct {
		signals.Query
		calls int
	}{
		{signals.Query{}, 2},
		{signals.Query{Subjects: []market.Subject{"ETH"}}, 1},
		{signals.Query{Subjects: []market.Subject{"DOGE"}}, 0},
		{signals.Query{Kinds: []market.SignalKind{"other"}}, 0},
	} {
		p.asked = nil
		_, _, err := fetch(t, c, q.Query)
		planned := 0
		for _, r := range c.Plan(q.Query) {
			planned += r.Calls
		}
		if err != nil || len(p.asked) != q.calls || planned != q.calls {
			t.Errorf("%v: %d asked, %d planned, want %d: %v", q.Query, len(p.asked), planned, q.calls, err)
		}
	}
}

// TestManySubjects picks from one answer about all.
func TestManySubjects(t *testing.T) {
	p := serve(t, says(`{"data":{"rows":[{"s":"bitcoin","d":1715299200000,"a":1,"b":null},{"s":"doge","d":1715299200000,"a":2,"b":2},{"s":"ether","d":1715299200000,"a":"sell","b":"n/a"}]}}`))
	c := source(p, func(c *http.Config) {
		c.Rows, c.Kind, c.Value, c.Subject, c.Effective, c.Time = "/data/rows", "", "", "/s", "/d", "ms"
		c.Values = map[market.SignalKind]jsonrow.Field{"call": "/a", "size": "/b"}
		c.Words = map[string]float64{"sell": -1}
		c.Subjects = map[market.Subject]string{"BTC": "bitcoin", "ETH": "ether"}
		c.Method, c.Body = "POST", `{"all":true}`
	})
	rows, _, err := fetch(t, c, signals.Query{})
	want(t, rows, "call BTC 05-10 1", "size BTC 05-10 null", "call ETH 05-10 -1", "size ETH 05-10 null")
	rows, _, _ = fetch(t, c, signals.Query{Subjects: []market.Subject{"ETH"}, Kinds: []market.SignalKind{"call"}})
	want(t, rows, "call ETH 05-10 -1")
	if err != nil || p.asked[0] != "POST /grades" {
		t.Error(err, p.asked)
	}
}

// TestBadRow keeps what is good beside it.
func TestBadRow(t *testing.T) {
	p := serve(t, says(`[{"t":"2024-05-08","v":1},{"t":"2024-05-09","v":"high"},{"t":"2024-05-10","v":3}]`))
	rows, batches, err := fetch(t, source(p, nil), signals.Query{})
	want(t, rows, "grade BTC 05-08 1", "grade BTC 05-10 3")
	if batches != 1 || !errors.Is(err, signals.ErrMalformed) || !strings.Contains(err.Error(), `row 2 at /1: grade at /v is "high"`) {
		t.Error(batches, err)
	}
}

// TestHostile never makes rows of what is no answer, and never tells the key.
func TestHostile(t *testing.T) {
	status := func(code int, text string) func(nethttp.ResponseWriter, *nethttp.Request) {
		return func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, text)
		}
	}
	for name, c := range map[string]struct {
		answer func(nethttp.ResponseWriter, *nethttp.Request)
		kind   error
	}{
		"html": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `[]`)
		}, signals.ErrMalformed},
		"empty":    {says(""), signals.ErrMalformed},
		"null":     {says("null"), signals.ErrMalformed},
		"nulls":    {says(`[{"t":null,"v":null}]`), signals.ErrMalformed},
		"giant":    {says(`["` + strings.Repeat("x", 5000) + `"]`), signals.ErrMalformed},
		"no rows":  {says(`{"message":"sorry"}`), signals.ErrMalformed},
		"redirect": {status(302, ""), signals.ErrRefused},
		"denied":   {status(401, `{"message":"bad key `+canary+`"}`), signals.ErrDenied},
		"gone":     {status(404, ""), signals.ErrGone},
		"limited":  {status(429, ""), signals.ErrLimited},
		"down":     {status(503, ""), signals.ErrRetry},
		"cut": {func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `[{"t":"2024-05-08","v":1}]`)
		}, signals.ErrRetry},
		"hung up": {func(nethttp.ResponseWriter, *nethttp.Request) { panic(nethttp.ErrAbortHandler) }, signals.ErrRetry},
	} {
		p := serve(t, c.answer)
		s := source(p, func(c *http.Config) {
			c.URL, c.MaxBody = p.URL+"/x?k={key}", 4096
			c.Secrets = map[string]market.Secret{"key": market.NewSecret(canary)}
		})
		rows, _, err := fetch(t, s, signals.Query{})
		var fault *signals.Fault
		if !errors.As(err, &fault) || !errors.Is(err, c.kind) || rows != nil || strings.Contains(err.Error(), "odd") {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
		if name == "limited" && !fault.Until.Equal(clock.Add(time.Minute)) {
			t.Error(fault.Until)
		}
		p.Close()                                   // it may still be at it
		if len(p.asked) != 1 && name != "hung up" { // which the client tries again
			t.Errorf("%s: asked %q", name, p.asked)
		}
	}
}

// TestPages turns pages in each of the three ways.
func TestPages(t *testing.T) {
	page := func(day int, rest string) string {
		return fmt.Sprintf(`{"rows":[{"t":"2024-05-%02d","v":%d}]%s}`, day, day, rest)
	}
	numbered := func(w nethttp.ResponseWriter, r *nethttp.Request) {
		text := map[string]string{"1": page(1, ""), "2": page(2, "")}[r.URL.Query().Get("p")]
		if text == "" {
			text = `{"rows":[]}`
		}
		_, _ = io.WriteString(w, text)
	}
	for name, c := range map[string]struct {
		answer func(nethttp.ResponseWriter, *nethttp.Request)
		change func(*http.Config)
		rows   string
		asked  int
		fails  string
	}{
		"numbers":      {numbered, func(c *http.Config) { c.Query = map[string]string{"p": "{page}"} }, "01 02", 3, ""},
		"short":        {numbered, func(c *http.Config) { c.Query, c.PageSize = map[string]string{"p": "{page}"}, 2 }, "01", 1, ""},
		"newest first": {numbered, func(c *http.Config) { c.Query, c.NewestFirst = map[string]string{"p": "{page}"}, true }, "02 01", 3, ""},
		"far enough": {numbered, func(c *http.Config) {
			c.Query, c.NewestFirst, c.Back = map[string]string{"p": "{page}"}, true, market.Duration(time.Hour)
		}, "01", 1, ""},
		"too many": {func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, page(1, "")) },
			func(c *http.Config) { c.Query, c.MaxPages = map[string]string{"p": "{page}"}, 3 }, "01 01 01", 3, "more than 3 pages"},
		"cursor": {func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if r.URL.Query().Get("c") == "a&b" {
				_, _ = io.WriteString(w, page(2, `,"next":null`))
			} else {
				_, _ = io.WriteString(w, page(1, `,"next":"a&b"`))
			}
		}, func(c *http.Config) { c.Query, c.Next = map[string]string{"c": "{next}"}, "/next" }, "01 02", 2, ""},
		"address": {func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if r.URL.Query().Get("k") != canary {
				w.WriteHeader(401)
			}
			if r.URL.Path == "/more" {
				_, _ = io.WriteString(w, page(2, ``))
			} else {
				_, _ = io.WriteString(w, page(1, `,"next":"/more?x=1"`))
			}
		}, func(c *http.Config) {
			c.Query, c.Next = map[string]string{"k": "{key}"}, "/next"
			c.Secrets = map[string]market.Secret{"key": market.NewSecret(canary)}
		}, "01 02", 2, ""},
		"elsewhere": {says(page(1, `,"next":"https://example.com/more"`)), func(c *http.Config) { c.Next = "/next" }, "01", 1, "another server"},
		"circle":    {says(page(1, `,"next":"/more"`)), func(c *http.Config) { c.Next = "/next" }, "01 01", 2, "named before"},
		"fails later": {func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if r.URL.Query().Get("p") == "3" {
				w.WriteHeader(500)
			}
			numbered(w, r)
		}, func(c *http.Config) { c.Query, c.NewestFirst = map[string]string{"p": "{page}"}, true }, "02 01", 3, "500"},
	} {
		p := serve(t, c.answer)
		s := source(p, func(s *http.Config) { s.Rows = "/rows"; c.change(s) })
		rows, _, err := fetch(t, s, signals.Query{})
		var days []string
		for _, r := range rows {
			days = append(days, strings.Fields(r)[2][3:])
		}
		if strings.Join(days, " ") != c.rows || len(p.asked) != c.asked || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %v, asked %q, %v", name, rows, p.asked, err)
		}
	}
}

// TestRawWithoutKey keeps an answer that repeats the key, without it.
func TestRawWithoutKey(t *testing.T) {
	p := serve(t, says(`{"you":"`+canary+`","t":"2024-05-08","v":1}`))
	s := source(p, func(c *http.Config) { c.Secrets = map[string]market.Secret{"key": market.NewSecret(canary)} })
	for batch, err := range s.Fetch(t.Context(), signals.Query{}) {
		if err != nil || string(batch.Raw) != `{"you":"***","t":"2024-05-08","v":1}` {
			t.Errorf("%s %v", batch.Raw, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := serve(t, func(_ nethttp.ResponseWriter, r *nethttp.Request) { cancel(); <-r.Context().Done() })
	for batch, err := range source(p, nil).Fetch(ctx, signals.Query{}) {
		if !errors.Is(err, context.Canceled) || batch.Signals != nil {
			t.Error(batch, err)
		}
	}
}

// TestSlow gives up on an answer that does not begin, or does not end.
func TestSlow(t *testing.T) {
	for _, begun := range []string{"", `[{"t":"2024-05-08","v":1}`} {
		p := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if begun != "" {
				_, _ = io.WriteString(w, begun)
				_ = nethttp.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})
		s := source(p, func(c *http.Config) { c.Timeout = market.Duration(20 * time.Millisecond) })
		rows, _, err := fetch(t, s, signals.Query{})
		if rows != nil || !errors.Is(err, signals.ErrRetry) || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "took longer than 20ms; raise timeout") {
			t.Error(rows, err)
		}
	}
}

// TestOpen warns of a key that goes over the network as it is.
func TestOpen(t *testing.T) {
	for address, warns := range map[string]bool{"http://example.com/a": true, "https://example.com/a": false, "http://127.0.0.1:1/a": false, "http://localhost/a": false, "http://[::1]/a": false} {
		var log bytes.Buffer
		c := http.New(signals.Env{HTTP: &nethttp.Client{Transport: canned(`[]`)}, Now: func() time.Time { return clock }, Log: slog.New(slog.NewTextHandler(&log, nil))})
		c.URL, c.Source, c.Kind, c.Subject, c.Effective, c.Value = address, "them", "grade", "*", "/t", "/v"
		c.Headers, c.Secrets = map[string]string{"X-Key": "{key}"}, map[string]market.Secret{"key": market.NewSecret("made-up")}
		for _, err := range c.Fetch(t.Context(), signals.Query{}) {
			if err != nil {
				t.Error(address, err)
			}
		}
		if strings.Contains(log.String(), "without TLS") != warns {
			t.Errorf("%s: %s", address, log.String())
		}
	}
}

func TestCheck(t *testing.T) {
	p := &provider{Server: &httptest.Server{URL: "https://example.com"}}
	for says, change := range map[string]func(*http.Config){
		"url is missing":             func(c *http.Config) { c.URL = "" },
		"must begin with https":      func(c *http.Config) { c.URL = "ftp://example.com/" },
		"without places":             func(c *http.Config) { c.URL = "https://{subject}.example.com/" },
		"nothing is called {symbol}": func(c *http.Config) { c.URL += "/{symbol}" },
		"a brace stands alone":       func(c *http.Config) { c.URL += "/{a b}" },
		"body is sent by a POST":     func(c *http.Config) { c.Body = "{}" },
		"subjects is missing":        func(c *http.Config) { c.URL += "/{subject}" },
		`subject must be "{subject}`: func(c *http.Config) { c.URL += "/{subject}"; c.Subjects = map[market.Subject]string{"A": "a"} },
		"neither url nor query":      func(c *http.Config) { c.Subject = "{subject}" },
		"two ways":                   func(c *http.Config) { c.URL, c.Next = c.URL+"/{page}", "/next" },
		"next is missing":            func(c *http.Config) { c.URL += "/{next}" },
		"range =":                    func(c *http.Config) { c.Range = "15:04" },
		"api_key is written out":     func(c *http.Config) { c.Query = map[string]string{"api_key": "abc"} },
		"apikey is written out":      func(c *http.Config) { c.URL += "?a=b&apikey=abc" },
		"has no places": func(c *http.Config) {
			c.Method, c.Body, c.Secrets = "POST", `{"k":"{key}"}`, map[string]market.Secret{"key": {}}
		},
		"is made by the call":  func(c *http.Config) { c.Headers = map[string]string{"Host": "abc"} },
		"neither an asset nor": func(c *http.Config) { c.Subject = "{x}" },
		"page_size is of":      func(c *http.Config) { c.PageSize = 10 },
		"another address": func(c *http.Config) {
			c.URL, c.Subject, c.Subjects = c.URL+"/{subject}", "{subject}", map[market.Subject]string{"A": ".."}
		},
		"is written out":       func(c *http.Config) { c.Headers = map[string]string{"X-Api-Key": "abc"} },
		"is no header":         func(c *http.Config) { c.Headers = map[string]string{"X Y": "abc"} },
		"cannot name a secret": func(c *http.Config) { c.Secrets = map[string]market.Secret{"from": {}} },
		"source is missing":    func(c *http.Config) { c.Source = "" },
	} {
		err := source(p, change).Check()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// FuzzAnswer makes of any answer rows or a fault.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"data":[{"t":"2024-05-08","v":1}],"next":"/x"}`), "https://example.com/a/{subject}?f={from}", "{next}")
	f.Add([]byte(`{"data":[{"t":"2024-05-08"}],"next":{}}`), "http://example.com?p={page}", "{to}")
	f.Fuzz(func(t *testing.T, body []byte, address, param string) {
		c := http.New(signals.Env{HTTP: &nethttp.Client{Transport: canned(body)}, Now: func() time.Time { return clock }})
		c.URL, c.Source, c.Kind, c.Subject, c.Effective, c.Value, c.Rows, c.Next = address, "them", "grade", "{subject}", "/t", "/v", "/data", "/next"
		c.Subjects, c.Query, c.MaxPages = map[market.Subject]string{"BTC": "b/%tc"}, map[string]string{"q": param}, 3
		for batch, err := range c.Fetch(t.Context(), signals.Query{}) {
			for _, s := range batch.Signals {
				if err != nil || s.Known != 0 || s.Subject != "BTC" {
					t.Errorf("%+v %v", s, err)
				}
			}
		}
	})
}

type canned []byte

func (c canned) RoundTrip(r *nethttp.Request) (*nethttp.Response, error) {
	return &nethttp.Response{StatusCode: 200, Header: nethttp.Header{}, Body: io.NopCloser(strings.NewReader(string(c))), Request: r}, nil
}
