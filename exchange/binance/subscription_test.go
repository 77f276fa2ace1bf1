package binance

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// restAnd answers requests by REST with a function, and leaves the rest to a parrot.
type restAnd struct {
	*parrot
	rest func(w http.ResponseWriter, r *http.Request)
}

func (h restAnd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		h.note("dial %s", r.URL.RequestURI())
		h.parrot.ServeHTTP(w, r)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/time") {
		fmt.Fprintf(w, `{"serverTime":%d}`, time.Now().Add(3*time.Second).UnixMilli())
		return
	}
	h.rest(w, r)
}

// followAccount follows an account for a while, and returns what was said.
func followAccount(t *testing.T, venue string, h restAnd, long time.Duration) (said []string) {
	t.Helper()
	later()
	n := newMemoryNet(t, h)
	c := newConfig(venue)
	c.Env, c.Address = local, "http://127.0.0.1:1"
	c.Key, c.Secret = market.NewSecret(exampleKey), market.NewSecret(exampleSecret)
	p, err := c.private(n.env(), exchange.NewNames([16]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	events := newUserEvents(p.names, p.log)
	decode := events.decodeSpot
	if venue == USDM {
		decode = events.decodeUSDM
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	err = p.follow(n.env(), decode).updates(ctx, func() { said = append(said, "ready") }, func(e exchange.AccountEvent) {
		if e.Gap != nil {
			said = append(said, "gap")
			return
		}
		said = append(said, e.Flow.Amount.String()+" "+e.Flow.Asset)
	})
	said = append(said, fmt.Sprint(err))
	synctest.Wait()
	if open := n.open.Load(); open != 0 {
		t.Errorf("%d ends of connections are open", open)
	}
	return said
}

// checkSubscribe checks the request of a connection to the websocket API.
func checkSubscribe(t *testing.T, frame []byte) {
	t.Helper()
	var q struct {
		Method string
		Params struct {
			APIKey     string          `json:"apiKey"`
			RecvWindow json.RawMessage `json:"recvWindow"`
			Signature  string          `json:"signature"`
			Timestamp  int64           `json:"timestamp"`
		}
	}
	if err := json.Unmarshal(frame, &q); err != nil {
		t.Error(err)
	}
	mac := hmac.New(sha256.New, []byte(exampleSecret))
	fmt.Fprintf(mac, "apiKey=%s&recvWindow=%s&timestamp=%d", exampleKey, q.Params.RecvWindow, q.Params.Timestamp)
	ahead := time.Until(time.UnixMilli(q.Params.Timestamp))
	if q.Method != "userDataStream.subscribe.signature" || q.Params.Signature != hex.EncodeToString(mac.Sum(nil)) || ahead < 2900*time.Millisecond || ahead > 3100*time.Millisecond {
		t.Errorf("%s, %s ahead", frame, ahead)
	}
}

// TestFollowSpot: each connection is subscribed with a signature by the venue's clock, also
// after the venue refused its time.
func TestFollowSpot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) {
			_, frame, _ := ws.ReadMessage()
			checkSubscribe(t, frame)
			if n == 1 {
				_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"id":"account","status":400,"error":{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}}`))
				return
			}
			_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"id":"account","status":200,"result":{"subscriptionId":0}}`))
			_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"subscriptionId":0,"event":{"e":"balanceUpdate","E":%d,"a":"BTC","d":"%d.5","T":%d}}`, time.Now().UnixMilli(), n, time.Now().UnixMilli()))
			if n == 2 {
				_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"event":{"e":"eventStreamTerminated","E":%d}}`, time.Now().UnixMilli()))
			}
			p.pings(n, ws)
		}
		said := followAccount(t, Spot, restAnd{parrot: p}, time.Hour)
		if diff := cmp.Diff([]string{"ready", "2.5 BTC", "gap", "ready", "3.5 BTC", "context deadline exceeded"}, said); diff != "" {
			t.Error(diff)
		}
		want := []string{"dial /ws-api/v3", "dial /ws-api/v3", "dial /ws-api/v3", "2: close 1001", "3: close 1000"}
		slices.Sort(want) // closing takes the time that it takes
		slices.Sort(p.seen)
		if diff := cmp.Diff(want, p.seen); diff != "" {
			t.Error(diff)
		}
	})
}

// TestFollowUSDM: the listenKey is asked for before each connection, kept every half an
// hour, replaced when it is gone, and given back in the end.
func TestFollowUSDM(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later()
		begun := time.Now()
		p := &parrot{}
		p.each = func(n int, ws *websocket.Conn) {
			if n == 2 {
				go func() {
					time.Sleep(10 * time.Minute)
					_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"e":"listenKeyExpired","E":%d,"listenKey":"key-2"}`, time.Now().UnixMilli()))
				}()
			}
			p.pings(n, ws)
		}
		h := restAnd{parrot: p, rest: func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			n := p.n
			p.mu.Unlock()
			body := `{}`
			if r.Method == http.MethodPost {
				body = fmt.Sprintf(`{"listenKey":"key-%d"}`, n+1)
			}
			if r.Method == http.MethodPut && n == 1 && time.Since(begun) > 45*time.Minute {
				w.WriteHeader(400)
				body = `{"code":-1125,"msg":"This listenKey does not exist."}`
			}
			_, _ = w.Write([]byte(body))
			p.note("%s %s after %s", r.Method, r.URL.Path, time.Since(begun).Round(time.Minute))
		}}
		said := followAccount(t, USDM, h, 110*time.Minute)
		if diff := cmp.Diff([]string{"ready", "gap", "ready", "gap", "ready", "context deadline exceeded"}, said); diff != "" {
			t.Error(diff)
		}
		want := []string{
			"POST /fapi/v1/listenKey after 0s", "dial /private/ws?listenKey=key-1",
			"PUT /fapi/v1/listenKey after 30m0s", "PUT /fapi/v1/listenKey after 1h0m0s", "1: close 1001",
			"POST /fapi/v1/listenKey after 1h0m0s", "dial /private/ws?listenKey=key-2", "2: close 1001",
			"POST /fapi/v1/listenKey after 1h10m0s", "dial /private/ws?listenKey=key-3",
			"PUT /fapi/v1/listenKey after 1h30m0s", "3: close 1000", "DELETE /fapi/v1/listenKey after 1h50m0s",
		}
		slices.Sort(want) // closing takes the time that it takes
		slices.Sort(p.seen)
		if diff := cmp.Diff(want, p.seen); diff != "" {
			t.Error(diff)
		}
	})
}
