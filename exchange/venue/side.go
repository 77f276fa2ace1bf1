package venue

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// side is one market of the venue: its instruments, the tape that moves them, and the
// simulator that holds the orders and the account. Venue.mu guards it.
//
// What happens goes one way: the tape's instants and the requests go to the simulator; what
// it says comes back through apply, which changes orders and trades and lets the voice tell
// user streams; then the floor lets market streams tell of the instant.
type side struct {
	venue    *Venue
	usdm     bool
	books    []*book // by instrument
	bySymbol map[string]*book
	player   *player // player.go: bars and fundings of the instruments
	floor    *floor  // floor.go: what the public sees, and with ByTrade the deals
	sim      *sim.Venue
	feed     *sim.Feed
	inbox    inbox       // the feed's source
	at       market.Time // how far the simulator has come
	voice    voice
	futures  *futures // futures.go; of USD-M

	orders     []*order          // all that ever were, oldest first: ID n is at n-1
	clients    map[string]*order // the newest of each client id
	trades     []*trade          // of the account, oldest first
	lists      []*list           // of orders, oldest first
	told       []execution       // what the simulator said, and nobody was told yet
	executions int64
	listed     int64                      // lists so far
	known      []string                   // assets of the account, by name
	idle       map[string]decimal.Decimal // balances of assets that no instrument has
	shown      map[string]assetBalance    // what user streams were told last
	changed    market.Time                // when they were
	burn       market.FeeDiscount         // of fees paid in another asset
	priced     *book                      // whose last price values it; nil without one
	minted     int64                      // client ids of its own
	past       []moneyAt                  // faultlag.go
}

// book is an instrument on a side.
type book struct {
	market.Instrument
	halted bool       // it does not trade: by hand
	open   []*order   // that work
	orders []*order   // all that were taken, oldest first
	trades []*trade   // of the account
	last   market.Bar // the last bar or, with ByTrade, trade; its OpenTime is 0 before the first
	scale  int32      // decimals of last
	flats  [2]*market.Columns
	flat   int
}

// voice tells user streams what becomes of orders and of the account, in the words of a
// market: spotVoice and futures.
type voice interface {
	// order tells one execution: what happened to the order, which stands as it is after it.
	order(s *side, o *order, e *execution)
	// account tells that balances may have changed, of these assets.
	account(s *side, at market.Time, assets ...string)
}

// inbox hands the simulator what was put into it.
type inbox struct{ events []market.Event }

// Next returns the events, once.
func (b *inbox) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	if len(b.events) == 0 || b.events[0].Time > limit {
		return nil, nil
	}
	events := b.events
	b.events = nil
	return events, nil
}

// strategy is the simulator's name of whoever sends orders.
const strategy = "venue"

func newSide(v *Venue, l *Listing, usdm bool) (*side, error) {
	if l == nil {
		return nil, nil
	}
	s := &side{venue: v, usdm: usdm, bySymbol: map[string]*book{}, clients: map[string]*order{}, at: v.o.Start}
	instruments := make([]market.Instrument, len(l.Instruments))
	for i := range l.Instruments {
		in := &instruments[i]
		*in = l.Instruments[i]
		in.ID = market.InstrumentID(i)
		if err := in.Validate(); err != nil {
			return nil, err
		}
		if in.Perpetual() != usdm || s.bySymbol[in.Symbol] != nil {
			return nil, fmt.Errorf("instrument %s is listed twice, or on the wrong market", in.Symbol)
		}
		b := &book{Instrument: *in}
		s.books, s.bySymbol[in.Symbol] = append(s.books, b), b
	}
	s.sim = sim.New(instruments, l.Balances, v.simOptions())
	s.open(l)
	if err := s.burns(l.Discount); err != nil {
		return nil, err
	}
	s.feed = sim.NewFeed(s.sim, &s.inbox)
	s.player = newPlayer(s, l)
	var err error
	if s.floor, err = newFloor(s, l); err != nil {
		return nil, err
	}
	for i := range s.books {
		s.watch(market.InstrumentID(i), l)
	}
	s.voice = spotVoice{}
	if usdm {
		s.futures = newFutures(s, l)
		s.voice = s.futures
	}
	return s, nil
}

// watch tells the simulator what fills the orders of an instrument. A series that has no
// volume bounds nobody, as in a backtest.
func (s *side) watch(i market.InstrumentID, l *Listing) {
	s.sim.Watch(i, market.Trades)
	if int(i) >= len(l.Bars) || l.Bars[i] == nil {
		return
	}
	c, byBar := l.Bars[i], s.venue.o.Fills == ByBar
	if byBar {
		s.sim.Watch(i, c.Interval)
	}
	if byBar && c.Interval == market.Trades || !slices.ContainsFunc(c.Volume, func(v float64) bool { return v > 0 }) {
		s.sim.WithoutVolume(i)
	}
}

// open takes over what the account begins with.
func (s *side) open(l *Listing) {
	s.known, s.idle, s.shown = allAssets(s.books, l.Balances), map[string]decimal.Decimal{}, map[string]assetBalance{}
	for _, a := range s.known {
		if !s.made(a) {
			s.idle[a] = l.Balances[a]
		}
		free, locked := s.balance(a)
		s.shown[a] = assetBalance{a, fixed(free, 8), fixed(locked, 8)}
	}
}

// made reports whether an instrument is made of an asset.
func (s *side) made(asset string) bool {
	for _, b := range s.books {
		if b.Quote == asset || b.Base == asset && !b.Perpetual() {
			return true
		}
	}
	return false
}

// burns lets fees be paid in another asset.
func (s *side) burns(d market.FeeDiscount) error {
	if !d.On() {
		return nil
	}
	list := make([]market.Instrument, len(s.books))
	for i, b := range s.books {
		list[i] = b.Instrument
	}
	by, err := d.Instrument(list)
	if err == nil {
		s.burn, s.priced = d, s.books[by]
		s.sim.BurnFees(d, by)
	}
	return err
}

// simOptions returns the options of the simulator. An order that is matched at once knows
// no latency, nor a path inside a bar.
func (v *Venue) simOptions() sim.Options {
	o := v.o.Sim
	if v.o.Fills == ByTrade {
		o.Latency, o.Jitter, o.MaxWait, o.Path, o.Bounded = 0, 0, 0, sim.OHLC, true
	}
	return o
}

// due returns when the market moves next.
func (s *side) due() market.Time { return min(s.player.due(), s.floor.next()) }

// play lets the market's next instant happen, which is at or before now: what it does to
// orders before what the public hears of it.
func (s *side) play(now market.Time) {
	if s.player.due() <= now {
		s.bars(s.player.next())
	}
	s.floor.play(now)
}

// bars lets fundings, and bars that close, happen at one time.
func (s *side) bars(in instant) {
	if len(in.events) > 0 {
		for i := range in.events {
			in.events[i].Time = max(in.events[i].Time, s.at) // a price may have been looked at since
		}
		for i := range in.events {
			if e := &in.events[i]; e.Kind == market.KindBar {
				s.books[e.Instrument].last, s.books[e.Instrument].scale = e.Bar(), e.Bars.PriceScale
			}
		}
		s.hand(in.events)
	}
	s.tell()
}

// hand gives the simulator the events of an instant.
func (s *side) hand(events []market.Event) {
	s.inbox.events = events
	s.drain(events[0].Time)
}

// drain lets the simulator act up to a time, and notes what it says.
func (s *side) drain(at market.Time) {
	s.at = max(s.at, at)
	for {
		events, err := s.feed.Next(context.Background(), at)
		if err != nil || len(events) == 0 {
			return
		}
		for i := range events {
			if u := events[i].Update; u != nil {
				s.note(events[i].Instrument, *u)
			} else if f := events[i].Funding; f != nil {
				s.told = append(s.told, execution{book: s.books[events[i].Instrument], funding: f})
			}
		}
	}
}

// wants reports whether deals of an instrument matter to the account: else the floor passes
// over them.
func (s *side) wants(b *book) bool {
	return s.venue.o.Fills == ByTrade && (len(b.open) > 0 || s.usdm && (s.futures.waitsOn(b) || !s.futures.positions[b.ID].quantity.IsZero()))
}

// deal gives the simulator a deal of the tape.
func (s *side) deal(p *pit, d *deal) {
	if s.wants(p.book) {
		if s.priced != nil {
			s.follow(s.priced)
		}
		s.see(p)
		s.flat(p.book, float64(d.quantity)/p.tape.volumePow)
		s.tell()
	}
}

// see notes the last deal of a pit as the last price.
func (s *side) see(p *pit) {
	price := float64(p.last.price) / p.tape.pricePow
	p.book.last = market.Bar{OpenTime: p.last.time, Open: price, High: price, Low: price, Close: price, Volume: float64(p.last.quantity) / p.tape.volumePow}
	p.book.scale = p.tape.scale.price
}

// refresh brings the last price of an instrument up to now, for whoever looks at it, and
// for an order that may come.
func (s *side) refresh(b *book) {
	if s.venue.o.Fills == ByTrade {
		s.follow(b)
		s.floor.change()
	}
}

// follow brings an instrument whose deals are passed over up to now.
func (s *side) follow(b *book) {
	if s.wants(b) {
		return
	}
	p := s.floor.pits[b.ID]
	if p.skip(s.venue.clock.now); p.last.time > 0 && p.last.time != b.last.OpenTime {
		s.see(p)
		s.flat(b, 0)
	}
}

// present gives the simulator the present price once more, for orders that have just come.
func (s *side) present(b *book) { s.flat(b, depth) }

// depth is how much base the last price is good for.
const depth = 1e12

// flat gives the simulator the last price as a bar without length, whose time is a
// nanosecond after all that it has seen.
func (s *side) flat(b *book, volume float64) {
	b.flat = 1 - b.flat // the simulator looks at the one before
	at, price := max(s.at, s.venue.clock.now), b.last.Close
	c := &b.flats[b.flat]
	if *c == nil {
		*c = &market.Columns{Interval: market.Trades, OpenTime: []market.Time{0}, Open: []float64{0}, High: []float64{0}, Low: []float64{0}, Close: []float64{0}, Volume: []float64{0}, VolumeScale: market.FreeScale}
	}
	(*c).OpenTime[0], (*c).PriceScale, (*c).Volume[0] = at, b.scale, volume
	(*c).Open[0], (*c).High[0], (*c).Low[0], (*c).Close[0] = price, price, price, price
	s.hand([]market.Event{{Time: at + 1, Kind: market.KindBar, Instrument: b.ID, Interval: market.Trades, Bars: *c}})
}
