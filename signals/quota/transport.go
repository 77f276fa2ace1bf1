package quota

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// NewTransport returns the transport of a source. It charges each call to a provider
// before base sends it, and gives those who ask the same at the same time one answer.
//
// A call that the limits or the provider do not allow is a *[signals.Fault] of kind
// ErrBudget or ErrLimited, with the time from which it may be made again; nothing is sent
// then. Where that is within a minute, and ctx lasts as long, the call waits instead. It
// has the priority that ctx names ([signals.PriorityOf]).
//
// No error and no answer names a secret. What net/http adds to it is beyond that: it puts the address
// in front, so keys belong in a header; see also [Redact].
func NewTransport(base http.RoundTripper, l *Ledger, provider string, limits Limits, secrets ...market.Secret) http.RoundTripper {
	l.Limit(provider, limits)
	return &transport{base, l, provider, secrets}
}

type transport struct {
	base     http.RoundTripper
	ledger   *Ledger
	provider string
	secrets  []market.Secret
}

const (
	patience = 62 * time.Second // how long a call waits to be allowed
	callTime = 2 * time.Minute  // how long it may take once it is sent
	maxBody  = 64 << 20         // bytes of an answer
)

// An answer is a response with its body.
type answer struct {
	response http.Response
	body     []byte
	cut      error // why the body ends where it does; nil where it is whole
}

// RoundTrip makes a call, or shares one.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	var a *answer
	var err error
	if r.Method == http.MethodGet && r.Body == nil {
		a, err = t.ledger.flights.do(ctx, t.key(r), func() (*answer, error) { return t.call(r) })
	} else {
		a, err = t.call(r)
	}
	if err != nil {
		return nil, Redact(err, t.secrets...)
	}
	return a.copy(r), nil
}

// key tells calls apart. Calls of different priority are not shared: one may be refused
// where another is not.
func (t *transport) key(r *http.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\x00%d\x00%s", t.provider, signals.PriorityOf(r.Context()), r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "\x00%s=%q", name, r.Header[name])
	}
	return b.String()
}

// copy returns the answer to one of those who share it.
func (a *answer) copy(r *http.Request) *http.Response {
	response := a.response
	response.Request, response.Header = r, a.response.Header.Clone()
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(a.body), broken{a.cut}))
	return &response
}

// broken is where a body was cut short.
type broken struct{ err error }

// Read returns the error.
func (b broken) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}

// call charges a call, sends it, and learns from its answer.
func (t *transport) call(r *http.Request) (*answer, error) {
	paid, err := t.admit(r)
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	response, err := t.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		if unsent(err) {
			err = errors.Join(err, t.ledger.refund(t.provider, paid))
		}
		return nil, err
	}
	defer response.Body.Close()
	a := &answer{response: *response}
	a.body, a.cut = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if len(a.body) > maxBody {
		a.body, a.cut = a.body[:maxBody], fmt.Errorf("the answer is longer than %d bytes", maxBody)
	}
	a.cut = Redact(a.cut, t.secrets...)
	if clean := Hide(string(a.body), t.secrets...); clean != string(a.body) {
		a.body, a.response.ContentLength = []byte(clean), -1
	}
	said := hear(response.StatusCode, response.Header, a.body[:min(len(a.body), 4096)], market.TimeOf(t.ledger.now()))
	// An answer is not thrown away because what it says of limits cannot be noted: where
	// the book is at fault, the next charge says so.
	_ = t.ledger.learn(t.provider, paid, said)
	return a, nil
}

// unsent reports whether an error proves that nothing was sent.
func unsent(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}

// admit charges a call, once it is allowed.
func (t *transport) admit(r *http.Request) (receipt, error) {
	ctx := r.Context()
	began := t.ledger.now()
	for {
		if err := ctx.Err(); err != nil {
			return receipt{}, err
		}
		paid, no, err := t.ledger.charge(t.provider, signals.PriorityOf(ctx))
		if err != nil || no == nil {
			return paid, err
		}
		until := no.until.UTC()
		deadline, bounded := ctx.Deadline()
		now := t.ledger.now()
		if until.Sub(began) > patience || now.Sub(began) > patience || bounded && deadline.Before(until) {
			return receipt{}, no.fault(t.provider, t.endpoint(r.URL))
		}
		t.ledger.waiting(t.provider, until)
		if err := wait(ctx, max(until.Sub(now), time.Second)); err != nil {
			return receipt{}, err
		}
	}
}

// endpoint returns the last part of an address.
func (t *transport) endpoint(u *url.URL) string { return Hide(path.Base(u.Path), t.secrets...) }

// wait lasts some time, or as long as ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
