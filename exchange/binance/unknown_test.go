package binance

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

// A forgetful venue takes an order, or does not, and loses the reply. It knows of the order
// only after a while.
type forgetful struct {
	mu     sync.Mutex
	takes  bool
	lag    time.Duration
	lose   func(http.ResponseWriter, *http.Request)
	taken  time.Time
	client string
	posts  int
}

// ServeHTTP implements http.Handler.
func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.URL.Path == "/api/v3/time":
		_, _ = fmt.Fprintf(w, `{"serverTime":%d}`, time.Now().UnixMilli())
	case r.Method == http.MethodPost:
		f.post(string(body))
		f.lose(w, r)
	default:
		f.query(w)
	}
}

func (f *forgetful) post(body string) {
	q, _ := url.ParseQuery(body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posts++
	if f.takes {
		f.client, f.taken = q.Get("newClientOrderId"), time.Now()
	}
}

func (f *forgetful) query(w http.ResponseWriter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.client == "" || time.Since(f.taken) < f.lag {
		refuse(w, 400, codeNoOrder, "Order does not exist.")
		return
	}
	_, _ = fmt.Fprintf(w, `{"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":%q,"price":"0","origQty":"1","executedQty":"1","status":"FILLED","timeInForce":"GTC","type":"MARKET","side":"BUY","updateTime":1709251200123}`, f.client)
}

// TestUnknownIsAskedFor: whatever becomes of the reply, the order is sent once. It is found
// as soon as the venue knows of it, and said to be absent only when it cannot come to be
// any more.
func TestUnknownIsAskedFor(t *testing.T) {
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	timeout := func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, 408, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.")
	}
	html := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusServiceUnavailable) }
	for name, lose := range map[string]func(http.ResponseWriter, *http.Request){"cut": abort, "hung": hang, "-1007": timeout, "503": html} {
		for _, lag := range []time.Duration{0, time.Second, 16 * time.Second, -1} { // -1: it was not taken
			synctest.Test(t, func(t *testing.T) {
				f := &forgetful{takes: lag >= 0, lag: lag, lose: lose}
				wire := memnet.Listen()
				server := &http.Server{Handler: f}
				go func() { _ = server.Serve(wire) }()
				client := wire.Client()
				c := newConfig(Spot)
				c.Env, c.Address, c.Key, c.Secret = local, "http://127.0.0.1:8645", market.NewSecret(exampleKey), market.NewSecret(exampleSecret)
				p, err := c.private(exchange.Env{HTTP: client}, exchange.NewNames([16]byte{1}))
				if err != nil {
					t.Fatal(err)
				}
				b := &spotBroker{private: p, events: newUserEvents(p.names, p.log), clients: map[idKey]string{}}
				began := time.Now()
				_, failed := b.Submit(t.Context(), bitcoin, market.Order{ID: id(1), Side: market.Buy, Type: market.Market, Quantity: dec("1")})
				if !errors.Is(failed, exchange.ErrUnknown) {
					t.Fatalf("%s: %v", name, failed)
				}
				u, err := exchange.Resolve(t.Context(), b, bitcoin, id(1), failed, time.Now, nil)
				took := time.Since(began)
				switch {
				case lag >= 0 && (err != nil || u.State != market.Filled || !u.Filled.Equal(dec("1"))):
					t.Errorf("%s, known after %s: %+v %v", name, lag, u, err)
				case lag < 0 && (!errors.Is(err, exchange.ErrNotFound) || took < 17*time.Second || took > 22*time.Second):
					t.Errorf("%s, not taken: after %s: %+v %v", name, took, u, err)
				}
				if f.posts != 1 {
					t.Errorf("%s: sent %d times", name, f.posts)
				}
				client.CloseIdleConnections()
				_ = server.Close()
				_ = wire.Close()
			})
		}
	}
}
