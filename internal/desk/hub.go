package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Hub holds subscriptions and calls them back with a context of type C, in the order
// of semantics T3: Orders, Bars, Instant, Signals, Schedule, each in the order of
// subscription.
type Hub[C any] struct {
	Desk    *Instance
	Err     error // the first subscription that made no sense
	bars    []*Bars[C]
	ticks   []tick[C]  // series with a callback for every bar, in order of subscription
	once    []*Bars[C] // subscriptions with a callback for every instant
	signals []*Signal[C]
	timers  []timer[C]
	orders  []func(C, market.OrderUpdate)
	updates []market.OrderUpdate // of this instant
	closed  queue[C, market.Trade]
	trouble queue[C, Trouble]
	Any     bool // bars of any instrument may be watched, not of its own alone
	others  bool // there are subscriptions other than to every bar
	running int  // 1 + the index of the tick whose callback runs; 0 is none
}

// Bars is a subscription to bars.
type Bars[C any] struct {
	List []*market.Series
	ByID []*market.Series // by instrument; nil where the query does not cover it
	once func(C)
}

type tick[C any] struct {
	tape   *market.Tape
	series *market.Series
	f      func(C, *market.Series)
}

// Signal is a subscription to one kind of signal.
type Signal[C any] struct {
	Query  market.SignalQuery
	MaxAge market.Time
	Market *Feed
	Assets []*Feed // by instrument; nil where the strategy does not trade it
	f      func(C, market.Signal)
}

type timer[C any] struct {
	schedule market.Schedule
	next     market.Time
	f        func(C)
}

// Watch subscribes to bars: each is called for every new bar, once for every instant
// that has one; both may be nil.
func (h *Hub[C]) Watch(q market.BarQuery, each func(C, *market.Series), once func(C)) *Bars[C] {
	h.complete(&q)
	b := &Bars[C]{ByID: make([]*market.Series, len(h.Desk.Market.Instruments)), once: once}
	for _, i := range q.Instruments {
		if !h.Trades(i) && !h.Any || q.Interval <= 0 {
			h.fail(fmt.Errorf("bars of instrument %d at interval %q: not an instrument of the strategy, or no interval", i, q.Interval))
			return b
		}
		tape := h.Desk.Market.Tape(i, q.Interval)
		s := market.NewSeries(tape, q.Lookback, q.Warmup)
		b.List, b.ByID[i] = append(b.List, s), s
		if each != nil {
			h.ticks = append(h.ticks, tick[C]{tape, s, each})
		}
	}
	h.bars = append(h.bars, b)
	if once != nil {
		h.once, h.others = append(h.once, b), true
	}
	return b
}

// complete fills a query's defaults in.
func (h *Hub[C]) complete(q *market.BarQuery) {
	if q.Interval == 0 {
		q.Interval = h.Desk.Interval
	}
	if q.Instruments == nil {
		q.Instruments = h.Desk.Instruments
	}
	q.Warmup = max(q.Warmup, 1)
	if q.Lookback <= 0 {
		q.Lookback = q.Warmup
	}
}

func (h *Hub[C]) fail(err error) {
	if h.Err == nil {
		h.Err = err
	}
}

// Trades reports whether an instrument is one of the strategy's.
func (h *Hub[C]) Trades(i market.InstrumentID) bool {
	for _, own := range h.Desk.Instruments {
		if own == i {
			return true
		}
	}
	return false
}

// Signals subscribes to a kind of signal; f, which may be nil, is called when the row
// in force changes.
func (h *Hub[C]) Signals(q market.SignalQuery, f func(C, market.Signal)) *Signal[C] {
	if q.MaxAge == 0 {
		kind, _ := market.KindOf(q.Kind)
		q.MaxAge = time.Duration(kind.MaxAge)
	}
	if q.Kind == "" || q.MaxAge < 0 {
		h.fail(fmt.Errorf("signals of kind %q with maximum age %s", q.Kind, q.MaxAge))
	}
	table := &h.Desk.Market.Signals
	s := &Signal[C]{Query: q, MaxAge: market.Time(q.MaxAge), f: f, Assets: make([]*Feed, len(h.Desk.Market.Instruments))}
	s.Market = table.Feed(q.Source, q.Kind, market.MarketWide)
	for _, i := range h.Desk.Instruments {
		s.Assets[i] = table.Feed(q.Source, q.Kind, market.Subject(h.Desk.Market.Instruments[i].Base))
	}
	h.signals, h.others = append(h.signals, s), true
	return s
}

// Schedule calls f at the times of a cron expression.
func (h *Hub[C]) Schedule(expr string, f func(C)) {
	s, err := market.ParseSchedule(expr)
	if err != nil {
		h.fail(err)
		return
	}
	h.timers, h.others = append(h.timers, timer[C]{schedule: s, f: f}), true
}

// Orders calls f for each update of the strategy's orders.
func (h *Hub[C]) Orders(f func(C, market.OrderUpdate)) {
	h.orders, h.others = append(h.orders, f), true
}

// Closed calls f for each trade of the strategy that closes.
func (h *Hub[C]) Closed(f func(C, market.Trade)) { h.closed.add(f); h.others = true }

// Trouble calls f for what the session says of the venue.
func (h *Hub[C]) Trouble(f func(C, Trouble)) { h.trouble.add(f); h.others = true }

// Warm reports, in a bar callback, whether its series is warm, and elsewhere whether
// every series is.
func (h *Hub[C]) Warm() bool {
	if h.Desk.Market.Now < h.Desk.Market.Opening {
		return false
	}
	if h.running > 0 {
		return h.ticks[h.running-1].series.Warm()
	}
	for _, b := range h.bars {
		for _, s := range b.List {
			if !s.Warm() {
				return false
			}
		}
	}
	return true
}

// WarmFor reports whether every subscribed series of an instrument is warm.
func (h *Hub[C]) WarmFor(i market.InstrumentID) bool {
	if h.Desk.Market.Now < h.Desk.Market.Opening {
		return false
	}
	for _, b := range h.bars {
		if s := b.ByID[i]; s != nil && !s.Warm() {
			return false
		}
	}
	return true
}

// Start sets the timers going from the first instant of the run, or from its opening.
func (h *Hub[C]) Start(now market.Time) {
	now = max(now, h.Desk.Market.Opening-1)
	for i := range h.timers {
		h.timers[i].next = h.timers[i].schedule.Next(now)
	}
}

// NextTimer returns when the next schedule is due, or MaxTime.
func (h *Hub[C]) NextTimer() market.Time {
	next := market.MaxTime
	for i := range h.timers {
		next = min(next, h.timers[i].next)
	}
	return next
}

// Update queues an order update for this instant.
func (h *Hub[C]) Update(u *market.OrderUpdate) {
	if len(h.orders) > 0 {
		h.updates = append(h.updates, *u)
	}
}

// Close queues a closed trade for this instant. The trade is made only where somebody
// listens.
func (h *Hub[C]) Close(trade func() market.Trade) {
	if len(h.closed.handlers) > 0 {
		h.closed.items = append(h.closed.items, trade())
	}
}

// Tell queues trouble for this instant.
func (h *Hub[C]) Tell(t Trouble) {
	if len(h.trouble.handlers) > 0 {
		h.trouble.items = append(h.trouble.items, t)
	}
}

// HearsTrouble reports whether somebody wants to know of trouble.
func (h *Hub[C]) HearsTrouble() bool { return len(h.trouble.handlers) > 0 }

// queue holds what an instant brought for the handlers of one kind.
type queue[C, T any] struct {
	handlers []func(C, T)
	items    []T
}

func (q *queue[C, T]) add(f func(C, T)) { q.handlers = append(q.handlers, f) }

func (q *queue[C, T]) dispatch(c C) {
	for k := range q.items {
		for _, f := range q.handlers {
			f(c, q.items[k])
		}
	}
	q.items = q.items[:0]
}

// Dispatch makes the callbacks of one instant.
func (h *Hub[C]) Dispatch(c C, stamp uint64) {
	if h.others { // only these can have read a signal or have updates
		h.Desk.Reads = h.Desk.Reads[:0]
		if len(h.updates) > 0 {
			h.dispatchOrders(c)
		}
		h.closed.dispatch(c)
		h.trouble.dispatch(c)
	}
	for i := range h.ticks {
		if t := &h.ticks[i]; t.tape.Stamp == stamp {
			h.running = i + 1
			t.f(c, t.series)
		}
	}
	h.running = 0
	if h.others {
		h.dispatchOthers(c, stamp)
	}
}

// dispatchOthers makes the callbacks that follow those for every bar.
func (h *Hub[C]) dispatchOthers(c C, stamp uint64) {
	for _, b := range h.once {
		if b.fresh(stamp) {
			b.once(c)
		}
	}
	for _, s := range h.signals {
		if s.f != nil {
			h.dispatchSignal(c, s, stamp)
		}
	}
	if len(h.timers) > 0 {
		h.dispatchTimers(c)
	}
}

func (h *Hub[C]) dispatchOrders(c C) {
	for i := range h.updates {
		for _, f := range h.orders {
			f(c, h.updates[i])
		}
	}
	h.updates = h.updates[:0]
}

func (b *Bars[C]) fresh(stamp uint64) bool {
	for _, s := range b.List {
		if s.Stamp() == stamp {
			return true
		}
	}
	return false
}

func (h *Hub[C]) dispatchSignal(c C, s *Signal[C], stamp uint64) {
	h.tell(c, s, s.Market, market.NoInstrument, stamp)
	for _, i := range h.Desk.Instruments {
		h.tell(c, s, s.Assets[i], i, stamp)
	}
}

// tell passes a row on that changed in this instant, unless it was too old when it
// came: then it is as absent as what it replaced. It says which instrument it is about.
func (h *Hub[C]) tell(c C, s *Signal[C], f *Feed, i market.InstrumentID, stamp uint64) {
	if f.Stamp == stamp && h.Desk.Market.Now-f.Row.Effective <= s.MaxAge {
		row := *f.Row
		row.Instrument = i
		s.f(c, row)
	}
}

func (h *Hub[C]) dispatchTimers(c C) {
	now := h.Desk.Market.Now
	for i := range h.timers {
		if t := &h.timers[i]; t.next != 0 && t.next <= now {
			t.next = t.schedule.Next(now)
			t.f(c)
		}
	}
}

// Read returns the row of a feed as of now, and notes that a decision may rest on it.
func (h *Hub[C]) Read(f *Feed, maxAge market.Time) (market.Signal, bool) {
	row, ok := f.At(h.Desk.Market.Now, maxAge)
	if !ok {
		if f.Row != nil {
			h.Desk.Read(f.Row, true)
		}
		return market.Signal{}, false
	}
	h.Desk.Read(row, false)
	return *row, true
}

// Subscription is one series that somebody watches.
type Subscription struct {
	Instrument market.InstrumentID
	Interval   market.Interval
	Lookback   int
	Warmup     int
}

// Subscriptions lists the series watched, in order of subscription.
func (h *Hub[C]) Subscriptions() []Subscription {
	var list []Subscription
	for _, b := range h.bars {
		for _, s := range b.List {
			list = append(list, Subscription{s.Instrument(), s.Interval(), s.Lookback(), s.Warmup()})
		}
	}
	return list
}

// SignalQueries lists the signals watched, in order of subscription: of what is watched up to
// several ages the first.
func (h *Hub[C]) SignalQueries() []market.SignalQuery {
	var list []market.SignalQuery
	for _, s := range h.signals {
		if slices.ContainsFunc(list, func(q market.SignalQuery) bool { return q.Kind == s.Query.Kind && q.Source == s.Query.Source }) {
			continue
		}
		list = append(list, s.Query)
	}
	return list
}

// Steady reports whether there are subscriptions other than to what becomes of orders and
// of the venue, so that each instant may have something for them.
func (h *Hub[C]) Steady() bool { return len(h.bars)+len(h.signals)+len(h.timers) > 0 }

// Idle reports whether there is no subscription at all.
func (h *Hub[C]) Idle() bool {
	return len(h.bars)+len(h.signals)+len(h.timers)+len(h.orders)+len(h.closed.handlers)+len(h.trouble.handlers) == 0
}
