package paper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Listing is an instrument with its market.
type Listing struct {
	Instrument market.Instrument
	Bars       *market.Columns  // those that will have closed as the venue moves on
	Fundings   []market.Funding // of a perpetual, in rising time
}

// Options say what a venue lists, and what the account has.
type Options struct {
	Listings []Listing
	Cash     map[string]decimal.Decimal // of quote assets
	Start    market.Time                // the time at which it begins; bars that closed by then are the past
	Sim      sim.Options
}

// account is the strategy in whose name the simulated venue knows every order.
const account = "account"

// Venue is one account and its market. Its methods may be called concurrently.
type Venue struct {
	mu       sync.Mutex
	sim      *sim.Venue
	feed     *sim.Feed
	tape     tape
	listings []Listing
	now      market.Time
	orders   []*held // oldest first
	fills    []exchange.Fill
	log      []told
	deadmen  map[market.InstrumentID]market.Time
	sent     int
	link     link
	changed  chan struct{} // closed when anything happens
}

// link is whether streams are connected. What happens while they are not is missed.
type link struct {
	down    bool
	cuts    int
	resumed int // length of the log when they were mended last
}

// held is an order that the venue took.
type held struct {
	client string
	order  market.Order // under its id at the simulated venue
	symbol string
	update market.OrderUpdate // the last one
	made   market.Time
}

// told is an event of the account, with what the venue calls the order; updates bear the
// id of the simulated venue.
type told struct {
	event exchange.AccountEvent
	at    market.Time
}

// New makes a venue. Its listings become instruments with IDs 0, 1, 2, ….
func New(o Options) (*Venue, error) {
	v := &Venue{now: o.Start, changed: make(chan struct{}), deadmen: map[market.InstrumentID]market.Time{}}
	var instruments []market.Instrument
	for i, l := range o.Listings {
		l.Instrument.ID = market.InstrumentID(i)
		if err := l.Instrument.Validate(); err != nil {
			return nil, err
		}
		if l.Bars == nil || l.Bars.Interval <= 0 {
			return nil, fmt.Errorf("%s has no bars", l.Instrument.Symbol)
		}
		instruments = append(instruments, l.Instrument)
		v.listings = append(v.listings, l)
	}
	if err := o.Sim.Validate(); err != nil {
		return nil, err
	}
	v.sim = sim.New(instruments, o.Cash, o.Sim)
	for i, l := range v.listings {
		v.sim.Watch(market.InstrumentID(i), l.Bars.Interval)
	}
	v.feed = sim.NewFeed(v.sim, &v.tape)
	for t, ok := v.next(); ok && t <= o.Start; t, ok = v.next() {
		v.advance(t)
	}
	v.now = o.Start
	return v, nil
}

// Now returns the venue's time.
func (v *Venue) Now() market.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Sent returns how many orders the venue was asked to take, whatever it answered.
func (v *Venue) Sent() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sent
}

// Step moves on to the close of the next bar, and returns io.EOF where there is none.
func (v *Venue) Step() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.next()
	if !ok {
		return io.EOF
	}
	v.expire(t)
	v.advance(t)
	v.wake()
	return nil
}

// next returns when the next bar closes, if there is one.
func (v *Venue) next() (first market.Time, ok bool) {
	for i := range v.listings {
		c := v.listings[i].Bars
		if row := v.tape.row(i); row < c.Len() && (!ok || c.Time(row) < first) {
			first, ok = c.Time(row), true
		}
	}
	return first, ok
}

// advance puts what the market says at a time before the simulated venue.
func (v *Venue) advance(t market.Time) {
	for i := range v.listings {
		l := &v.listings[i]
		row := v.tape.row(i)
		if row >= l.Bars.Len() || l.Bars.Time(row) != t {
			continue
		}
		for k := range l.Fundings {
			if f := &l.Fundings[k]; f.Time > l.Bars.OpenTime[row] && f.Time <= t {
				v.tape.put(market.Event{Time: t, Kind: market.KindFunding, Instrument: market.InstrumentID(i), Funding: f})
			}
		}
		v.tape.bar(t, i, l.Bars)
	}
	v.now = t
	v.pump()
}

// pump takes over what the simulated venue has to say by now.
func (v *Venue) pump() {
	for {
		events, err := v.feed.Next(context.Background(), v.now)
		if err != nil || len(events) == 0 {
			return // the tape has no errors of its own
		}
		for i := range events {
			if events[i].Kind == market.KindUpdate {
				v.take(*events[i].Update)
			}
		}
	}
}

// take notes an update. One of no order is a liquidation.
func (v *Venue) take(u market.OrderUpdate) {
	client, side := "", market.Side(0)
	if k := slices.IndexFunc(v.orders, func(h *held) bool { return h.order.ID == u.ID }); k >= 0 {
		h := v.orders[k]
		if u.State == market.Rejected && h.update.State == market.Pending {
			h.update = u
			return // the answer says so, and the order never was
		}
		client, side, h.update = h.client, h.order.Side, u
		if u.State == market.Accepted && u.Reason == "" && h.made == 0 {
			h.made = u.Time
		}
	}
	if u.Fill != nil {
		f := *u.Fill
		u.Fill = &f
		v.fills = append(v.fills, exchange.Fill{Fill: f, ID: u.ID, Client: client, Symbol: u.Symbol, Side: side})
	}
	v.tell(exchange.AccountEvent{Update: &u, Client: client})
}

func (v *Venue) tell(e exchange.AccountEvent) {
	v.log = append(v.log, told{e, v.now})
	v.wake()
}

// wake lets streams look again.
func (v *Venue) wake() {
	close(v.changed)
	v.changed = make(chan struct{})
}

// Deposit adds to the account's balance of a quote asset, or takes from it.
func (v *Venue) Deposit(asset string, amount decimal.Decimal) {
	v.mu.Lock()
	defer v.mu.Unlock()
	flow := &market.Flow{Asset: asset, Amount: amount}
	v.tape.put(market.Event{Time: v.now, Kind: market.KindAccount, Flow: flow})
	v.pump()
	v.tell(exchange.AccountEvent{Flow: flow})
}

// Relist gives an instrument the filters of another one.
func (v *Venue) Relist(to market.Instrument) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	i, err := v.listed(to.Symbol)
	if err != nil {
		return err
	}
	v.listings[i].Instrument.Relist(&to)
	v.tape.put(market.Event{Time: v.now, Kind: market.KindListing, Instrument: i, Listing: &to})
	v.pump()
	return nil
}

// Cut ends all streams; Mend lets them connect again.
func (v *Venue) Cut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.link.down = true
	v.link.cuts++
	v.wake()
}

// Mend lets streams that were cut connect again.
func (v *Venue) Mend() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.link.down, v.link.resumed = false, len(v.log)
	v.wake()
}

// expire cancels the orders of instruments whose count-down ends before a time.
func (v *Venue) expire(before market.Time) {
	for i := range v.listings {
		id := market.InstrumentID(i)
		if end, ok := v.deadmen[id]; !ok || end > before {
			continue
		}
		delete(v.deadmen, id)
		for _, h := range v.orders {
			if h.order.Instrument == id && !h.update.State.Final() {
				v.sim.Cancel(v.now, h.order.ID)
			}
		}
		v.pump()
	}
}

// keepAlive starts an instrument's count-down anew, or ends it.
func (v *Venue) keepAlive(symbol string, within time.Duration) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	i, err := v.listed(symbol)
	if err != nil {
		return err
	}
	if delete(v.deadmen, i); within > 0 {
		v.deadmen[i] = v.now + market.Time(within)
	}
	return nil
}

// listed finds an instrument.
func (v *Venue) listed(symbol string) (market.InstrumentID, error) {
	for i := range v.listings {
		if v.listings[i].Instrument.Symbol == symbol {
			return market.InstrumentID(i), nil
		}
	}
	return 0, &exchange.Fault{Kind: exchange.ErrRejected, What: symbol, Err: errors.New("the venue does not list it")}
}
