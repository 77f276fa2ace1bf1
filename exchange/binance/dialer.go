package binance

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/signalman-trading/signalman/exchange"
)

// The venue takes 300 connections in five minutes from an address: others on this host
// may need theirs.
const (
	mostDials  = 60
	dialWindow = 5 * time.Minute
)

// A dialer opens websockets, and not too many of them. It may be used concurrently.
type dialer struct {
	ws websocket.Dialer

	mu   sync.Mutex
	last [mostDials]time.Time // when it dialled, in a ring
	next int
}

// newDialer returns a dialer that reaches for the world through env. Compression is not
// offered: a small frame could become a large one.
func newDialer(env exchange.Env, patience time.Duration) *dialer {
	d := &dialer{ws: websocket.Dialer{NetDialContext: env.Dial, HandshakeTimeout: patience, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}
	if env.Dial == nil {
		d.ws.Proxy = http.ProxyFromEnvironment
	}
	return d
}

// dial opens a websocket, as soon as it may. Its errors are faults, or the context's.
func (d *dialer) dial(ctx context.Context, address string) (*websocket.Conn, error) {
	if err := sleep(ctx, d.reserve()); err != nil {
		return nil, err
	}
	conn, res, err := d.ws.DialContext(ctx, address, http.Header{"User-Agent": {userAgent}})
	if ctx.Err() != nil {
		if err == nil {
			conn.Close()
		}
		return nil, ctx.Err()
	}
	if err == nil {
		return conn, nil
	}
	if !errors.Is(err, websocket.ErrBadHandshake) || res == nil {
		return nil, &exchange.Fault{Kind: exchange.ErrUnavailable, What: "connect", Err: err, Hint: "check the network"}
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1024)) // the library keeps its beginning
	now := time.Now()
	a := &answer{status: res.StatusCode, retryAfter: res.Header.Get("Retry-After"), body: body}
	if a.status < http.StatusBadRequest {
		a.status = http.StatusNotFound // whatever it is, it is no websocket
	}
	return nil, judge{what: "connect", now: now}.of(a, err).Fault
}

// reserve counts a dial, and returns how long to wait before it.
func (d *dialer) reserve() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := time.Now()
	if oldest := d.last[d.next]; !oldest.IsZero() && oldest.Add(dialWindow).After(at) {
		at = oldest.Add(dialWindow)
	}
	d.last[d.next] = at
	d.next = (d.next + 1) % mostDials
	return time.Until(at)
}
