package binance

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/signalman-trading/signalman/exchange"
)

// memoryNet is a network of one server, in memory: time in a synctest bubble passes while
// everybody waits for it. It counts the connections that are open at either end.
type memoryNet struct {
	conns  chan net.Conn
	closed chan struct{}
	open   atomic.Int64
	dials  atomic.Int64
	serve  http.Handler
}

func newMemoryNet(t testing.TB, h http.Handler) *memoryNet {
	n := &memoryNet{conns: make(chan net.Conn), closed: make(chan struct{}), serve: h}
	server := &http.Server{Handler: h}
	done := make(chan error)
	go func() { done <- server.Serve(n) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return n
}

func (n *memoryNet) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *memoryNet) Close() error {
	select {
	case <-n.closed:
	default:
		close(n.closed)
	}
	return nil
}

func (n *memoryNet) Addr() net.Addr { return &net.TCPAddr{} }

func (n *memoryNet) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	n.dials.Add(1)
	a, b := net.Pipe()
	here, there := n.counted(a), n.counted(b)
	var err error
	select {
	case n.conns <- there:
		return here, nil
	case <-n.closed:
		err = errors.New("connection refused")
	case <-ctx.Done():
		err = ctx.Err()
	}
	here.Close()
	there.Close()
	return nil, err
}

type countedConn struct {
	net.Conn
	n      *memoryNet
	closed atomic.Bool
}

func (n *memoryNet) counted(c net.Conn) net.Conn {
	n.open.Add(1)
	return &countedConn{Conn: c, n: n}
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.n.open.Add(-1)
	}
	return c.Conn.Close()
}

// RoundTrip answers by REST, without a connection.
func (n *memoryNet) RoundTrip(q *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	n.serve.ServeHTTP(w, q)
	return w.Result(), q.Context().Err()
}

func (n *memoryNet) env() exchange.Env {
	return exchange.Env{HTTP: &http.Client{Transport: n}, Dial: n.dial}
}

// acceptKey is the answer of a server of websockets to the key of a client (RFC 6455).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
