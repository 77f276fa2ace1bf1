package quota

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A provider answers calls, and counts them.
type provider struct {
	calls  atomic.Int32
	answer func(r *http.Request) (*http.Response, error)
}

func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	p.calls.Add(1)
	return p.answer(r)
}

func response(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func fine(*http.Request) (*http.Response, error) { return response(200, "rows"), nil }

const key = "a made/up+key"

// start returns a client of a provider, and its ledger.
func open(p *provider, l Limits) (*http.Client, *Ledger) {
	ledger := NewLedger(&Memory{}, nil)
	return &http.Client{Transport: NewTransport(p, ledger, "far", l, market.NewSecret(key))}, ledger
}

func get(ctx context.Context, c *http.Client, address string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("X-Api-Key", key)
	answer, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

// TestMonthIsHard: beyond the month nothing is sent, until the next.
func TestMonthIsHard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{answer: fine}
		c, _ := open(p, Limits{Month: 3})
		for range 5 {
			_, err := get(t.Context(), c, "https://far.test/v2/trading-signals?limit=5")
			var f *signals.Fault
			if p.calls.Load() == 3 && err != nil && (!errors.As(err, &f) || !errors.Is(err, signals.ErrBudget) || f.Until.Day() != 1 || f.Endpoint != "trading-signals") {
				t.Error(err)
			}
		}
		if n := p.calls.Load(); n != 3 {
			t.Errorf("%d calls", n)
		}
		time.Sleep(32 * 24 * time.Hour)
		if _, err := get(t.Context(), c, "https://far.test/v2/tokens"); err != nil {
			t.Error(err)
		}
	})
}

// TestMinuteWaits: a call over the minute waits, if ctx lasts.
func TestMinuteWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{answer: fine}
		c, ledger := open(p, Limits{Minute: 2})
		began, told := time.Now(), []time.Duration{}
		ledger.Waits(func(_ string, until time.Time) { told = append(told, until.Sub(began)) })
		for k := range 5 {
			if _, err := get(t.Context(), c, fmt.Sprintf("https://far.test/%d", k)); err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(began); d != 122*time.Second {
			t.Errorf("5 calls at 2 a minute took %s", d)
		}
		if len(told) != 2 || told[0] != 61*time.Second || told[1] != 122*time.Second {
			t.Errorf("told to wait until %v", told)
		}
		get(t.Context(), c, "https://far.test/6")
		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		before := p.calls.Load()
		if _, err := get(short, c, "https://far.test/7"); !errors.Is(err, signals.ErrBudget) || short.Err() != nil || p.calls.Load() != before {
			t.Error(err)
		}
	})
}

// TestTooManyCalls: after a 429 nothing is asked until the time that it says; a short
// pause is waited for.
func TestTooManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := response(429, `{"message":"slow down"}`, "Retry-After", "600")
		p := &provider{answer: func(*http.Request) (*http.Response, error) { return next, nil }}
		c, ledger := open(p, Limits{})
		if body, err := get(t.Context(), c, "https://far.test/a"); body != `{"message":"slow down"}` || err != nil {
			t.Errorf("%q, %v", body, err)
		}
		var f *signals.Fault
		if _, err := get(t.Context(), c, "https://far.test/b"); !errors.Is(err, signals.ErrLimited) || !errors.As(err, &f) || time.Until(f.Until) != 10*time.Minute {
			t.Error(err)
		}
		time.Sleep(10 * time.Minute)
		next = response(429, "", "Retry-After", "5")
		get(t.Context(), c, "https://far.test/c")
		next = response(200, "rows")
		if body, err := get(t.Context(), c, "https://far.test/d"); body != "rows" || err != nil || p.calls.Load() != 3 {
			t.Errorf("%q, %v, %d calls", body, err, p.calls.Load())
		}
		next = response(402, `{"accepts":[]}`)
		get(t.Context(), c, "https://far.test/e")
		if left, err := ledger.Left("far", time.Now()); left.Denied == 0 || left.Calls != 4 || err != nil {
			t.Errorf("%+v, %v", left, err)
		}
	})
}

// TestSharedCalls: those who ask the same at the same time share one call, and who gives
// up takes it from nobody.
func TestSharedCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{answer: func(r *http.Request) (*http.Response, error) {
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-time.After(time.Second):
				return response(200, "rows"), nil
			}
		}}
		c, _ := open(p, Limits{})
		var good, bad atomic.Int32
		ask := func(ctx context.Context, address string) {
			if body, err := get(ctx, c, address); err == nil && body == "rows" {
				good.Add(1)
			} else {
				bad.Add(1)
			}
		}
		for range 10 {
			go ask(t.Context(), "https://far.test/same")
		}
		go ask(t.Context(), "https://far.test/other")
		go ask(signals.WithPriority(t.Context(), signals.Held), "https://far.test/same")
		time.Sleep(2 * time.Second)
		if good.Load() != 12 || p.calls.Load() != 3 {
			t.Errorf("%d answers of %d calls", good.Load(), p.calls.Load())
		}
		first, leave := context.WithCancel(t.Context())
		go ask(first, "https://far.test/same")
		synctest.Wait()
		go ask(t.Context(), "https://far.test/same")
		synctest.Wait()
		leave()
		time.Sleep(2 * time.Second)
		if good.Load() != 13 || bad.Load() != 1 || p.calls.Load() != 5 {
			t.Errorf("%d answers, %d without, %d calls", good.Load(), bad.Load(), p.calls.Load())
		}
	})
}

// TestNothingSent: a call that found no connection is given back; one that may have been
// sent is not.
func TestNothingSent(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	p := &provider{answer: func(r *http.Request) (*http.Response, error) { return nil, dial }}
	c, ledger := open(p, Limits{Month: 2})
	for range 5 {
		if _, err := get(t.Context(), c, "https://far.test/a"); !strings.Contains(err.Error(), "connection refused") {
			t.Error(err)
		}
	}
	p.answer = func(r *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	get(t.Context(), c, "https://far.test/a")
	left, err := ledger.Left("far", time.Now())
	if n, limited := left.Least(); n != 1 || !limited || err != nil {
		t.Errorf("%d calls left, %v", n, err)
	}
	if other := NewLedger(ledger.book, nil); ledger.Made("far") != 1 || other.Made("far") != 0 {
		t.Errorf("%d calls were made, and %d by nobody", ledger.Made("far"), other.Made("far"))
	}
}

// TestNoKeyInErrors: no error names a key, nor does what is found in it.
func TestNoKeyInErrors(t *testing.T) {
	p := &provider{answer: func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("proxy: %s refused with %q: %w", r.URL, r.Header["X-Api-Key"], &market.Error{Class: market.Venue, Where: r.URL.String(), Err: io.ErrUnexpectedEOF})
	}}
	c, _ := open(p, Limits{})
	address := "https://far.test/v2/price?key=a+made%2Fup%2Bkey&token_id=1"
	_, err := get(t.Context(), c, address)
	cause := errors.Unwrap(err) // without the address that net/http puts in front
	var e *market.Error
	if !errors.As(cause, &e) || !errors.Is(cause, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	for _, text := range []string{cause.Error(), e.Error(), fmt.Sprintf("%+v %#v", e, e.Where), Redact(err, market.NewSecret(key)).Error()} {
		if strings.Contains(text, "made") || !strings.Contains(text, "***") {
			t.Error(text)
		}
	}
	if _, err := http.NewRequest(http.MethodGet, "https://far.test/%zz"+key, nil); strings.Contains(Redact(err, market.NewSecret(key)).Error(), "made") {
		t.Error(err)
	}
}

// TestCutAnswers: a body that is cut short is an error behind what came.
func TestCutAnswers(t *testing.T) {
	p := &provider{answer: func(r *http.Request) (*http.Response, error) {
		a := response(200, "")
		a.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"data":[`), broken{fmt.Errorf("reset, says %s", key)}))
		return a, nil
	}}
	c, _ := open(p, Limits{})
	if body, err := get(t.Context(), c, "https://far.test/a"); body != `{"data":[` || err == nil || err.Error() != "reset, says ***" {
		t.Errorf("%q, %v", body, err)
	}
}
