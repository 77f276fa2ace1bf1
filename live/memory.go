package live

import (
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// What a gateway remembers: a finished order for an hour, in which everything that is said of
// it has come; and fills from so long before the oldest order that works, for the clock that
// orders are dated by may be an hour wrong.
const (
	rememberFor = market.Time(time.Hour)
	fillMargin  = market.Time(2 * time.Hour)
)

// since is where fills are asked for from: none is missing of what ended before. mu is not
// held.
func (g *Gateway) since() exchange.Cursor {
	g.mu.Lock()
	defer g.mu.Unlock()
	oldest := g.now()
	for _, t := range g.orders {
		if !t.state.Final() {
			oldest = min(oldest, t.decided)
		}
	}
	return exchange.Cursor{Time: oldest - fillMargin}
}

// forget drops the orders that finished long ago.
func (g *Gateway) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.now() - rememberFor
	for id, t := range g.orders {
		if t.state.Final() && t.finished > 0 && t.finished < before {
			delete(g.orders, id)
		}
	}
}

// late takes a report of an order that is not remembered: it has finished, or the session
// never decided it. mu is held.
func (g *Gateway) late(u *market.OrderUpdate) {
	if u.ID.Sequence <= g.last[u.ID.Strategy] {
		g.log.Debug("a late report of an order that has finished", "order", u.ID, "state", u.State)
		return
	}
	g.log.Error("an order of ours that this session never decided", "order", u.ID, "client", g.names.Client(u.ID), "state", u.State)
}

// lose notes that the venue did not know an order which it had taken.
func (g *Gateway) lose(id market.OrderID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.orders[id]; t != nil {
		t.lost++
		g.log.Warn("the venue does not know an order that works by the books", "order", id)
	}
}

// give ends an order that the venue neither shows nor knows, whose fills were asked for.
func (g *Gateway) give(id market.OrderID) {
	g.mu.Lock()
	t := g.orders[id]
	lost := t != nil && t.lost > 1
	var filled = market.OrderUpdate{ID: id, State: market.Expired, Reason: "the venue does not know it any more"}
	if t != nil {
		filled.Filled = t.filled
	}
	g.mu.Unlock()
	if lost {
		g.tell(filled)
	}
}

// stir notes that something of orders or of the account happened.
func (g *Gateway) stir() {
	g.mu.Lock()
	g.stirs++
	g.mu.Unlock()
}

// quiet reports whether no request is under way and no outcome is unknown, and how much has
// happened until now.
func (g *Gateway) quiet() (stirs uint64, quiet bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	quiet = !g.past && len(g.held) == 0 && !g.work.any()
	for _, t := range g.orders {
		quiet = quiet && !t.busy && (t.state.Final() || len(t.amended) == 0 && !t.short())
	}
	return g.stirs, quiet
}
