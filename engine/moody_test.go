package engine_test

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// moody is a venue that does all that a venue may do: it answers late, fills in parts, lets
// what it triggers fill while it is being cancelled, and refuses now and then. On spot it
// locks what sells would give, and a sell of what is locked fails the test: that is what an
// engine must never ask for.
type moody struct {
	t         *testing.T
	seed      uint64
	r         *rand.Rand
	in        market.Instrument
	engine    *engine.Engine
	bars      *market.Columns
	left      int // bars
	price     int64
	held      decimal.Decimal
	orders    []*resident
	requests  []request
	news      []market.Event
	instants  [][]market.Event // everything told, for who feeds it again
	refused   int              // bar in which it refused something for no reason
	protected int              // how often a whole position was seen protected
	ended     bool
}

// resident is an order at the venue.
type resident struct {
	market.Order
	filled decimal.Decimal
	alive  bool
	fires  bool // it was triggered, and fills bit by bit
}

type request struct {
	submit *market.Order
	cancel market.OrderID
}

func (m *moody) Submit(_ market.Time, o market.Order) {
	m.requests = append(m.requests, request{submit: &o})
}
func (m *moody) Cancel(_ market.Time, id market.OrderID) {
	m.requests = append(m.requests, request{cancel: id})
}
func (m *moody) Amend(market.Time, market.Order) { m.t.Error("nobody amends here") }

func (m *moody) now() market.Time { return market.Time(market.Minute) * market.Time(m.bars.Len()) }
func (m *moody) last() decimal.Decimal {
	return decimal.New(m.price, 0)
}

func (m *moody) find(id market.OrderID) *resident {
	for _, o := range m.orders {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Next tells what happened, lets some of what was asked for happen, or closes a bar.
func (m *moody) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	m.check()
	for m.r.IntN(4) > 0 && len(m.requests) > 0 {
		m.serve()
	}
	for _, o := range m.orders {
		if o.alive && o.fires && m.r.IntN(2) == 0 {
			m.fill(o)
		}
	}
	if len(m.news) > 0 && m.r.IntN(5) > 0 {
		n := 1 + m.r.IntN(len(m.news))
		events := m.news[:n:n]
		m.news = m.news[n:]
		return m.tell(events), nil
	}
	if m.left == 0 {
		if !m.ended && (len(m.requests) > 0 || len(m.news) > 0) {
			return m.Next(ctx, limit)
		}
		return nil, io.EOF
	}
	return m.tell([]market.Event{m.close()}), nil
}

func (m *moody) tell(events []market.Event) []market.Event {
	for k := range events {
		events[k].Time = m.now()
		if u := events[k].Update; u != nil {
			u.Time = m.now()
		}
	}
	m.instants = append(m.instants, slices.Clone(events))
	return events
}

// close closes a bar, whose end triggers orders.
func (m *moody) close() market.Event {
	m.left--
	open := m.price
	m.price = max(m.price+m.r.Int64N(9)-4, 20)
	f := func(x int64) float64 { return float64(x) }
	m.bars.Append(market.Bar{OpenTime: m.now(), Open: f(open), High: f(max(open, m.price)), Low: f(min(open, m.price)), Close: f(m.price), Volume: 1})
	for _, o := range m.orders {
		o.fires = o.fires || o.alive && m.met(&o.Order)
	}
	return market.Event{Kind: market.KindBar, Interval: market.Minute, Bars: m.bars, Row: int32(m.bars.Len() - 1)}
}

// met reports whether the price has come to an order.
func (m *moody) met(o *market.Order) bool {
	switch {
	case o.Type == market.Market:
		return true
	case o.Type == market.Stop:
		return !m.last().GreaterThan(o.Stop) && o.Side == market.Sell || !m.last().LessThan(o.Stop) && o.Side == market.Buy
	default:
		return !m.last().LessThan(o.Price) && o.Side == market.Sell || !m.last().GreaterThan(o.Price) && o.Side == market.Buy
	}
}

func (m *moody) say(o *resident, s market.State, reason string, f *market.Fill) {
	u := &market.OrderUpdate{ID: o.ID, Symbol: m.in.Symbol, State: s, Filled: o.filled, Reason: reason, Fill: f}
	if o.alive = o.alive && !s.Final(); s.Final() {
		o.fires = false
	}
	m.news = append(m.news, market.Event{Kind: market.KindUpdate, Update: u})
}

// fill fills part of an order that trades, or the rest of it.
func (m *moody) fill(o *resident) {
	q := o.Quantity.Sub(o.filled)
	if o.Quote.IsPositive() {
		q = market.Affordable(o.Quote, m.last(), m.in.Step)
	}
	if m.in.Perpetual() && o.ReduceOnly {
		if sign := m.held.Sign(); sign == 0 || (sign > 0) == (o.Side == market.Buy) {
			m.say(o, market.Expired, "nothing to reduce", nil)
			return
		}
		q = decimal.Min(q, m.held.Abs())
	}
	if part := market.Floor(q.Div(dec("2")), m.in.Step); m.r.IntN(2) == 0 && part.IsPositive() && o.Quote.IsZero() {
		q = part
	}
	o.filled = o.filled.Add(q)
	if o.Side == market.Buy {
		m.held = m.held.Add(q)
	} else {
		m.held = m.held.Sub(q)
	}
	if !m.in.Perpetual() && m.held.IsNegative() {
		m.t.Fatalf("order %s sold what is not there", o.ID)
	}
	state := market.Partial
	if o.filled.Equal(o.Quantity) || o.Quote.IsPositive() {
		state = market.Filled
	}
	m.say(o, state, "", &market.Fill{Time: m.now(), Price: m.last(), Quantity: q})
	m.others(o, market.ExitFilled)
}

// others ends the orders that a list excludes.
func (m *moody) others(o *resident, reason string) {
	for _, x := range m.orders {
		if x != o && x.alive && o.Group != "" && x.Group == o.Group {
			m.say(x, market.Cancelled, reason, nil)
		}
	}
}

// serve does one thing that was asked for.
func (m *moody) serve() {
	q := m.requests[0]
	m.requests = m.requests[1:]
	if q.submit == nil {
		if o := m.find(q.cancel); o != nil && o.alive {
			m.say(o, market.Cancelled, "", nil)
			m.others(o, "")
		}
		return
	}
	list := []*resident{{Order: *q.submit, alive: true}}
	for len(m.requests) > 0 && m.requests[0].submit != nil && q.submit.Group != "" && m.requests[0].submit.Group == q.submit.Group && m.requests[0].submit.Replaces != q.submit.ID && m.requests[0].submit.Protects() != q.submit.Protects() && len(list) < 2 {
		list = append(list, &resident{Order: *m.requests[0].submit, alive: true})
		m.requests = m.requests[1:]
	}
	m.orders = append(m.orders, list...)
	reason := m.replaces(list)
	if reason == "" {
		reason = m.refusal(list)
	}
	for _, o := range list {
		if reason != "" {
			m.say(o, market.Rejected, reason, nil)
			continue
		}
		m.say(o, market.Accepted, "", nil)
		o.fires = o.Type == market.Market || o.Type == market.Limit && m.met(&o.Order)
	}
}

// replaces ends the orders whose place others take: all of them, or nothing is taken.
func (m *moody) replaces(list []*resident) string {
	for _, o := range list {
		if old := m.find(o.Replaces); o.Replaces.Sequence > 0 && (old == nil || !old.alive) {
			return "the order to replace has ended"
		}
	}
	for _, o := range list {
		if old := m.find(o.Replaces); old != nil {
			m.say(old, market.Cancelled, market.Replaced, nil)
		}
	}
	return ""
}

// refusal says why orders are refused, or "".
func (m *moody) refusal(list []*resident) string {
	o := list[0]
	if m.r.IntN(40) == 0 {
		m.refused = m.bars.Len()
		return "the venue is in a bad mood"
	}
	for _, o := range list {
		if o.Type == market.Stop && m.met(&o.Order) {
			return market.WouldTrigger
		}
	}
	if m.in.Perpetual() {
		if o.ReduceOnly && (m.held.IsZero() || m.held.IsPositive() == (o.Side == market.Buy)) {
			return "nothing to reduce"
		}
		return ""
	}
	if o.Side == market.Sell && m.locked().GreaterThan(m.held) {
		if o.Replaces.Sequence > 0 || slices.ContainsFunc(m.orders, m.raced) {
			return "an order that was replaced had sold some" // and nobody could know when this one was decided
		}
		m.t.Fatalf("seed %d, at bar %d order %s sells what other orders lock: %s locked, %s held", m.seed, m.bars.Len(), o.ID, m.locked(), m.held)
	}
	return ""
}

// raced reports whether an order works in the place of one that had traded by then.
func (m *moody) raced(o *resident) bool {
	old := m.find(o.Replaces)
	return o.alive && old != nil && old.filled.IsPositive()
}

// locked returns what sells that live lock: those that exclude each other once.
func (m *moody) locked() (total decimal.Decimal) {
	most := map[string]decimal.Decimal{}
	for _, o := range m.orders {
		if rest := o.Quantity.Sub(o.filled); o.alive && o.Side == market.Sell {
			if o.Group == "" {
				total = total.Add(rest)
			} else {
				most[o.Group] = decimal.Max(most[o.Group], rest)
			}
		}
	}
	for _, q := range most {
		total = total.Add(q)
	}
	return total
}
