package tokenmetrics_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// testKey is the key of the tests; no answer, error or row may hold it.
const testKey = "tm-test-key-of-nobody"

// served answers requests by a handler, in the process.
type served struct{ http.Handler }

func (s served) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.Method == http.MethodGet && q.Body != nil {
		return nil, errors.New("a GET has a body, and so cannot be shared")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q)
	if err := q.Context().Err(); err != nil {
		return nil, err
	}
	res := w.Result()
	res.Request = q
	return res, nil
}

// client returns a client whose requests h answers.
func client(t testing.TB, o tokenmetrics.Options, h http.HandlerFunc) *tokenmetrics.Client {
	t.Helper()
	o.HTTP, o.Key = &http.Client{Transport: served{h}}, market.NewSecret(testKey)
	c, err := tokenmetrics.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// says answers with one JSON document.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
}

func day(text string) (market.Time, error) { return market.ParseTime(text) }

func number(text string) tokenmetrics.Number {
	return tokenmetrics.NumberOf(decimal.RequireFromString(text))
}
