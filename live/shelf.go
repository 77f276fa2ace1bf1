package live

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// A shelf holds back what is told too early: at spot the fill of a sell that sold more than
// its strategy has by the books waits until the fill of the buy that brought it has been
// told, which is asked for. So does what follows of the same order.
type shelf struct {
	held    []arrival // in order of arrival
	gateway *Gateway
	has     func(strategy string, i market.InstrumentID) decimal.Decimal
}

// newShelf returns the shelf of a session, nil of perpetuals: their positions are signed.
func newShelf(e *engine.Engine, g *Gateway) *shelf {
	if len(g.instruments) == 0 || g.instruments[0].Perpetual() {
		return nil
	}
	return &shelf{gateway: g, has: e.Position}
}

func (s *shelf) empty() bool { return s == nil || len(s.held) == 0 }

// take adds an arrival to those that wait for their instant, or holds it back.
func (s *shelf) take(pending []arrival, a arrival) []arrival {
	if s == nil || s.fits(pending, &a) && !s.blocked(&a, len(s.held)) {
		return append(pending, a)
	}
	s.held = append(s.held, a)
	s.gateway.log.Warn("a fill is told before the one whose coins it sold: it waits", "order", a.update.ID, "symbol", a.update.Symbol)
	s.gateway.seek(a.instrument, true)
	return pending
}

// release moves what has waited long enough to what waits for its instant.
func (s *shelf) release(pending []arrival, now market.Time) []arrival {
	if s.empty() {
		return pending
	}
	for i := 0; i < len(s.held); {
		a := s.held[i]
		if !s.fits(pending, &a) || s.blocked(&a, i) {
			i++
			continue
		}
		s.held = slices.Delete(s.held, i, i+1)
		a.at = max(a.at, now)
		pending = append(pending, a)
		if !slices.ContainsFunc(s.held, func(h arrival) bool { return h.instrument == a.instrument }) {
			s.gateway.seek(a.instrument, false)
		}
	}
	return pending
}

// blocked reports whether something of the same order is among the first n that are held.
func (s *shelf) blocked(a *arrival, n int) bool {
	return a.update != nil && slices.ContainsFunc(s.held[:n], func(h arrival) bool { return h.update.ID == a.update.ID })
}

// fits reports whether a strategy has what a fill sold, once all that is pending is told.
func (s *shelf) fits(pending []arrival, a *arrival) bool {
	if a.update == nil || a.update.Fill == nil || a.side != market.Sell {
		return true
	}
	has := s.has(a.update.ID.Strategy, a.instrument)
	for i := range pending {
		if p := &pending[i]; p.update != nil && p.instrument == a.instrument && p.update.ID.Strategy == a.update.ID.Strategy {
			has = has.Add(s.brings(p))
		}
	}
	return has.GreaterThanOrEqual(a.update.Fill.Quantity)
}

// brings returns what a fill adds to a position.
func (s *shelf) brings(a *arrival) decimal.Decimal {
	f := a.update.Fill
	switch {
	case f == nil:
		return decimal.Zero
	case a.side == market.Sell:
		return f.Quantity.Neg()
	case f.FeeAsset == s.gateway.in(a.instrument).Base:
		return f.Quantity.Sub(f.Fee)
	}
	return f.Quantity
}

// seek asks for the fills of an instrument again and again, until it is told that this is
// not wanted any more.
func (g *Gateway) seek(i market.InstrumentID, wanted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.sought[i]
	if g.sought[i] = wanted; was || !wanted {
		return
	}
	g.work.start(func() {
		for pause := firstPause; g.wait(pause) && g.seeks(i); pause = min(2*pause, longPause) {
			if err := g.catchUp(i); err != nil {
				g.log.Warn("fills cannot be asked for", "symbol", g.in(i).Symbol, "error", err)
			}
		}
	})
}

func (g *Gateway) seeks(i market.InstrumentID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sought[i]
}
