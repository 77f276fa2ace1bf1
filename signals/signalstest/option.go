package signalstest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// An Option says how the source under test is set up.
type Option func(*settings)

// settings are what the options set.
type settings struct {
	prepare []func(any) error
	handler http.Handler
	query   signals.Query
	keys    []string
	now     time.Time
	deliver func(ctx context.Context, n int, dial Dial) (acknowledged bool, err error)
	rows    []market.Signal
}

// With sets parameters of each source that the suite makes. S is the type that the
// plug-in's New returns:
//
//	signalstest.With(func(c *file.Config) { c.Path = "testdata/grades.csv" })
func With[S any](set func(S)) Option {
	return func(s *settings) {
		s.prepare = append(s.prepare, func(made any) error {
			own, ok := made.(S)
			if !ok {
				return fmt.Errorf("signalstest.With is for a %T, and the plug-in makes a %T", own, made)
			}
			set(own)
			return nil
		})
	}
}

// Provider stands in for the provider of a remote source: whatever the source asks by
// its HTTP client comes here, and goes nowhere else.
func Provider(h http.Handler) Option { return func(s *settings) { s.handler = h } }

// Question is what a source is asked: one that has rows, of several times if it can be.
// Without it everything is asked for.
func Question(q signals.Query) Option { return func(s *settings) { s.query = q } }

// Keys names keys that With has set, so that they are looked for where none may be.
func Keys(keys ...string) Option { return func(s *settings) { s.keys = append(s.keys, keys...) } }

// Clock sets what time it is. Default 10 May 2024, 12:00 UTC.
func Clock(t time.Time) Option { return func(s *settings) { s.now = t } }

// Dial connects to where a source listens, in memory.
type Dial func(ctx context.Context) (net.Conn, error)

// Deliver sends the n-th piece of news to a Pusher and reports whether it acknowledged it.
// The same n is the same news again.
func Deliver(f func(ctx context.Context, n int, dial Dial) (acknowledged bool, err error)) Option {
	return func(s *settings) { s.deliver = f }
}

// Posts sends news to a Pusher that listens for HTTP: make returns the request of the n-th
// piece, and a status from 200 to 299 acknowledges it.
func Posts(make func(n int) *http.Request) Option {
	return Deliver(func(ctx context.Context, n int, dial Dial) (bool, error) {
		transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
		res, err := transport.RoundTrip(make(n).WithContext(ctx))
		if err != nil {
			return false, err
		}
		return res.StatusCode >= 200 && res.StatusCode < 300, res.Body.Close()
	})
}

// Rows are what a Deriver reads: rows of others with Known set, from which it makes some.
func Rows(rows ...market.Signal) Option {
	return func(s *settings) { s.rows = append(s.rows, rows...) }
}
