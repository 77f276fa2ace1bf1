package risk

import (
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// Host runs one rule or sizer for the strategies that it watches. Only an engine can
// make one, since its arguments are internal to this module.
type Host struct {
	name        string
	watched     []*watch
	instruments []market.Instrument // of the run
	passed      []func(*View, market.Order)
	later       []later // of this instant
}

// later is a call that a handler asked for.
type later struct {
	desk *Desk
	f    func(*Desk)
}

type watch struct {
	hub  desk.Hub[*Desk]
	desk Desk
}

// Watched is one strategy that a rule watches.
type Watched struct {
	Desk  *desk.Instance
	Guard desk.Guard
}

// NewHost initialises a rule or sizer.
func NewHost(name string, init func(*Setup) error, strategies []Watched) (*Host, error) {
	h := &Host{name: name}
	for _, w := range strategies {
		d := *w.Desk // reads of a rule are not reads of the strategy
		h.instruments = d.Market.Instruments
		h.watched = append(h.watched, &watch{
			hub:  desk.Hub[*Desk]{Desk: &d, Any: true},
			desk: Desk{View: NewView(d.Market, w.Guard), host: h},
		})
	}
	if err := init(&Setup{h}); err != nil {
		return nil, fmt.Errorf("risk %s: %w", name, err)
	}
	for _, w := range h.watched {
		if w.hub.Err != nil {
			return nil, fmt.Errorf("risk %s: %w", name, w.hub.Err)
		}
	}
	return h, nil
}

// Name returns the rule's name in the configuration.
func (h *Host) Name() string { return h.name }

// Idle reports whether the rule subscribed to nothing, so that it need not be called.
func (h *Host) Idle() bool {
	for _, w := range h.watched {
		if !w.hub.Idle() {
			return false
		}
	}
	return true
}

// Steady reports whether the rule is to be called in each instant, rather than in those only
// in which something of orders or of the venue was queued.
func (h *Host) Steady() bool {
	return slices.ContainsFunc(h.watched, func(w *watch) bool { return w.hub.Steady() })
}

// Update queues a fill of one strategy's order.
func (h *Host) Update(strategy string, u *market.OrderUpdate) {
	for _, w := range h.watched {
		if w.hub.Desk.Name == strategy {
			w.hub.Update(u)
		}
	}
}

// Closed queues a trade of one strategy that closed, which is made only where it is heard of.
func (h *Host) Closed(strategy string, trade func() Trade) {
	if k := h.index(strategy); k >= 0 {
		h.watched[k].hub.Close(trade)
	}
}

// Tell queues trouble: of one strategy, or of all.
func (h *Host) Tell(t Trouble) {
	for _, w := range h.watched {
		if t.Scope == "" || t.Scope == w.hub.Desk.Name {
			w.hub.Tell(t)
		}
	}
}

// HearsTrouble reports whether the rule listens to trouble.
func (h *Host) HearsTrouble() bool {
	return len(h.watched) > 0 && h.watched[0].hub.HearsTrouble()
}

// index returns the place of a strategy among those watched, or -1.
func (h *Host) index(strategy string) int {
	for k, w := range h.watched {
		if w.hub.Desk.Name == strategy {
			return k
		}
	}
	return -1
}

// Start sets the schedules going.
func (h *Host) Start(now market.Time) {
	for _, w := range h.watched {
		w.hub.Start(now)
	}
}

// NextTimer returns when the next schedule is due, or MaxTime.
func (h *Host) NextTimer() market.Time {
	next := market.MaxTime
	for _, w := range h.watched {
		next = min(next, w.hub.NextTimer())
	}
	return next
}

// Dispatch makes the handlers' calls of one instant, strategy by strategy.
func (h *Host) Dispatch(stamp uint64) {
	for _, w := range h.watched {
		w.hub.Dispatch(&w.desk, stamp)
	}
	for k := 0; k < len(h.later); k++ {
		h.later[k].f(h.later[k].desk)
	}
	h.later = h.later[:0]
}

// Subscriptions lists the series that the rule watches.
func (h *Host) Subscriptions() []desk.Subscription {
	var list []desk.Subscription
	for _, w := range h.watched {
		list = append(list, w.hub.Subscriptions()...)
	}
	return list
}

// SignalQueries lists the signals that the rule watches for a strategy.
func (h *Host) SignalQueries(strategy string) []SignalQuery {
	if k := h.index(strategy); k >= 0 {
		return h.watched[k].hub.SignalQueries()
	}
	return nil
}
