package signalstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// tamper changes an answer, or takes it away.
type tamper = func(*http.Request, *http.Response) (*http.Response, error)

// kinds are all that a fault may wrap.
var kinds = []error{signals.ErrRetry, signals.ErrLimited, signals.ErrBudget, signals.ErrDenied, signals.ErrGone, signals.ErrRefused, signals.ErrMalformed}

// hostile is an answer that is none.
type hostile struct {
	name   string
	wants  []error // kinds of the fault, of which it is one; nil: there need not be any
	answer tamper
}

// hostiles lists answers as they have been seen.
func (s *suite) hostiles() []hostile {
	torn := []error{signals.ErrRetry, signals.ErrMalformed}
	odd := []error{signals.ErrMalformed, signals.ErrRefused, signals.ErrRetry}
	whole := func(f func([]byte) []byte) tamper {
		return func(_ *http.Request, res *http.Response) (*http.Response, error) {
			return body(res, bytes.NewReader(f(text(res)))), nil
		}
	}
	constant := func(t string) tamper { return whole(func([]byte) []byte { return []byte(t) }) }
	return []hostile{
		{"an answer that ends in its midst", torn, whole(func(b []byte) []byte { return b[:len(b)/2] })},
		{"a connection that breaks", torn, func(_ *http.Request, res *http.Response) (*http.Response, error) {
			b := text(res)
			return body(res, cut(b[:len(b)/2])), nil
		}},
		{"no connection", []error{signals.ErrRetry}, func(*http.Request, *http.Response) (*http.Response, error) {
			return nil, errors.New("connection refused")
		}},
		{"a web page", odd, func(_ *http.Request, res *http.Response) (*http.Response, error) { return page(res), nil }},
		{"an answer of nothing", odd, constant("")},
		{"the answer null", odd, constant("null")},
		{"the answer {}", nil, constant("{}")},
		{"the answer []", nil, constant("[]")},
		{"the answer 0", odd, constant("0")},
		{"nulls in the place of all values", nil, whole(nulls)},
		{"status 401", []error{signals.ErrDenied}, status(401)},
		{"status 402", kinds, status(402)},
		{"status 403", []error{signals.ErrDenied}, status(403)},
		{"status 404", kinds, status(404)},
		{"status 410", []error{signals.ErrGone}, status(410)},
		{"status 429", []error{signals.ErrLimited}, status(429)},
		{"status 500", []error{signals.ErrRetry}, status(500)},
		{"status 503", []error{signals.ErrRetry}, status(503)},
	}
}

// status answers with a status, that repeats the parameters and wants a pause of a minute.
func status(code int) tamper {
	return func(r *http.Request, res *http.Response) (*http.Response, error) {
		res.StatusCode, res.Status = code, fmt.Sprint(code, " ", http.StatusText(code))
		res.Header.Set("Retry-After", "60")
		return body(res, strings.NewReader(fmt.Sprintf(`{"success":false,"message":%q}`, "not so: "+r.URL.RawQuery+fmt.Sprint(r.Header)))), nil
	}
}

// survives gives the source hostile answers only.
func (s *suite) survives() error {
	if len(s.first.hosts) == 0 {
		return errors.New("it is Remote, and asked nobody by the HTTP client in its signals.Env: calls that go elsewhere are neither counted nor limited")
	}
	for _, h := range s.hostiles() {
		if err := s.survivesOne(h); err != nil {
			return fmt.Errorf("over %s: %w", h.name, err)
		}
	}
	if err := s.staysHere(); err != nil {
		return err
	}
	return s.readsLittle()
}

func (s *suite) survivesOne(h hostile) error {
	got, err := s.ask(context.Background(), s.query, h.answer)
	if err != nil {
		return err
	}
	if err := s.inventsNothing(got); err != nil {
		return err
	}
	if h.wants == nil && len(got.faults) == 0 {
		return nil
	}
	return s.faulty(got, h)
}

// inventsNothing checks that no row says what a good answer did not.
func (s *suite) inventsNothing(got *heard) error {
	for _, row := range got.rows0() {
		if !row.Null && !slices.Contains(s.first.rows0(), row) {
			return fmt.Errorf("it made the row %s, which no good answer says: where a value is missing or unreadable there is a row with Null, or an error, and never a zero", show(&row))
		}
	}
	return nil
}

// faulty checks the faults of an answer.
func (s *suite) faulty(got *heard, h hostile) error {
	if len(got.faults) == 0 {
		return errors.New("it yields no error: the silence passes for an answer")
	}
	for _, err := range got.faults {
		var fault *signals.Fault
		if !errors.As(err, &fault) || !slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }) {
			return fmt.Errorf("its error %q is no *signals.Fault of one of the kinds signals.Err…: whoever schedules it cannot tell what to do (signals.StatusFault classifies statuses)", err)
		}
		if h.wants != nil && !slices.ContainsFunc(h.wants, func(kind error) bool { return errors.Is(err, kind) }) {
			return fmt.Errorf("its error is %q, and should wrap %q", err, h.wants)
		}
		if until := s.now.Add(time.Minute); errors.Is(err, signals.ErrLimited) && !fault.Until.Equal(until) {
			return fmt.Errorf("its error wants a pause until %s, and the provider said %s (Retry-After: 60)", market.TimeOf(fault.Until), market.TimeOf(until))
		}
	}
	return nil
}

// staysHere redirects it to another server.
func (s *suite) staysHere() error {
	got, err := s.ask(context.Background(), s.query, func(_ *http.Request, res *http.Response) (*http.Response, error) {
		res.StatusCode, res.Status = http.StatusFound, "302 Found"
		res.Header.Set("Location", "https://elsewhere.invalid/")
		return body(res, strings.NewReader("")), nil
	})
	if err != nil {
		return err
	}
	for _, host := range got.hosts {
		if !slices.Contains(s.first.hosts, host) {
			return fmt.Errorf("it followed a redirect to %s, which may get its key: set CheckRedirect of its own copy of the client to return http.ErrUseLastResponse", host)
		}
	}
	if err := s.inventsNothing(got); err != nil {
		return fmt.Errorf("over a redirect: %w", err)
	}
	return s.faulty(got, hostile{})
}

// readsLittle answers without end.
func (s *suite) readsLittle() error {
	var mu sync.Mutex
	var answers []*giant // each is bounded by itself
	got, err := s.ask(context.Background(), s.query, func(_ *http.Request, res *http.Response) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		answers = append(answers, &giant{})
		return body(res, answers[len(answers)-1]), nil
	})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(answers, func(g *giant) bool { return g.read > tooMuch }) {
		return fmt.Errorf("over an answer without end: it read more than %d MB: bound what is read (io.LimitReader)", tooMuch>>20)
	}
	if err := s.inventsNothing(got); err != nil {
		return fmt.Errorf("over an answer without end: %w", err)
	}
	return s.faulty(got, hostile{wants: []error{signals.ErrMalformed, signals.ErrRetry}})
}
