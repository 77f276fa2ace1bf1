package store

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
)

// A JournalHeader says which session a journal is of.
type JournalHeader struct {
	ID         [16]byte    // random, minted by the caller: client order ids are made from it (semantics L1)
	Created    market.Time // when the session started
	Mode       string      // "paper", "live", "backtest"
	ConfigHash market.Hash // of the resolved configuration (semantics H1)
	Inputs     string      // what the session read: an inputs hash, or words
	Binary     string      // which build ran it
	Seed       uint64      // of the session's random draws
	Symbols    []string    // of its instruments; records name instruments by index into this list
}

// payload returns the header as a frame holds it.
func (h *JournalHeader) payload() ([]byte, error) {
	var w writer
	w.raw(h.ID[:])
	w.int(int64(h.Created))
	w.text(h.Mode)
	w.raw(h.ConfigHash[:])
	w.text(h.Inputs)
	w.text(h.Binary)
	w.uint(h.Seed)
	w.uint(uint64(len(h.Symbols)))
	for _, s := range h.Symbols {
		w.limited(s, maxName)
	}
	if len(w.b) > maxPayload {
		w.fail("header of %d bytes is longer than %d", len(w.b), maxPayload)
	}
	return w.b, w.err
}

func parseHeader(payload []byte) (JournalHeader, error) {
	r := reader{b: payload}
	var h JournalHeader
	copy(h.ID[:], r.take(len(h.ID)))
	h.Created = market.Time(r.int())
	h.Mode = r.text()
	h.ConfigHash = r.hash()
	h.Inputs, h.Binary, h.Seed = r.text(), r.text(), r.uint()
	for range r.count(1) {
		h.Symbols = append(h.Symbols, r.limited(maxName))
	}
	if err := r.end(); err != nil {
		return JournalHeader{}, fmt.Errorf("%w: header: %w", ErrCorrupt, err)
	}
	return h, nil
}
