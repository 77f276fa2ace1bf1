package strategy

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// Host runs one strategy: it takes its subscriptions and calls it back. Only an
// engine can make one, since its argument is internal to this module.
type Host struct {
	hub      desk.Hub[*Context]
	strategy Strategy
	ctx      Context
	chance   *rand.Rand
}

// NewHost initialises a strategy on its desk.
func NewHost(d *desk.Instance, s Strategy) (*Host, error) {
	h := &Host{hub: desk.Hub[*Context]{Desk: d}, strategy: s}
	h.ctx.host = h
	err := s.Init(&Setup{h})
	if err == nil {
		if len(h.hub.Subscriptions()) == 0 { // a Target needs prices, and a run needs a clock
			h.hub.Watch(BarQuery{}, nil, nil)
		}
		err = h.hub.Err
	}
	if err != nil {
		return nil, fmt.Errorf("strategy %s: %w", d.Name, err)
	}
	return h, nil
}

// Hub returns the strategy's subscriptions.
func (h *Host) Hub() *desk.Hub[*Context] { return &h.hub }

// Dispatch makes the callbacks of one instant.
func (h *Host) Dispatch(stamp uint64) { h.hub.Dispatch(&h.ctx, stamp) }

// Close ends the strategy, if it wants to know.
func (h *Host) Close() error {
	if c, ok := h.strategy.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// ready returns nil where an order for an instrument may be made now.
func (h *Host) ready(i market.InstrumentID) error {
	if !h.hub.Trades(i) {
		return fmt.Errorf("instrument %d is not one of the strategy's", i)
	}
	if !h.hub.WarmFor(i) {
		h.hub.Desk.Log.Warn("order before warm-up", "instrument", int(i), "error", ErrWarmup)
		return ErrWarmup
	}
	return nil
}

func (h *Host) rand() *rand.Rand {
	if h.chance == nil {
		seed := sha256.Sum256(fmt.Appendf(nil, "%d/%s", h.hub.Desk.Seed, h.hub.Desk.Name))
		h.chance = rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:16])))
	}
	return h.chance
}
