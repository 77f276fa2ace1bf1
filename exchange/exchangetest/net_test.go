package exchangetest_test

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/signalman-trading/signalman/internal/memnet"
)

// network is the way of sockets to one server, through memory. They can be cut, or fall
// silent.
type network struct {
	*memnet.Listener

	mu      sync.Mutex
	down    bool
	sockets []*socket
}

func newNetwork() *network { return &network{Listener: memnet.Listen()} }

// dial opens a socket.
func (n *network) dial(ctx context.Context, kind, address string) (net.Conn, error) {
	n.mu.Lock()
	down := n.down
	n.mu.Unlock()
	if down {
		return nil, errors.New("connection refused")
	}
	c, err := n.Dial(ctx, kind, address)
	if err != nil {
		return nil, err
	}
	s := &socket{Conn: c}
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
	for _, s := range n.sockets {
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
