package binance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/failpoint"
	"github.com/signalman-trading/signalman/market"
)

// userAgent is what the venue sees of the program.
const userAgent = "signalman (+https://github.com/signalman-trading/signalman)"

// mostBody bounds an answer, in bytes, where a request does not say.
const mostBody = 8 << 20

// An answer is what the library does not hand on of one answer. It is also the order for
// it: what is wanted.
type answer struct {
	opens byte  // what the JSON begins with; 0: an object or a list
	most  int64 // bytes of the body

	stamp      market.Time // what a signed request says is its time; 0: it says none
	sent       bool        // a connection was there: the request may have arrived
	status     int         // 0: none came
	retryAfter string
	used       int         // weight of the running minute, as the venue counts it; 0: not said
	header     http.Header // of the answer
	body       []byte
	took       time.Duration // until all of it was there
}

// Errors of the transport.
var (
	errRedirect = errors.New("redirects elsewhere")
	errLarge    = errors.New("answer is too large")
	errShape    = errors.New("answer is not what was asked for")
)

type answerKey struct{}

// transport is what all requests pass: it says who we are, signs what is to be signed,
// reads the body as far as it may go, and keeps status, Retry-After and used weight in
// the answer of the context.
type transport struct {
	base  http.RoundTripper
	key   *signer // nil: nothing is signed
	clock *clock  // of signed requests
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(q *http.Request) (*http.Response, error) {
	a, ok := q.Context().Value(answerKey{}).(*answer)
	if !ok {
		return nil, errors.New("binance: a request without an answer to fill")
	}
	began := time.Now()
	q, err := t.prepare(q, a)
	if err != nil {
		return nil, err
	}
	mark(q, "wire.before-write")
	res, err := t.base.RoundTrip(q)
	mark(q, "wire.before-read")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	err = a.read(res)
	a.took = time.Since(began)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(a.body))
	return res, nil
}

// mark is where a test may kill the process around a request that changes something.
func mark(q *http.Request, place string) {
	if q.Method != http.MethodGet {
		failpoint.Hit(place)
	}
}

// prepare returns the request as it is sent. The library signs with no key at all; what
// it signed is signed anew, by the venue's clock and with the account's key, so that it
// never holds one.
func (t transport) prepare(q *http.Request, a *answer) (*http.Request, error) {
	ctx := q.Context()
	if _, ok := t.base.(*http.Transport); ok {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn:      func(httptrace.GotConnInfo) { a.sent = true },
			WroteRequest: func(httptrace.WroteRequestInfo) { mark(q, "wire.written") },
		})
	} else {
		a.sent = true // nobody tells
	}
	q = q.Clone(ctx)
	q.Header.Set("User-Agent", userAgent)
	if t.key == nil {
		return q, nil
	}
	q.Header.Set("X-Mbx-Apikey", t.key.key.Reveal())
	if !strings.Contains(q.URL.RawQuery, "signature=") {
		return q, nil
	}
	body, err := bodyOf(q)
	if err != nil {
		return nil, err
	}
	a.stamp = t.clock.now()
	q.URL.RawQuery = t.key.stamped(q.URL.RawQuery, body, strconv.FormatInt(a.stamp.Millis(), 10))
	return q, nil
}

// bodyOf returns what a request will send, without taking it.
func bodyOf(q *http.Request) (string, error) {
	if q.GetBody == nil {
		return "", nil
	}
	r, err := q.GetBody()
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// read takes the answer in.
func (a *answer) read(res *http.Response) (err error) {
	a.sent, a.status, a.header, a.retryAfter = true, res.StatusCode, res.Header, res.Header.Get("Retry-After")
	a.used, _ = strconv.Atoi(res.Header.Get("X-Mbx-Used-Weight-1m"))
	if a.status >= 300 && a.status < 400 {
		to, _, _ := strings.Cut(res.Header.Get("Location"), "?")
		return fmt.Errorf("%w: to %.100q", errRedirect, to)
	}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, a.most+1)); err != nil {
		return err
	}
	return a.check()
}

// check finds answers that the library would take for empty ones.
func (a *answer) check() error {
	if int64(len(a.body)) > a.most {
		return fmt.Errorf("%w: more than %d bytes", errLarge, a.most)
	}
	if a.status >= http.StatusBadRequest {
		return nil
	}
	text := bytes.TrimSpace(a.body)
	opens := a.opens
	if opens == 0 && len(text) > 0 && text[0] == '[' {
		opens = '['
	}
	opens = cmp.Or(opens, '{')
	closes := opens + 2 // in ASCII both } and ] stand two after their partners
	if len(text) < 2 || text[0] != opens || text[len(text)-1] != closes {
		return fmt.Errorf("%w: %d bytes that begin with %s", errShape, len(a.body), start(text))
	}
	if !json.Valid(text) {
		return fmt.Errorf("%w: %d bytes that are no JSON, or more than one, beginning with %s", errShape, len(a.body), start(text))
	}
	return nil
}

// start quotes the beginning of a body.
func start(body []byte) string { return fmt.Sprintf("%.60q", body) }

// with returns a context that carries the answer.
func (a *answer) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}
