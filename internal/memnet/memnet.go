// Package memnet is a network within the process: servers and clients that talk through it
// need no port, and run in a bubble of testing/synctest, where time passes only while all of
// them wait.
//
// There is only one type. A [Listener] is given to a server; its Dial is what clients
// connect with, whatever address they ask for.
//
// # Caveats
//
// A connection has no buffer: who writes waits until the other side reads.
package memnet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Listener is a net.Listener whose connections are made in memory.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen makes a listener.
func Listen() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial connects to the listener. The network and the address do not matter.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, errors.New("connection refused: the server is closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Client returns an HTTP client that connects to the listener. Its idle connections are the
// caller's to close.
func (l *Listener) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: l.Dial}}
}

// Accept returns the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listener. Connections stay.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns a name.
func (l *Listener) Addr() net.Addr { return address{} }

type address struct{}

// Network returns "memory".
func (address) Network() string { return "memory" }

// String returns "memory".
func (address) String() string { return "memory" }
