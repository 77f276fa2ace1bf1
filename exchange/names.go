package exchange

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"sync"

	"github.com/signalman-trading/signalman/market"
)

// ahead is how many names beyond the last one that was given out are known of each
// strategy: an order of ours that no intent speaks of is found by them (semantics L3).
const ahead = 64

// Names are what the orders of one session are called at a venue (semantics L1). They say
// nothing about the strategy. Its methods may be called concurrently.
type Names struct {
	journal [16]byte
	mu      sync.Mutex
	of      map[string]market.OrderID // by name
	last    map[string]uint32         // the highest sequence that of has, by strategy
}

// NewNames returns the names of the session that a journal's id says.
func NewNames(journal [16]byte) *Names {
	return &Names{journal: journal, of: map[string]market.OrderID{}, last: map[string]uint32{}}
}

// Client returns the client order id of an order: base32 of 20 bytes of SHA-256 over the
// journal's id, the strategy and the sequence; 32 characters of a-z and 2-7.
func (n *Names) Client(id market.OrderID) string {
	n.Expect(id)
	return n.client(id)
}

func (n *Names) client(id market.OrderID) string {
	h := sha256.New()
	h.Write(n.journal[:])
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(id.Strategy))))
	h.Write([]byte(id.Strategy))
	h.Write(binary.BigEndian.AppendUint32(nil, id.Sequence))
	return strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:20]))
}

// Expect makes the names of a strategy known up to an order's, and some beyond it.
func (n *Names) Expect(id market.OrderID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for n.last[id.Strategy] < id.Sequence+ahead {
		n.last[id.Strategy]++
		next := market.OrderID{Strategy: id.Strategy, Sequence: n.last[id.Strategy]}
		n.of[n.client(next)] = next
	}
}

// Find returns the order that a client order id names, and whether there is one. It knows
// only strategies that Client or Expect was called with.
func (n *Names) Find(client string) (market.OrderID, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, ok := n.of[client]
	return id, ok
}
