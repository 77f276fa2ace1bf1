package venue_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/exchange/venue"
)

// counter is a venue that is served, and how it is asked. Its clock is that of the bubble
// that the test runs in, so that waiting takes no time.
type counter struct{ *house }

// atCounter runs a test with a venue that is served.
func atCounter(t *testing.T, o venue.Options, f func(*counter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Speed = 1
		h := serve(t, o)
		defer h.stop()
		time.Sleep(time.Second) // something has traded
		f(&counter{h})
	})
}

// fail sets faults.
func (c *counter) fail(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		f, err := venue.ParseFault(text)
		if err == nil {
			err = c.SetFault(f)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// reply is what a request got. Where nothing came, err says so.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
	took   time.Duration
}

// code returns the venue's code.
func (r *reply) code() int {
	var e struct{ Code int }
	_ = json.Unmarshal([]byte(r.body), &e)
	return e.Code
}

func (r *reply) String() string {
	return fmt.Sprintf("%d %v %s, %v, after %v", r.status, r.header, r.body, r.err, r.took)
}

// ask sends a request, signed.
func (c *counter) ask(method, path, query string) *reply {
	c.t.Helper()
	query = strings.TrimPrefix(fmt.Sprintf("%s&timestamp=%d", query, c.Now().Millis()), "&")
	q, err := http.NewRequestWithContext(c.t.Context(), method, "http://venue"+path+"?"+query+"&signature="+signature(query), http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	q.Header.Set("X-MBX-APIKEY", api)
	began := time.Now()
	a, err := c.client.Transport.RoundTrip(q)
	if err != nil {
		return &reply{err: err, took: time.Since(began)}
	}
	defer a.Body.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, a.Body)
	return &reply{a.StatusCode, a.Header, b.String(), err, time.Since(began)}
}

const orders = "/api/v3/order"

// bid places an order that rests, and returns the reply.
func (c *counter) bid(client string) *reply {
	c.t.Helper()
	return c.ask("POST", orders, url.Values{"symbol": {"BTCUSDT"}, "side": {"BUY"}, "type": {"LIMIT"}, "timeInForce": {"GTC"},
		"quantity": {"0.5"}, "price": {"50"}, "newClientOrderId": {client}}.Encode())
}

// has reports whether the venue has an order.
func (c *counter) has(client string) bool {
	for _, o := range c.State().Spot.Orders {
		if o.Client == client {
			return true
		}
	}
	return false
}

// cut reports whether a connection ended without an answer.
func cut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err != nil && strings.Contains(err.Error(), "reset by peer")
}

// TestFaultsOfRequests shows each fault of requests: what the client gets, and whether the
// order was taken.
func TestFaultsOfRequests(t *testing.T) {
	for _, c := range []struct {
		fault string
		want  func(r *reply) bool
		taken bool
	}{
		{"hang=5s", func(r *reply) bool { return cut(r.err) && r.took == 5*time.Second }, false},
		{"reset", func(r *reply) bool { return cut(r.err) }, false},
		{"html-503", func(r *reply) bool { return r.status == 503 && strings.HasPrefix(r.body, "<html>") }, false},
		{"status=403", func(r *reply) bool { return r.status == 403 && strings.HasPrefix(r.body, "<html>") }, false},
		{"error=-1001", func(r *reply) bool { return r.status == 500 && r.code() == -1001 }, false},
		{"error=-1008", func(r *reply) bool { return r.status == 503 && r.code() == -1008 }, false},
		{"limited=30s", func(r *reply) bool {
			return r.status == 429 && r.code() == -1003 && r.header.Get("Retry-After") == "30"
		}, false},
		{"banned=2m", func(r *reply) bool {
			return r.status == 418 && r.code() == -1003 && r.header.Get("Retry-After") == "120"
		}, false},
		{"gone", func(r *reply) bool { return r.status == 410 }, false},
		{"slow=4s", func(r *reply) bool { return r.status == 200 && r.took == 4*time.Second }, true},
		{"slow=8s", func(r *reply) bool { return r.status == 400 && r.code() == -1021 }, false},
		{"hang-taken=5s", func(r *reply) bool { return cut(r.err) && r.took == 5*time.Second }, true},
		{"reply-lost", func(r *reply) bool { return cut(r.err) }, true},
		{"reply-cut", func(r *reply) bool { return cut(r.err) && r.status == 200 && strings.HasPrefix(r.body, "{") }, true},
		{"html-503-taken", func(r *reply) bool { return r.status == 503 && strings.HasPrefix(r.body, "<html>") }, true},
		{"unknown", func(r *reply) bool { return r.status == 408 && r.code() == -1007 }, true},
		{"fill-before-ack=5s", func(r *reply) bool { return r.status == 200 && r.took == 5*time.Second }, true},
	} {
		t.Run(c.fault, func(t *testing.T) {
			atCounter(t, options(), func(v *counter) {
				v.fail(c.fault + "@order.place*1")
				if r := v.bid("one"); !c.want(r) {
					t.Errorf("%s", r)
				}
				if v.has("one") != c.taken {
					t.Errorf("taken: %t", v.has("one"))
				}
				v.client.CloseIdleConnections()
				if r := v.bid("two"); r.status != 200 {
					t.Errorf("the next request: %s", r)
				}
			})
		})
	}
}

// TestUnknownLate shows that a request may be taken after it was answered, and not any more
// when its window is over.
func TestUnknownLate(t *testing.T) {
	atCounter(t, options(), func(v *counter) {
		v.fail("unknown-late=4s*1")
		r := v.bid("one")
		if r.status != 408 || r.code() != -1007 || v.has("one") {
			t.Errorf("%s, taken: %t", r, v.has("one"))
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if !v.has("one") {
			t.Error("it was not taken")
		}
		v.fail("unknown-late=6s*1")
		v.bid("two")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if v.has("two") {
			t.Error("it was taken after its window")
		}
	})
}
