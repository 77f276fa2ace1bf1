package sim

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/slab"
	"github.com/signalman-trading/signalman/market"
)

// Path chooses the way that the price is assumed to take inside a bar (semantics X7).
type Path int8

// The paths.
const (
	Pessimistic Path = iota // of the two ways, the one that leaves lower equity at the close
	Optimistic              // the one that leaves higher equity
	OHLC                    // to the nearer extreme first; tie: the low
)

// ParsePath reads "pessimistic", "optimistic" or "ohlc".
func ParsePath(s string) (Path, error) {
	for p, name := range pathNames {
		if s == name {
			return Path(p), nil
		}
	}
	return 0, fmt.Errorf("path %q is not one of pessimistic, optimistic, ohlc", s)
}

var pathNames = [...]string{"pessimistic", "optimistic", "ohlc"}

// String returns the path's name.
func (p Path) String() string { return pathNames[p] }

// Options say how the venue treats orders. The zero value fills every order whole,
// without slippage or delay; see DefaultOptions.
type Options struct {
	Latency       market.Time     // from decision to arrival
	Jitter        market.Time     // at most this much is added to Latency, drawn per order (X12)
	MaxWait       market.Time     // an order that first takes part later than this after arrival expires; 0 is off
	SlippageBps   decimal.Decimal // by which market and stop fills are worse than the bar's price; this and the next four add up
	SpreadBps     decimal.Decimal // of which half counts
	ImpactBps     decimal.Decimal // times √(fill ÷ the bar's volume)
	Volatility    decimal.Decimal // times the average (high − low) ÷ close of the 20 bars before
	RandomBps     decimal.Decimal // at most this much, drawn per fill (X12)
	Participation decimal.Decimal // share of a bar's volume that fills may take; 1 or 0 turn the cap off
	OverflowBps   decimal.Decimal // by which the part of a closing fill over the cap is worse
	Path          Path
	Touch         bool            // a resting limit fills when the price touches it
	Bounded       bool            // resting limit orders of spot get no more of a bar, all together, than its volume, and who takes meets no cap; for bars that are trades
	Queue         decimal.Decimal // volume ahead of a limit order that arrives, as a multiple of the last bar's; once it has traded, a touch fills. 0 is off
	Seed          uint64
}

// DefaultOptions are those of the semantics: a tenth of the volume, 50 bps worse over
// it, the pessimistic path.
func DefaultOptions() Options {
	return Options{Participation: decimal.New(1, -1), OverflowBps: decimal.New(50, 0)}
}

// Validate reports the first option that makes no sense.
func (o *Options) Validate() error {
	limit := decimal.New(10_000, 0)
	switch {
	case o.Latency < 0 || o.Jitter < 0 || o.MaxWait < 0:
		return fmt.Errorf("latency, jitter and max_wait must not be negative")
	case o.Queue.IsNegative() || o.Queue.GreaterThan(decimal.New(1_000_000, 0)):
		return fmt.Errorf("queue %s is not between 0 and 1000000", o.Queue)
	case o.Queue.IsPositive() && o.Touch:
		return fmt.Errorf("touch fills at once what queue lets wait: set one of them")
	case o.Volatility.IsNegative() || o.Volatility.GreaterThan(decimal.New(100, 0)):
		return fmt.Errorf("volatility %s is not between 0 and 100", o.Volatility)
	case o.Participation.IsNegative() || o.Participation.GreaterThan(decimal.New(1, 0)):
		return fmt.Errorf("participation %s is not between 0 and 1", o.Participation)
	}
	for _, bps := range [...]struct {
		name string
		decimal.Decimal
	}{{"slippage", o.SlippageBps}, {"spread", o.SpreadBps}, {"impact", o.ImpactBps}, {"random", o.RandomBps}, {"overflow", o.OverflowBps}} {
		if bps.IsNegative() || bps.GreaterThanOrEqual(limit) {
			return fmt.Errorf("%s of %s bps is not between 0 and 10000", bps.name, bps.Decimal)
		}
	}
	return nil
}

// capped reports whether the participation cap is on.
func (o *Options) capped() bool {
	return o.Participation.IsPositive() && o.Participation.LessThan(decimal.New(1, 0))
}

// Venue is the simulated exchange with one account. It is the router of an engine;
// its methods never block.
type Venue struct {
	opts       Options
	share      float64 // Participation
	slippage   slippage
	volume     volume
	discount   *discount
	books      []*book     // by instrument
	perpetuals []*book     // of them, those of perpetual futures
	orders     []orderBook // of each strategy
	spare      []*working  // of orders that ended, to be used again
	families   []*family   // of linked orders that have not all ended
	tape       tape        // the bar at hand
	acting     []*working  // that it may concern
	walk       *walk       // along it
	fills      slab.Slab[market.Fill]
	pending    []action // by due time, then arrival
	arrived    uint64
	trades     uint64
	purses     map[string]*purse // by asset
	out        []update
	events     []market.Event
	notes      Notes
}

// Notes count what a report should mention.
type Notes struct {
	Waited     int // fills that waited more than one interval for a bar
	Overflow   int // closing fills of which a part was over the participation cap
	Funded     int // fundings of perpetuals
	Liquidated int // positions
	Unmarked   int // perpetuals without mark prices, whose execution prices stand in
	NoVolume   int // instruments whose series has no volume, so that the cap and the impact are off
}

// New makes a venue that lists instruments, indexed by their ids, for an account with a
// balance of each asset: what pays and what is traded on spot, and the margin of perpetuals.
func New(instruments []market.Instrument, cash map[string]decimal.Decimal, o Options) *Venue {
	v := &Venue{opts: o, share: market.Float(o.Participation), slippage: o.slippage(), purses: map[string]*purse{}}
	v.books = make([]*book, len(instruments))
	for i := range instruments {
		v.books[i] = &book{instrument: instruments[i], base: new(purse), quote: v.purse(instruments[i].Quote, cash), capped: v.opts.capped()}
		if !instruments[i].Perpetual() {
			v.books[i].base = v.purse(instruments[i].Base, cash)
		}
		if len(instruments[i].Fees.Tiers) > 0 {
			v.books[i].volume = &v.volume
		}
		v.books[i].rises.rising, v.books[i].buys.buys = true, true
		if instruments[i].Perpetual() {
			v.perpetuals = append(v.perpetuals, v.books[i])
		}
	}
	for _, b := range v.perpetuals {
		for _, p := range v.perpetuals {
			if p.quote == b.quote {
				b.peers = append(b.peers, p)
			}
		}
	}
	v.notes.Unmarked = len(v.perpetuals)
	return v
}

// purse returns the balance of an asset, which begins with what there is in cash.
func (v *Venue) purse(asset string, cash map[string]decimal.Decimal) *purse {
	if v.purses[asset] == nil {
		v.purses[asset] = &purse{total: market.SumOf(cash[asset])}
	}
	return v.purses[asset]
}

// Mark names the series of mark prices of a perpetual, whose bars are as long as those
// that fill its orders: it decides on liquidations in their place (semantics M6).
func (v *Venue) Mark(i market.InstrumentID, c *market.Columns) {
	if v.books[i].marks == nil {
		v.notes.Unmarked--
	}
	v.books[i].marks = c
}

// Watch names the execution series of an instrument.
func (v *Venue) Watch(i market.InstrumentID, d market.Interval) { v.books[i].interval = d }

// WithoutVolume says that an instrument's series has no volume, which turns the
// participation cap and the impact of fills off for it (semantics X4, X9).
func (v *Venue) WithoutVolume(i market.InstrumentID) {
	b := v.books[i]
	if b.capped || v.slippage.impact > 0 {
		v.notes.NoVolume++
	}
	b.capped, b.blind = false, true
}

// Execution returns the interval of the series that fills an instrument's orders.
func (v *Venue) Execution(i market.InstrumentID) market.Interval { return v.books[i].interval }

// Notes returns what a report should mention.
func (v *Venue) Notes() Notes { return v.notes }

// Balance returns what the account holds of an asset, locked amounts included. Of the base of
// a perpetual it is the position, and of its quote the cash as if fills had been paid in full.
func (v *Venue) Balance(asset string) decimal.Decimal {
	var total market.Sum
	if p := v.purses[asset]; p != nil {
		total = p.total
	}
	for _, b := range v.perpetuals {
		if b.instrument.Base == asset {
			total = total.Plus(b.base.total)
		}
	}
	if d := v.discount; d != nil && d.Asset == asset && !d.shared {
		total = total.Plus(d.purse.total)
	}
	return total.Decimal()
}

// Locked returns what of an asset working orders lock: of a spot pair what they would give,
// of perpetuals the margin of what they would open. It is a part of Balance.
func (v *Venue) Locked(asset string) decimal.Decimal {
	if p := v.purses[asset]; p != nil {
		return p.locked
	}
	return decimal.Zero
}

// Submit takes an order that was decided at now.
func (v *Venue) Submit(now market.Time, o market.Order) {
	v.arrived++
	w := v.admit(&o)
	v.schedule(action{due: now + v.delay(w), arrival: v.arrived, kind: actSubmit, order: w})
	if o.TIF == market.GTD {
		v.schedule(action{due: max(o.Expire, now+v.delay(w)), arrival: v.arrived, kind: actExpire, order: w})
	}
}

// orderBook finds a strategy's orders by their sequence; those that ended are nil, or
// before the first.
type orderBook struct {
	strategy string
	before   uint32 // how many of the first orders have all ended
	orders   []*working
}

// trim takes the orders that ended off the front, and keeps the room.
func (of *orderBook) trim() {
	ended := 0
	for ended < len(of.orders) && of.orders[ended] == nil {
		ended++
	}
	n := copy(of.orders, of.orders[ended:])
	clear(of.orders[n:])
	of.orders, of.before = of.orders[:n], of.before+uint32(ended)
}

// at returns where an order stands in orders.
func (of *orderBook) at(id market.OrderID) int { return int(id.Sequence) - int(of.before) - 1 }

// admit makes the venue's side of an order.
func (v *Venue) admit(o *market.Order) *working {
	var w *working
	if n := len(v.spare); n > 0 {
		w, v.spare = v.spare[n-1], v.spare[:n-1]
	} else {
		w = new(working)
	}
	*w = working{order: *o, arrival: v.arrived, remaining: o.Quantity}
	if o.Type != market.Market {
		w.limit, w.stop = market.Float(o.Price), market.Float(o.Stop)
	}
	if o.Type == market.TrailingStop {
		w.stop = market.Float(o.Trail.Activate)
	}
	v.join(w)
	of := v.ordersOf(o.ID.Strategy)
	for of.at(o.ID) < 0 { // submitted after a later one that has ended
		of.orders, of.before = slices.Insert(of.orders, 0, nil), of.before-1
	}
	for len(of.orders) <= of.at(o.ID) {
		of.orders = append(of.orders, nil)
	}
	of.orders[of.at(o.ID)] = w
	return w
}

func (v *Venue) ordersOf(strategy string) *orderBook {
	for i := range v.orders {
		if v.orders[i].strategy == strategy {
			return &v.orders[i]
		}
	}
	v.orders = append(v.orders, orderBook{strategy: strategy})
	return &v.orders[len(v.orders)-1]
}

// find returns an order that has not ended, or nil.
func (v *Venue) find(id market.OrderID) *working {
	of := v.ordersOf(id.Strategy)
	if k := of.at(id); k >= 0 && k < len(of.orders) {
		return of.orders[k]
	}
	return nil
}

// forget lets an order go that ended. Its memory is used again, unless a request that
// came too late still points to it.
func (v *Venue) forget(id market.OrderID) {
	of := v.ordersOf(id.Strategy)
	k := of.at(id)
	w := of.orders[k]
	of.orders[k] = nil
	if k == 0 {
		of.trim()
	}
	if len(v.pending) == 0 && w.family == nil {
		v.spare = append(v.spare, w)
	}
}

// Cancel asks for the end of an order.
func (v *Venue) Cancel(now market.Time, id market.OrderID) {
	if w := v.find(id); w != nil {
		v.arrived++
		v.schedule(action{due: now + v.delay(w), arrival: v.arrived, kind: actCancel, order: w})
	}
}

// Amend asks for another quantity and price of a resting limit order.
func (v *Venue) Amend(now market.Time, o market.Order) {
	if w := v.find(o.ID); w != nil {
		v.arrived++
		v.schedule(action{due: now + v.delay(w), arrival: v.arrived, kind: actAmend, order: w, amended: &o})
	}
}

// delay returns the latency of an order: fixed, plus its own draw (X12). Linked orders
// are one request, and share the draw of the first.
func (v *Venue) delay(w *working) market.Time {
	if v.opts.Jitter == 0 {
		return v.opts.Latency
	}
	id := w.order.ID
	if w.family != nil {
		id = w.family.key
	}
	return v.opts.Latency + market.Time(draw(v.opts.Seed, id, 0)*float64(v.opts.Jitter))
}
