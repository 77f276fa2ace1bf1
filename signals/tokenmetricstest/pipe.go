package tokenmetricstest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Running is a server that is reached over memory.
type Running struct {
	*Server
	URL    string       // of the flow's endpoints: "http://tokenmetrics.invalid/v2"
	Client *http.Client // reaches the server, whatever address it is asked for
	close  func()
}

// TB is what Start needs of a testing.TB.
type TB interface {
	// Helper, Fatal and Cleanup are those of testing.TB.
	Helper()
	// Fatal ends the test.
	Fatal(args ...any)
	// Cleanup has a function called at the end of the test.
	Cleanup(func())
}

// Start serves until the test ends, without a network, so that the clock of testing/synctest
// goes on while all wait. Options that are wrong end the test.
func Start(t TB, o Options) *Running {
	t.Helper()
	r, err := Serve(o)
	if err != nil {
		t.Fatal(err)
		return nil
	}
	t.Cleanup(r.Close)
	return r
}

// Serve is Start outside a test; Close ends it.
func Serve(o Options) (*Running, error) {
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	transport := &http.Transport{DialContext: l.dial}
	web := &http.Server{Handler: s}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = web.Serve(l) // until it is closed
	}()
	return &Running{s, "http://tokenmetrics.invalid" + s.Base(), &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		_ = web.Close()
		<-done
	}}, nil
}

// Close ends the server and its connections.
func (r *Running) Close() { r.close() }

// pipes is a net.Listener whose connections are made in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, errors.New("the server is closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the next connection.
func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns a made-up address.
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
