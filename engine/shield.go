package engine

import (
	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// Protect keeps orders resting at the venue for a position.
func (b *book) Protect(any, string, market.InstrumentID, desk.Protection) {}

// CanRest reports whether the venue takes stop orders on an instrument.
func (b *book) CanRest(market.InstrumentID) bool { return false }
