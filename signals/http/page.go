package http

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/jsonrow"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// pages asks page by page, and yields their rows in the order of the pages.
func (p *puller) pages(ctx context.Context, q *question) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		asked := map[string]bool{}
		for range p.MaxPages {
			a, err := p.answer(ctx, q)
			if a.Raw != nil && !yield(a.Batch, nil) {
				return
			}
			more := false
			if err == nil {
				more, err = p.turn(q, &a, asked)
			}
			if err != nil {
				yield(signals.Batch{}, err)
			}
			if !more || err != nil {
				return
			}
		}
		yield(signals.Batch{}, &signals.Fault{Kind: signals.ErrRefused, Endpoint: p.endpoint,
			Err: fmt.Errorf("there are more than %d pages", p.MaxPages), Hint: "raise max_pages, or ask for less"})
	}
}

// oldestFirst turns pages around where later ones hold older rows.
func (p *puller) oldestFirst(pages iter.Seq2[signals.Batch, error]) iter.Seq2[signals.Batch, error] {
	if !p.NewestFirst || !p.paged() {
		return pages
	}
	return func(yield func(signals.Batch, error) bool) {
		var held []signals.Batch
		var failed error
		for batch, err := range pages {
			if failed = err; err == nil {
				held = append(held, batch)
			}
		}
		for _, batch := range slices.Backward(held) {
			if !yield(batch, nil) {
				return
			}
		}
		if failed != nil {
			yield(signals.Batch{}, failed)
		}
	}
}

// answer is one page.
type answer struct {
	signals.Batch
	doc    any
	made   bool // by a stand-in for the provider
	from   *url.URL
	newest market.Time // of its rows, wanted or not; 0: it has none
}

// answer asks for one page and makes its rows. Beside an error stand the rows that are
// good, with Raw set, if the answer could be read at all.
func (p *puller) answer(ctx context.Context, q *question) (a answer, err error) {
	if a.from, err = p.address(q); err != nil {
		return a, err
	}
	body, err := p.ask(ctx, &a, q)
	if err != nil {
		return a, err
	}
	if a.doc, err = jsonrow.Decode(body); err != nil {
		return a, p.malformed(err)
	}
	if said, ok := p.Fault.Get(a.doc); ok && p.Fault != "" && !nothing(said) {
		return a, &signals.Fault{Kind: signals.ErrRefused, Endpoint: p.endpoint, Err: fmt.Errorf("the answer says %.200q", fmt.Sprint(said))}
	}
	rows, err := p.mapper.Rows(a.doc, market.TimeOf(p.env.Now()))
	if err != nil {
		err = p.malformed(err)
	}
	if len(rows) > 0 {
		a.newest = rows[len(rows)-1].Effective
	}
	for i := range rows {
		if q.asset != "" && p.Subject.Constant() {
			rows[i].Subject = q.asset
		}
		if a.made {
			rows[i].Source = signals.SyntheticSource(p.Source)
		}
	}
	a.Raw, a.Signals = body, slices.DeleteFunc(rows, func(s market.Signal) bool { return !q.wanted(&s) })
	return a, err
}

func (p *puller) malformed(err error) error {
	return &signals.Fault{Kind: signals.ErrMalformed, Endpoint: p.endpoint, Err: err, Hint: "compare the mapping with an answer"}
}

// nothing reports whether a document says that there is nothing.
func nothing(v any) bool {
	return v == nil || v == false || v == "" || v == json.Number("0")
}

// turn turns to the next page, if there is one.
func (p *puller) turn(q *question, a *answer, asked map[string]bool) (more bool, err error) {
	if p.NewestFirst && a.newest > 0 && a.newest < q.since {
		return false, nil
	}
	if p.byPage {
		q.page++
		n := p.mapper.Count(a.doc)
		return n > 0 && n >= p.PageSize, nil
	}
	said, ok := p.Next.Get(a.doc)
	if !ok || p.Next == "" || nothing(said) {
		return false, nil
	}
	next := fmt.Sprint(said)
	if asked[next] {
		return false, p.malformed(fmt.Errorf("the next page is one that it named before"))
	}
	asked[next] = true
	if p.byCursor {
		q.values["next"] = next
		return true, nil
	}
	q.next, err = p.follow(a.from, next, q)
	return err == nil, err
}

// follow returns the address of a next page, which lies on the same server.
func (p *puller) follow(from *url.URL, next string, q *question) (*url.URL, error) {
	u, err := from.Parse(next)
	if err != nil {
		return nil, p.malformed(fmt.Errorf("the next page has no address"))
	}
	if u.Scheme != from.Scheme || u.Host != from.Host || u.User != nil {
		return nil, p.malformed(fmt.Errorf("the next page lies on another server, %q, where keys must not go", u.Host))
	}
	for pair := range strings.SplitSeq(strings.TrimPrefix(p.parameters(q, true), "&"), "&") {
		if name, _, _ := strings.Cut(pair, "="); name != "" && !u.Query().Has(name) {
			u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+pair, "&")
		}
	}
	return u, nil
}

// ask sends one request and returns the answer, without keys.
func (p *puller) ask(ctx context.Context, a *answer, q *question) ([]byte, error) {
	limited, end := p.limited(ctx)
	defer end()
	r, err := p.request(limited, a.from, q)
	if err != nil {
		return nil, err
	}
	client := *p.env.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(r)
	var body []byte
	if err == nil {
		defer func() { _ = res.Body.Close() }()
		body, err = io.ReadAll(io.LimitReader(res.Body, int64(p.MaxBody)+1))
	}
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, &signals.Fault{Kind: signals.ErrRetry, Endpoint: p.endpoint, Err: fmt.Errorf("the answer took longer than %s", time.Duration(p.Timeout)),
			Hint: "raise timeout where that is usual"}
	}
	if err != nil {
		return nil, p.unanswered(ctx, err)
	}
	a.made, body = signals.IsSynthetic(res.Header), p.redact(body)
	if fault := signals.StatusFault(p.endpoint, res.StatusCode, res.Header, body, p.env.Now()); fault != nil {
		return nil, fault
	}
	if len(body) > p.MaxBody {
		return nil, &signals.Fault{Kind: signals.ErrMalformed, Endpoint: p.endpoint, Err: fmt.Errorf("the answer is larger than %d bytes", p.MaxBody),
			Hint: "ask for less, or raise max_body"}
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); strings.Contains(kind, "html") {
		return nil, p.malformed(fmt.Errorf("the answer is a web page (%s)", kind))
	}
	return body, nil
}

// limited is a context that ends once a call has taken longer than timeout, counted from
// when it sets out: before, it may wait for its turn. The end frees it.
func (p *puller) limited(ctx context.Context) (limited context.Context, end func()) {
	limited, cancel := context.WithCancel(ctx)
	clock := time.AfterFunc(time.Hour, cancel)
	clock.Stop()
	trace := &httptrace.ClientTrace{GetConn: func(string) { clock.Reset(time.Duration(p.Timeout)) }}
	return httptrace.WithClientTrace(limited, trace), func() { clock.Stop(); cancel() }
}

func (p *puller) request(ctx context.Context, at *url.URL, q *question) (*http.Request, error) {
	var body io.Reader
	if p.Body != "" {
		body = strings.NewReader(p.Body)
	}
	r, err := http.NewRequestWithContext(ctx, p.Method, at.String(), body)
	if err != nil {
		return nil, errors.New("url is no address once it is filled")
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, t := range p.headers {
		r.Header.Set(name, t.fill(q.values, func(s string) string { return s }))
	}
	return r, nil
}

// unanswered is the fault of a request without a whole answer. The address, which may
// hold keys, is no part of it.
func (p *puller) unanswered(ctx context.Context, err error) error {
	var fault *signals.Fault
	if errors.As(err, &fault) {
		return fault
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	for at := (*url.Error)(nil); errors.As(err, &at); {
		err = at.Err
	}
	if said := p.redact([]byte(err.Error())); string(said) != err.Error() {
		err = errors.New(string(said))
	}
	return &signals.Fault{Kind: signals.ErrRetry, Endpoint: p.endpoint, Err: err}
}

// redact takes keys out of what may repeat them.
func (p *puller) redact(text []byte) []byte {
	for _, secret := range p.Secrets {
		if !secret.Set() {
			continue
		}
		key := secret.Reveal()
		for _, written := range []string{key, url.QueryEscape(key), url.PathEscape(key)} {
			text = bytes.ReplaceAll(text, []byte(written), []byte("***"))
		}
	}
	return text
}
