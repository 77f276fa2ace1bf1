package venue

import (
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// A pit is the market of one instrument as it unfolds: how far its tape has come, and the
// bars, the book and the statistics that follow from that.
type pit struct {
	book *book
	tape *tape
	texts
	row, next int    // the deal that comes next
	now       candle // of the bar of row, so far
	last      deal   // the last one; its time is 0 before the first
	ahead     int    // the row that closes next
	loud      int    // streams that want every deal
	series    map[string]*series
	day       day
	level     int64 // a usual quantity of a level of the book
}

// series are the bars of a period.
type series struct {
	period
	columns *market.Columns // whole bars, by market.Resample; nil where the tape is too coarse
	part    struct {        // of the last bar that was asked for while it formed
		start market.Time
		row   int // how far the tape is counted in
		sum   candle
	}
	kept map[int]candle // of closed rows that many bars of the tape are in
}

func newPit(b *book, c *market.Columns, usdm bool, now market.Time, seed uint64) (*pit, error) {
	if c == nil {
		c = market.MakeColumns(market.Minute, 0)
	}
	t, err := newTape(&b.Instrument, c, seed)
	if err != nil {
		return nil, err
	}
	p := &pit{book: b, tape: t, texts: newTexts(t.scale, usdm), series: map[string]*series{}}
	p.skip(now)
	p.level = max(1, t.usual())
	return p, nil
}

// closing returns the first row that closes after a time.
func closing(c *market.Columns, t market.Time) int {
	row := c.Search(t)
	for row > 0 && c.Time(row-1) > t {
		row--
	}
	return row
}

// skip moves on to a time without looking at each deal on the way.
func (p *pit) skip(now market.Time) {
	c := p.tape.columns
	if row := closing(c, now); row > p.row || p.last.time == 0 {
		p.row, p.next, p.now = row, 0, candle{}
		if row > 0 {
			deals := p.tape.of(row - 1)
			p.last = deals[len(deals)-1]
		}
	}
	p.reach(now, nil)
}

// reach moves on to a time, and hands out the deals up to it.
func (p *pit) reach(now market.Time, each func(*deal)) {
	c := p.tape.columns
	for p.row < c.Len() && c.OpenTime[p.row] <= now {
		for d := p.coming(); d != nil && d.time <= now; d = p.coming() {
			p.last = *d
			p.now.add(&p.last, &p.texts)
			p.next++
			if each != nil {
				each(&p.last)
			}
		}
		if c.Time(p.row) > now {
			return
		}
		p.row, p.next, p.now = p.row+1, 0, candle{}
	}
}

// coming returns the next deal of the bar at hand.
func (p *pit) coming() *deal {
	if deals := p.tape.of(p.row); p.next < len(deals) {
		return &deals[p.next]
	}
	return nil
}

// due returns when the next deal is.
func (p *pit) due() market.Time {
	c := p.tape.columns
	if p.row >= c.Len() {
		return market.MaxTime
	}
	if d := p.coming(); d != nil {
		return d.time
	}
	if p.row+1 < c.Len() {
		return c.OpenTime[p.row+1]
	}
	return market.MaxTime
}

// update is the id of the last change of the book.
func (p *pit) update() int64 { return int64(p.row)<<6 + int64(p.next) + 1 }

// of returns the bars of a period.
func (p *pit) of(q period) *series {
	s := p.series[q.name]
	if s == nil {
		s = &series{period: q, columns: q.resample(p.tape.columns), kept: map[int]candle{}}
		p.series[q.name] = s
	}
	return s
}

// end returns when a row closes.
func (s *series) closes(row int) market.Time { return s.end(s.columns.OpenTime[row]) }

// closing returns the first row that closes after a time.
func (s *series) closing(t market.Time) int {
	row := s.columns.Search(t)
	for row > 0 && s.closes(row-1) > t {
		row--
	}
	return row
}

// count returns what traded in rows of the tape.
func (p *pit) count(from, to int) (sum candle) {
	for row := from; row < to; row++ {
		p.countRow(row, &sum)
	}
	return sum
}

func (p *pit) countRow(row int, sum *candle) {
	var one candle
	deals := p.tape.of(row)
	for i := range deals {
		one.add(&deals[i], &p.texts)
	}
	sum.join(&one, &p.texts)
}

// forming returns the bar of a period that a time is in, which is where the pit has come
// to. Deals that the tape will bring later are not in it.
func (p *pit) forming(s *series, now market.Time) (start market.Time, sum candle) {
	start = s.floor(now)
	sum = p.upTo(s, start, p.row)
	c := p.tape.columns
	if p.row < c.Len() && c.OpenTime[p.row] >= start {
		sum.join(&p.now, &p.texts)
	}
	return start, sum
}

// upTo returns what traded from the start of a bar up to a row of the tape. Who asks again
// and again while a bar forms pays for what is new.
func (p *pit) upTo(s *series, start market.Time, row int) candle {
	part := &s.part
	if part.start != start || part.row > row {
		part.start, part.sum = start, candle{}
		part.row = p.tape.columns.Search(start)
	}
	for ; part.row < row; part.row++ {
		p.countRow(part.row, &part.sum)
	}
	return part.sum
}

// closed returns the candle of a whole bar, which ends where the simulator's would: its
// prices are those of market.Resample.
func (p *pit) closed(s *series, row int) candle {
	c := p.tape.columns
	start := s.columns.OpenTime[row]
	lo, hi := c.Search(start), c.Search(s.closes(row))
	sum, ok := s.kept[row]
	switch {
	case ok:
	case s.part.start == start:
		sum = p.upTo(s, start, hi)
	default:
		if sum = p.count(lo, hi); hi-lo >= 8 {
			s.kept[row] = sum
		}
	}
	b := s.columns.Bar(row)
	sum.open, sum.high, sum.low, sum.close = p.tape.ticks(b.Open), p.tape.ticks(b.High), p.tape.ticks(b.Low), p.tape.ticks(b.Close)
	return sum
}

// day is the sum over the rows of the last 24 hours.
type day struct {
	from, to int
	sum      candle // its prices and ids are not kept
}

// rolling returns the statistics of the 24 hours before a time, in whole bars of the tape.
func (p *pit) rolling(now market.Time) candle {
	c := p.tape.columns
	from := c.Search(now - market.Day + 1)
	if p.day.to > p.row || p.day.to < from {
		p.day = day{from: from, to: from}
	}
	for ; p.day.to < p.row; p.day.to++ {
		p.countRow(p.day.to, &p.day.sum)
	}
	for ; p.day.from < from; p.day.from++ {
		old := p.count(p.day.from, p.day.from+1)
		p.day.sum.volume.sub(old.volume, p.oneQuantity)
		p.day.sum.quote.sub(old.quote, p.oneQuote)
		p.day.sum.count -= old.count
	}
	sum := p.day.sum
	sum.open, sum.high, sum.low, sum.close, sum.first, sum.last = 0, 0, 0, 0, 0, 0
	if from < p.row {
		sum.open, sum.close = p.tape.ticks(c.Open[from]), p.tape.ticks(c.Close[p.row-1])
		sum.high, sum.low = p.tape.ticks(slices.Max(c.High[from:p.row])), p.tape.ticks(slices.Min(c.Low[from:p.row]))
		sum.first, sum.last = p.tape.first[from], p.tape.first[p.row]-1
	}
	sum.join(&p.now, &p.texts)
	return sum
}

// average returns what was paid for a whole one in the five minutes before a time, in units
// of the price: the last price where nothing traded.
func (p *pit) average(now market.Time) int64 {
	var sum candle
	c, from := p.tape.columns, now-5*market.Time(market.Minute)
	for row := closing(c, from); row < c.Len() && c.OpenTime[row] <= now; row++ {
		deals := p.tape.of(row)
		for i := range deals {
			if d := &deals[i]; d.time > from && d.time <= now {
				sum.add(d, &p.texts)
			}
		}
	}
	return p.mean(&sum)
}

// mean returns the average price of what traded, in units.
func (p *pit) mean(sum *candle) int64 {
	if sum.volume.zero() {
		return p.last.price
	}
	return int64(sum.quote.float(p.oneQuote) / sum.volume.float(p.oneQuantity) * p.tape.pricePow)
}

// usual returns a quantity that is typical of a level of the book: a twentieth of what a
// bar trades.
func (t *tape) usual() int64 {
	n := min(t.columns.Len(), 100)
	sum := int64(0)
	for row := range n {
		sum += t.units(row) / int64(n)
	}
	return sum / 20
}
