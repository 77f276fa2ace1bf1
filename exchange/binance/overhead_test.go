package binance

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

// A wire is a network in memory that notes when the client last handed bytes to it.
type wire struct {
	*memnet.Listener
	written atomic.Int64 // nanoseconds since began
	began   time.Time
}

func newWire() *wire { return &wire{Listener: memnet.Listen(), began: time.Now()} }

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := w.Dial(ctx, network, address)
	return &wired{c, w}, err
}

type wired struct {
	net.Conn
	w *wire
}

// Write notes the time, and sends.
func (c *wired) Write(b []byte) (int, error) {
	c.w.written.Store(int64(time.Since(c.w.began)))
	return c.Conn.Write(b)
}

// acceptAll takes every order.
func acceptAll(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/api/v3/time":
		_, _ = io.WriteString(w, `{"serverTime":`+strconv.FormatInt(time.Now().UnixMilli(), 10)+`}`)
	default:
		q, _ := url.ParseQuery(string(body))
		client := q.Get("newClientOrderId")
		_, _ = io.WriteString(w, `{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"`+client+`","transactTime":1709251200123,"price":"0","origQty":"1","executedQty":"0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","fills":[]}`)
	}
}

// wiredBroker is a broker whose venue takes every order, over a network of this process.
func wiredBroker(t testing.TB, secret string) (*spotBroker, *wire) {
	t.Helper()
	w := newWire()
	server := &http.Server{Handler: http.HandlerFunc(acceptAll)}
	go func() { _ = server.Serve(w) }()
	transport := &http.Transport{DialContext: w.dial, MaxIdleConnsPerHost: 16}
	t.Cleanup(func() { transport.CloseIdleConnections(); _ = server.Close() })
	c := newConfig(Spot)
	c.Env, c.Address, c.Key, c.Secret = local, "http://127.0.0.1:8645", market.NewSecret(exampleKey), market.NewSecret(secret)
	p, err := c.private(exchange.Env{HTTP: &http.Client{Transport: transport}}, exchange.NewNames([16]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	return &spotBroker{private: p, events: newUserEvents(p.names, p.log), clients: map[idKey]string{}}, w
}

// BenchmarkOrder measures what an order costs from the call to its bytes on the wire, in
// µs at the median and at the 99th percentile; ns/op includes the answer.
func BenchmarkOrder(b *testing.B) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	rivest, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct{ name, secret string }{{"HMAC", exampleSecret}, {"Ed25519", pemOf(b, edwards)}, {"RSA", pemOf(b, rivest)}} {
		b.Run(test.name, func(b *testing.B) {
			broker, w := wiredBroker(b, test.secret)
			o := market.Order{ID: id(1), Side: market.Buy, Type: market.Limit, Quantity: dec("0.00123"), Price: dec("70123.45")}
			if _, err := broker.Submit(b.Context(), bitcoin, o); err != nil { // the clock, the connection
				b.Fatal(err)
			}
			broker.governor.limits.weight = 1e9
			took := make([]time.Duration, 0, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				o.ID.Sequence++
				began := time.Since(w.began)
				if _, err := broker.Submit(b.Context(), bitcoin, o); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Duration(w.written.Load())-began)
			}
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "µs-p50")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "µs-p99")
		})
	}
}

// TestHungSocket: after 12 s without an answer an order is unknown, a query unavailable,
// and no goroutine is left.
func TestHungSocket(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/v3/order" {
				acceptAll(rw, r)
				return
			}
			_, _ = io.ReadAll(r.Body)
			<-r.Context().Done()
		})}
		go func() { _ = server.Serve(w) }()
		transport := &http.Transport{DialContext: w.dial}
		c := newConfig(Spot)
		c.Env, c.Address, c.Key, c.Secret = local, "http://127.0.0.1:8645", market.NewSecret(exampleKey), market.NewSecret(exampleSecret)
		p, err := c.private(exchange.Env{HTTP: &http.Client{Transport: transport}}, exchange.NewNames([16]byte{1}))
		if err != nil {
			t.Fatal(err)
		}
		for l, want := range map[lane]error{laneOrder: exchange.ErrUnknown, laneCancel: exchange.ErrUnknown, laneQuery: exchange.ErrUnavailable} {
			began := time.Now()
			err := p.does(l)
			if took := time.Since(began); !errors.Is(err, want) || took != answerTime {
				t.Errorf("lane %d: after %s: %v", l, took, err)
			}
			var f *exchange.Fault // proof of absence: the window, and what the venue may need, from when it was sent
			if proof := began.Add(5*time.Second + serverTime); l == laneOrder && (!errors.As(err, &f) || f.Until.Sub(proof).Abs() > 2*time.Millisecond) {
				t.Errorf("proof at %s, want %s", f.Until, proof)
			}
		}
		transport.CloseIdleConnections()
		_ = server.Close()
		_ = w.Close()
	})
}
