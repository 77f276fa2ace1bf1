package barfile

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

const tradeHint = "a row is agg_trade_id,price,quantity,first_trade_id,last_trade_id,time_ms, as in Binance's aggTrades"

// tradeTable is what a row of trades holds, without a header as Binance's aggTrades do.
var tradeTable = tableKind{
	columns: []tableColumn{
		{name: "id", headings: strings.Fields("agg_trade_id trade_id id"), optional: true},
		{name: "price", headings: strings.Fields("price p")},
		{name: "quantity", headings: strings.Fields("quantity qty amount size q")},
		{name: "time", headings: append([]string{"time_ms", "transact_time"}, timeHeadings...)},
	},
	bare: func(n int) []int {
		if n < 6 || n > 8 {
			return nil
		}
		return []int{0, 1, 2, 5}
	},
	expect: "6 to 8",
	hint:   tradeHint,
}

// ReadTrades reads recorded trades, compressed or not, to the end of r, as a series of
// interval [market.Trades]: a flat bar for each trade, at its time cut to the millisecond
// and the nanosecond that its number says, modulo a million, or just after the trade above
// where there are no numbers. The interval of the options has no say. The
// gaps are where numbers of trades are missing. The rest is as [Read] does it.
func ReadTrades(r io.Reader, o Options) (*Result, error) {
	return collect(o, func(o Options, emit func(*market.Columns) error) (*Summary, error) { return ScanTrades(r, o, emit) })
}

// ReadTradesFile reads the trades of a file; see [ReadTrades].
func ReadTradesFile(path string, o Options) (*Result, error) {
	return collect(o, func(o Options, emit func(*market.Columns) error) (*Summary, error) {
		return ScanTradesFile(path, o, emit)
	})
}

// ScanTrades reads recorded trades as [ReadTrades] does and hands them on as [Scan] does.
func ScanTrades(r io.Reader, o Options, emit func(*market.Columns) error) (*Summary, error) {
	return scanTrades(fromReader(r, o.Name), o, emit)
}

// ScanTradesFile reads the trades of a file in chunks; see [ScanTrades].
func ScanTradesFile(path string, o Options, emit func(*market.Columns) error) (*Summary, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &Summary{Interval: market.Trades}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return scanTrades(s, o, emit)
}

func scanTrades(s source, o Options, emit func(*market.Columns) error) (*Summary, error) {
	o.Interval = market.Trades
	asked, err := tradeTable.parseAsked(o.Columns)
	if err != nil {
		return &Summary{Interval: o.Interval}, err
	}
	p := &tradeParser{chunker: newChunker(s.name, o, emit), table: table{kind: &tradeTable, asked: asked}}
	p.sign = 1
	in, f := s.metered(o.Progress).open()
	if f != nil {
		return p.sum(), p.at(0, f)
	}
	defer in.close()
	f = in.asLines(&p.rejects)
	if in.frame() != nil {
		f = faultf("write them as CSV", "recorded trades are not read from data frames")
	}
	if f != nil {
		return p.sum(), p.at(0, f)
	}
	p.guess = in.size / shortestTrade
	sum, err := p.finish(p.rest(p.parse(newBlocks(in))))
	if err == nil && sum.Rows == 0 {
		err = p.at(0, faultf(tradeHint, "there are no trades"))
	}
	return sum, err
}

const shortestTrade = int64(len("1,1,1,1,1,1609459200000\n"))

// A tradeParser turns the lines of one file into flat bars.
type tradeParser struct {
	chunker
	table table
	clock clock
	line  int // number of the line that is being read
	blank int // number of the first line of a run of blank ones, or 0

	top  trade // the last one that was added
	last trade // the one below it, which the next may show to be wrong
	wait trade // one that does not follow last
}

// A trade is a row. Line 0 is none.
type trade struct {
	bar  market.Bar // at the time that the row says
	id   uint64     // 0 where the file has no numbers
	line int
}

func (p *tradeParser) parse(in *blocks) error {
	damage, err := in.lines(&p.line, p.row)
	if damage != nil {
		return p.at(p.line+1, damage)
	}
	return err
}

// row reads a line without its '\n'. It returns the error that ends the reading.
func (p *tradeParser) row(line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		if p.blank == 0 {
			p.blank = p.line
		}
		return nil
	}
	if blank := p.blank; blank > 0 {
		p.blank = 0
		if err := p.add(blank, faultf("remove it", "the line is blank and more rows follow")); err != nil {
			return err
		}
	}
	p.mark()
	t, f := p.trade(line)
	p.forget() // a trade is learned when it is added
	switch {
	case f != nil:
		return p.reject(p.line, f)
	case t.line == 0:
		return nil
	}
	return p.take(t)
}

// trade reads a trade, or a header, which is none.
func (p *tradeParser) trade(line []byte) (t trade, f *fault) {
	fields, f := p.table.row(line)
	if f != nil || fields == nil {
		return t, f
	}
	var id uint64
	if p.numbered() {
		var err error
		if id, err = strconv.ParseUint(strings.TrimSpace(fields[0]), 10, 63); err != nil {
			return t, faultf(tradeHint, "agg_trade_id %s is not a whole number", quote(fields[0]))
		}
	}
	price, f := p.prices.field("price", fields[1])
	if f != nil {
		return t, f
	}
	quantity, f := p.volumes.field("quantity", fields[2])
	if f != nil {
		return t, f
	}
	at, clock, f := p.when(fields[3])
	if f != nil {
		return t, f
	}
	if p.numbered() || clock.unit.name != nanos.name { // which only exported trades are told apart by
		at = market.Millis(at.Millis()) // the time tells a trade from others, and sources differ in what is finer
	}
	b := market.Bar{OpenTime: at, Open: price, High: price, Low: price, Close: price, Volume: quantity}
	switch hint := "check the order of the columns: " + tradeHint; {
	case !(price >= market.MinPrice && price <= market.MaxPrice):
		return t, faultf(hint, "price %v is not from %g to %g", price, market.MinPrice, market.MaxPrice)
	case !possible(b):
		return t, faultf(hint, "quantity %v is not a number above 0", quantity)
	case quantity == 0:
		return t, faultf("leave the row out if nothing traded", "quantity is 0")
	}
	p.table.keep()
	p.clock = clock
	return trade{b, id, p.line}, nil
}

// numbered reports whether the trades of the file have numbers.
func (p *tradeParser) numbered() bool { return p.table.index[0] >= 0 }

// take takes the next trade. One that does not follow the one above is wrong, unless it and
// the next follow the one above that: then the upper one is, as with bars.
func (p *tradeParser) take(t trade) error {
	w, follows := p.wait, p.misfit(t, p.last) == nil
	p.wait = trade{}
	if !follows && w.line > 0 && p.misfit(w, p.top) == nil && p.misfit(t, w) == nil {
		late := p.last
		p.last = trade{}
		if err := p.reject(late.line, faultf("mend its time and its number, or remove it", "the trade at %s comes too late for the rows below: the next is at %s", late.bar.OpenTime, w.bar.OpenTime)); err != nil {
			return err
		}
		p.last, w, follows = w, trade{}, true
	}
	if w.line > 0 {
		if err := p.reject(w.line, p.misfit(w, p.last)); err != nil {
			return err
		}
	}
	if !follows {
		p.wait = t
		return nil
	}
	last := p.last
	p.last = t
	return p.append(last)
}

// rest adds the last trade, and refuses one that does not follow it.
func (p *tradeParser) rest(bad error) error {
	if w := p.wait; w.line > 0 {
		p.wait = trade{}
		if err := p.reject(w.line, p.misfit(w, p.last)); err != nil {
			bad = err
		}
	}
	if err := p.append(p.last); err != nil {
		return err
	}
	return bad
}

// misfit says how a trade does not follow another.
func (p *tradeParser) misfit(t, above trade) *fault {
	switch {
	case above.line == 0:
	case p.numbered() && t.id <= above.id:
		return faultf("sort the rows by agg_trade_id, and leave each in once", "agg_trade_id %d does not follow %d of the row above", t.id, above.id)
	case t.bar.OpenTime < above.bar.OpenTime:
		return faultf("sort the rows by time", "time %s runs backwards: the row above is %s", t.bar.OpenTime, above.bar.OpenTime)
	}
	return nil
}

// append adds a trade, at its own nanosecond of its millisecond: that of its number, which
// is the same in whatever file it stands. Without one, or where the count begins anew, it
// stands just after the trade above, so that times rise and the order is kept.
func (p *tradeParser) append(t trade) error {
	if t.line == 0 {
		return nil
	}
	b := t.bar
	if p.numbered() {
		b.OpenTime += market.Time(t.id % 1_000_000)
	}
	if p.top.line > 0 {
		if t.id > p.top.id+1 {
			p.gap(Gap{p.top.bar.OpenTime, t.bar.OpenTime, int64(t.id - p.top.id - 1)})
		}
		b.OpenTime = max(b.OpenTime, p.chunker.last+market.Time(market.Trades))
	}
	p.top = t
	if err := p.push(b, t.line); err != nil {
		return err
	}
	p.prices.learn(b.Open)
	p.volumes.learn(b.Volume)
	p.seal()
	return nil
}

// when reads a time. What has no header is not taken for seconds: it is likelier another
// column.
func (p *tradeParser) when(field string) (market.Time, clock, *fault) {
	t, clock, f := p.clock.read("time", field)
	if f == nil && clock.unit.name == seconds.name && p.table.heading == "" && len(p.table.asked) == 0 {
		f = faultf("give times in milliseconds or microseconds since 1970", "time %s is too small for milliseconds", quote(field))
	}
	return t, clock, f
}
