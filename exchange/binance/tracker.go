package binance

import (
	"sync"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A report is what an event or an answer says of one order.
type report struct {
	symbol string
	client string // what the venue calls the order; may be "" where id is known
	id     int64  // the venue's number of it; 0 where it has none yet
	state  market.State
	reason string
	filled decimal.Decimal // in base, all fills so far
	at     market.Time     // by the venue's clock
	fill   *market.Fill
	change *change // the order has another quantity or price than before
	waits  bool    // of USD-M: it speaks of a conditional order
}

// A change is what an order is after it was amended.
type change struct {
	quantity, price decimal.Decimal
	at              market.Time
}

// after reports whether c is news to one who knows o.
func (c *change) after(o *change) bool {
	return o == nil || c.at >= o.at && !(c.quantity.Equal(o.quantity) && c.price.Equal(o.price))
}

// A tracker knows how far each order of an account has come. Events and answers overtake
// each other and come twice: through it the state of an order never goes back, and events
// say each state, amendment and fill once. An end stands, but for one: that all of the
// order has traded is true whatever was said before. Its methods may be called
// concurrently.
type tracker struct {
	names *exchange.Names

	mu     sync.Mutex
	orders map[orderKey]*standing
	byID   map[idKey]orderKey // of our orders
	queue  []orderKey         // of orders, those that are forgotten first in front
	trades recent[tradeKey]
}

// An orderKey names an order: ours by its client order id, others by the venue's number,
// for their client order ids may come again.
type orderKey struct {
	symbol, client string
	id             int64
}

type idKey struct {
	symbol string
	id     int64
}

// A tradeKey names a fill. Where two orders of one account trade with each other, both have
// the trade.
type tradeKey struct {
	order orderKey
	trade string
}

// A standing is how far an order has come.
type standing struct {
	key    orderKey
	order  market.OrderID // 0: not ours
	ids    []idKey
	state  market.State
	reason string
	filled decimal.Decimal
	change *change
	left   map[int64]bool // numbers that it had before it was replaced under its name
	waits  bool           // it is, or was, a conditional order of USD-M
	// said is what events have said of the order; the first one always says something.
	said       market.State
	saidReason string
	heard      bool
}

// What a tracker remembers: orders beside those of ours that work, and trades.
const (
	maxOrders = 20_000
	maxTrades = 50_000
)

func newTracker(names *exchange.Names) *tracker {
	return &tracker{names: names, orders: map[orderKey]*standing{}, byID: map[idKey]orderKey{}, trades: newRecent[tradeKey](maxTrades)}
}

// answer takes what an answer says of an order, and returns where the order stands by all
// that is known.
func (t *tracker) answer(r report) market.OrderUpdate {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.find(&r)
	if !s.left[r.id] {
		t.merge(s, &r)
	}
	u := s.update(r.at)
	if r.change != nil {
		s.change = r.change
		if !s.state.Final() {
			u.Reason = market.Amended
		}
	}
	return u
}

// event takes what an event says of an order, and returns what is new of it.
func (t *tracker) event(r report) (exchange.AccountEvent, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.find(&r)
	if s.left[r.id] && r.fill == nil {
		return exchange.AccountEvent{}, false
	}
	t.merge(s, &r)
	u := s.update(r.at)
	if r.fill != nil && t.trades.add(tradeKey{s.key, r.fill.Trade}) {
		u.Fill = r.fill
	}
	news := !s.heard || u.Fill != nil || s.state != s.said || s.reason != s.saidReason
	if r.change != nil && r.change.after(s.change) {
		s.change, news = r.change, true
		if !s.state.Final() {
			u.Reason = market.Amended
		}
	}
	s.heard, s.said, s.saidReason = true, s.state, s.reason
	client := r.client
	if s.order.Sequence > 0 {
		client = s.key.client
	} else if u.Fill != nil && r.reason != "" {
		u.Reason = r.reason // of a liquidation, which every fill of it says
	}
	return exchange.AccountEvent{Update: &u, Client: client}, news
}

// expect notes an order of ours that is about to be sent.
func (t *tracker) expect(symbol, client string, waits bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.find(&report{symbol: symbol, client: client, waits: waits})
}

// drop forgets an order of ours that surely does not exist, unless it was heard of.
func (t *tracker) drop(symbol, client string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := orderKey{symbol: symbol, client: client}
	if s := t.orders[key]; s != nil && s.state == market.Pending && !s.heard {
		delete(t.orders, key)
	}
}

// kind reports whether an order of ours is a conditional one, and whether that is known.
func (t *tracker) kind(symbol, client string) (waits, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.orders[orderKey{symbol: symbol, client: client}]
	return s != nil && s.waits, s != nil
}

// called returns what the venue calls the order of ours that it gave a number.
func (t *tracker) called(symbol string, id int64) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key, ok := t.byID[idKey{symbol, id}]
	return key.client, ok
}

// find returns what is known of the order of a report, by its name or its number.
func (t *tracker) find(r *report) *standing {
	key, order := orderKey{symbol: r.symbol, id: r.id}, market.OrderID{}
	id := idKey{r.symbol, r.id}
	if found, ok := t.names.Find(r.client); ok {
		key, order = orderKey{symbol: r.symbol, client: r.client}, found
	} else if known, ok := t.byID[id]; ok && r.id != 0 {
		key = known
	} else if r.id == 0 {
		key.client = r.client
	}
	s := t.orders[key]
	if s == nil {
		s = &standing{key: key, order: order}
		t.orders[key] = s
		t.queue = append(t.queue, key)
		t.forget()
	}
	s.waits = s.waits || r.waits
	if _, known := t.byID[id]; !known && r.id != 0 && s.order.Sequence > 0 {
		t.byID[id] = key
		s.ids = append(s.ids, id)
	}
	return s
}

// leave makes the end of what an order was until now no end of the order: another takes
// its place under its name. stay takes that back.
func (t *tracker) leave(r report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.find(&r)
	if s.left == nil {
		s.left = map[int64]bool{}
	}
	s.left[r.id] = true
}

func (t *tracker) stay(r report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.find(&r).left, r.id)
}

// merge moves an order on, never back.
func (t *tracker) merge(s *standing, r *report) {
	more := r.filled.GreaterThan(s.filled)
	if more {
		s.filled = r.filled
	}
	if rank(r.state, r.reason) > rank(s.state, s.reason) || more && r.state == market.Filled {
		s.state, s.reason = r.state, r.reason
	}
	if !s.state.Final() && s.filled.IsPositive() {
		s.state, s.reason = market.Partial, ""
	}
}

// rank orders the states by how far they are.
func rank(s market.State, reason string) int {
	switch {
	case s.Final():
		return 4
	case s == market.Partial:
		return 3
	case s == market.Accepted && reason != market.Waiting:
		return 2
	case s == market.Accepted:
		return 1
	}
	return 0
}

// forget drops the orders that have been known longest, once there are too many: those of
// ours that work go to the end of the queue instead.
func (t *tracker) forget() {
	for tries := 0; len(t.queue) > maxOrders && tries < 100; tries++ {
		key := t.queue[0]
		t.queue = t.queue[1:]
		s := t.orders[key]
		if s == nil { // dropped
			continue
		}
		if s.order.Sequence > 0 && !s.state.Final() {
			t.queue = append(t.queue, key)
			continue
		}
		for _, id := range s.ids {
			delete(t.byID, id)
		}
		delete(t.orders, key)
	}
}

func (s *standing) update(at market.Time) market.OrderUpdate {
	return market.OrderUpdate{ID: s.order, Symbol: s.key.symbol, State: s.state, Filled: s.filled, Time: at, Reason: s.reason}
}

// recent is a set of the last things that were added to it.
type recent[K comparable] struct {
	has  map[K]bool
	ring []K
	next int
	most int
}

func newRecent[K comparable](most int) recent[K] {
	return recent[K]{has: map[K]bool{}, most: most}
}

// add reports whether k is new.
func (r *recent[K]) add(k K) bool {
	if r.has[k] {
		return false
	}
	r.has[k] = true
	if len(r.ring) < r.most {
		r.ring = append(r.ring, k)
		return true
	}
	delete(r.has, r.ring[r.next])
	r.ring[r.next] = k
	r.next = (r.next + 1) % len(r.ring)
	return true
}
