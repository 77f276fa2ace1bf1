package venue

import (
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// A floor is what the public sees of a side: the pits of its instruments, and the market
// streams that somebody listens to. Venue.mu guards it.
type floor struct {
	side     *side
	pits     []*pit          // by instrument
	bySymbol map[string]*pit // in lower case, as streams write it
	fundings [][]market.Funding
	live     []*stream           // in the order in which they speak
	paces    map[market.Time]int // how many of them push how often
	due      market.Time         // when something happens next; 0: to be found
}

func newFloor(s *side, l *Listing) (*floor, error) {
	f := &floor{side: s, bySymbol: map[string]*pit{}, fundings: l.Fundings, paces: map[market.Time]int{}}
	for i, b := range s.books {
		var c *market.Columns
		if i < len(l.Bars) {
			c = l.Bars[i]
		}
		p, err := newPit(b, c, s.usdm, s.venue.o.Start, s.venue.o.Seed)
		if err != nil {
			return nil, err
		}
		f.pits = append(f.pits, p)
		f.bySymbol[strings.ToLower(b.Symbol)] = p
	}
	return f, nil
}

func (f *floor) usdm() bool { return f.side.usdm }

// market returns a side; nil where it is not served.
func (v *Venue) market(usdm bool) *side {
	if usdm {
		return v.usdm
	}
	return v.spot
}

// listen lets a new stream follow its instrument from now on.
func (f *floor) listen(s *stream) {
	s.channel = f.channel(s.name)
	if s.kind == noKind {
		return
	}
	now := f.side.venue.clock.now
	if s.pit != nil {
		s.pit.skip(now)
	}
	if s.kind == klines {
		s.row = s.series.closing(now)
	}
	if s.kind == klines && f.side.venue.o.Closed {
		s.every = 0
	}
	if s.loud() {
		s.pit.loud++
		s.seen = []ladder{s.pit.ladder()}
		s.told = s.seen[0].update
	}
	if s.every > 0 {
		f.paces[s.every]++
	}
	at, _ := slices.BinarySearchFunc(f.live, s, (*stream).order)
	f.live = slices.Insert(f.live, at, s)
	f.change()
}

// change says that something may happen earlier than was thought.
func (f *floor) change() {
	f.due = 0
	f.side.venue.wake()
}

// forget ends a stream that nobody listens to any more.
func (f *floor) forget(s *stream) {
	if s.kind == noKind {
		return
	}
	if s.loud() {
		s.pit.loud--
	}
	if s.every > 0 {
		if f.paces[s.every]--; f.paces[s.every] == 0 {
			delete(f.paces, s.every)
		}
	}
	f.live = slices.DeleteFunc(f.live, func(o *stream) bool { return o == s })
	f.due = 0
}

// next returns when something happens next that the public sees, or an order meets.
func (f *floor) next() market.Time {
	if f.due == 0 {
		f.due = f.find(f.side.venue.clock.now)
	}
	return f.due
}

// find looks for the next instant after a time: a bar that closes, a deal that is told or
// wanted, or the turn of streams that tell how things stand.
func (f *floor) find(now market.Time) market.Time {
	due := market.MaxTime
	for _, p := range f.pits {
		if p.loud > 0 || f.side.wants(p.book) {
			due = min(due, p.due())
		}
		c := p.tape.columns
		for p.ahead < c.Len() && c.Time(p.ahead) <= now {
			p.ahead++
		}
		if p.ahead < c.Len() && c.Interval != market.Trades {
			due = min(due, c.Time(p.ahead))
		}
	}
	for _, s := range f.live {
		if s.kind == klines && s.row < s.series.columns.Len() {
			due = min(due, s.series.closes(s.row))
		}
	}
	if due < market.MaxTime { // where nothing trades any more, there is nothing to tell
		for every := range f.paces {
			due = min(due, (now/every+1)*every)
		}
	}
	return due
}

// play lets an instant happen: bars close, then deals are told, then how things stand.
func (f *floor) play(now market.Time) {
	if now < f.next() {
		return
	}
	f.close(now)
	for _, p := range f.pits {
		if p.loud > 0 || f.side.wants(p.book) {
			p.reach(now, func(d *deal) { f.deal(p, d, now) })
		}
	}
	for _, s := range f.live {
		if s.every > 0 && now%s.every == 0 {
			f.push(s, now)
		}
	}
	f.due = 0
}

// close tells of the bars that close, each once.
func (f *floor) close(now market.Time) {
	for _, s := range f.live {
		if s.kind != klines {
			return // klines come first
		}
		for ; s.row < s.series.columns.Len() && s.series.closes(s.row) <= now; s.row++ {
			sum := s.pit.closed(s.series, s.row)
			f.side.venue.hub.tell(s, func(b []byte, as view) []byte {
				return s.pit.appendKline(b, as, s.series, s.series.columns.OpenTime[s.row], now, &sum, true)
			})
		}
	}
}

// deal tells of a deal, after the orders that it meets.
func (f *floor) deal(p *pit, d *deal, now market.Time) {
	f.side.deal(p, d)
	if p.loud == 0 {
		return
	}
	for _, s := range f.live {
		if s.pit == p && s.loud() {
			f.follow(s, d, now)
		}
	}
}

// follow lets a stream know of a deal.
func (f *floor) follow(s *stream, d *deal, now market.Time) {
	p := s.pit
	switch s.kind {
	case trades, aggTrades:
		if d.quantity > 0 {
			f.side.venue.hub.tell(s, func(b []byte, as view) []byte { return p.appendDeal(b, as, d, now, f.usdm(), s.kind) })
		}
	case bookTicker:
		f.side.venue.hub.tell(s, func(b []byte, as view) []byte { return p.appendBest(b, as, now, f.usdm()) })
	default:
		s.seen = append(s.seen, p.ladder())
	}
}

// push tells how things stand.
func (f *floor) push(s *stream, now market.Time) {
	v, p := f.side.venue, s.pit
	if p != nil {
		p.skip(now)
		if p.last.time == 0 {
			return
		}
	}
	switch s.kind {
	case klines:
		start, sum := p.forming(s.series, now)
		if start == now || sum.empty() { // the bar before has just closed, or nothing has traded
			return
		}
		v.hub.tell(s, func(b []byte, as view) []byte { return p.appendKline(b, as, s.series, start, now, &sum, false) })
	case bookChanges, bookLevels:
		f.pushBook(s, now)
	case averagePrice:
		v.hub.tell(s, func(b []byte, as view) []byte { return p.appendAverage(b, as, now) })
	default:
		v.hub.tell(s, func(b []byte, as view) []byte { return f.appendStanding(b, as, s, now) })
	}
}

// pushBook tells what changed in the book, if anything did.
func (f *floor) pushBook(s *stream, now market.Time) {
	is := s.seen[len(s.seen)-1]
	if is.update == s.told {
		return
	}
	f.side.venue.hub.tell(s, func(b []byte, as view) []byte { return s.appendBook(b, as, now) })
	s.seen = append(s.seen[:0], is)
	s.told = is.update
}

// appendStanding writes what a stream of one instrument, or of all, tells of each.
func (f *floor) appendStanding(b []byte, as view, s *stream, now market.Time) []byte {
	if s.pit != nil {
		return f.appendOne(b, as, s.kind, s.pit, now)
	}
	b = append(b, '[')
	first := true
	for _, p := range f.pits {
		if p.skip(now); p.last.time == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		b, first = f.appendOne(b, as, s.kind, p, now), false
	}
	return append(b, ']')
}

func (f *floor) appendOne(b []byte, as view, k kind, p *pit, now market.Time) []byte {
	switch k {
	case miniTicker:
		return p.appendMini(b, as, now)
	case fullTicker:
		return p.appendTicker(b, as, now, f.usdm())
	}
	return f.appendMark(b, as, p, now)
}

// mark returns what is known of the funding of a perpetual: the last rate, and when the
// next is due.
func (f *floor) funding(p *pit, now market.Time) (last market.Funding, next market.Time) {
	if int(p.book.ID) >= len(f.fundings) {
		return last, 0
	}
	for _, x := range f.fundings[p.book.ID] {
		if x.Time > now {
			return last, x.Time
		}
		last = x
	}
	return last, 0
}
