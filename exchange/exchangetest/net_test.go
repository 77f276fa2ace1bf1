package exchangetest_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
)

// network is the way of sockets to one server, through memory. They can be cut, or fall
// silent.
type network struct {
	conns  chan net.Conn
	closed chan struct{}

	mu      sync.Mutex
	down    bool
	sockets []*socket
}

func newNetwork() *network {
	return &network{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept, Close and Addr implement net.Listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.closed:
	default:
		close(n.closed)
	}
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8645} }

// dial opens a socket.
func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	n.mu.Lock()
	down := n.down
	n.mu.Unlock()
	if down {
		return nil, errors.New("connection refused")
	}
	here, there := net.Pipe()
	select {
	case n.conns <- there:
	case <-n.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := &socket{Conn: here}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sockets = append(n.sockets, s)
	return s, nil
}

// link cuts all sockets and refuses new ones, or lets them connect again.
func (n *network) link(up bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = !up
	if !up {
		for _, s := range n.sockets {
			_ = s.Close()
		}
		n.sockets = nil
	}
}

// silence lets the sockets that are open say nothing more.
func (n *network) silence() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range slices.Concat(n.sockets) {
		s.mu.Lock()
		s.silent = true
		s.mu.Unlock()
	}
}

// socket is the adapter's end of a connection.
type socket struct {
	net.Conn
	mu     sync.Mutex
	silent bool
}

func (s *socket) Read(b []byte) (int, error) {
	for {
		k, err := s.Conn.Read(b)
		s.mu.Lock()
		silent := s.silent
		s.mu.Unlock()
		if !silent || err != nil {
			return k, err
		}
	}
}
