package binance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// userAgent is what the venue sees of the program.
const userAgent = "signalman (+https://github.com/signalman-trading/signalman)"

// mostBody bounds an answer, in bytes, where a request does not say.
const mostBody = 8 << 20

// An answer is what the library does not hand on of one answer. It is also the order for
// it: what is wanted.
type answer struct {
	opens byte  // what the JSON begins with
	most  int64 // bytes of the body

	status     int // 0: none came
	retryAfter string
	used       int // weight of the running minute, as the venue counts it; 0: not said
	body       []byte
}

// Errors of the transport.
var (
	errRedirect = errors.New("redirects elsewhere")
	errLarge    = errors.New("answer is too large")
	errShape    = errors.New("answer is not what was asked for")
)

type answerKey struct{}

// transport is what all requests pass: it says who we are, reads the body as far as it
// may go, and keeps status, Retry-After and used weight in the answer of the context.
type transport struct{ base http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(q *http.Request) (*http.Response, error) {
	a, ok := q.Context().Value(answerKey{}).(*answer)
	if !ok {
		return nil, errors.New("binance: a request without an answer to fill")
	}
	q = q.Clone(q.Context())
	q.Header.Set("User-Agent", userAgent)
	res, err := t.base.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	a.status, a.retryAfter = res.StatusCode, res.Header.Get("Retry-After")
	a.used, _ = strconv.Atoi(res.Header.Get("X-MBX-USED-WEIGHT-1M"))
	if a.status >= 300 && a.status < 400 {
		to, _, _ := strings.Cut(res.Header.Get("Location"), "?")
		return nil, fmt.Errorf("%w: to %.100q", errRedirect, to)
	}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, a.most+1)); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(a.body))
	return res, nil
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
	closes := a.opens + 2 // in ASCII both } and ] stand two after their partners
	if len(text) < 2 || text[0] != a.opens || text[len(text)-1] != closes {
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
