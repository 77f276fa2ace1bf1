package barfile

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

const tradeHint = "a row is agg_trade_id,price,quantity,first_trade_id,last_trade_id,time_ms, as in Binance's aggTrades; for candles name their interval with --detail"

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
// interval [market.Trades]: a flat bar for each trade, at its time, or just after the
// trade above where both have the same. The interval of the options has no say. The
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
	sum, err := p.finish(p.parse(newBlocks(in)))
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
	line  int         // number of the line that is being read
	blank int         // number of the first line of a run of blank ones, or 0
	id    uint64      // of the last row; they are counted where the file has none
	time  market.Time // as the last row says it
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
	f, err := p.trade(line)
	if f != nil {
		p.forget()
		return p.reject(p.line, f)
	}
	p.seal()
	return err
}

// trade takes a header or a trade, unless it is impossible.
func (p *tradeParser) trade(line []byte) (*fault, error) {
	fields, f := p.table.row(line)
	if f != nil || fields == nil {
		return f, nil
	}
	id := p.id + 1
	if fields[0] != "" || p.table.index[0] >= 0 {
		var err error
		if id, err = strconv.ParseUint(strings.TrimSpace(fields[0]), 10, 63); err != nil {
			return faultf(tradeHint, "agg_trade_id %s is not a whole number", quote(fields[0])), nil
		}
	}
	price, f := p.prices.field("price", fields[1])
	if f != nil {
		return f, nil
	}
	quantity, f := p.volumes.field("quantity", fields[2])
	if f != nil {
		return f, nil
	}
	t, clock, f := p.when(fields[3])
	if f != nil {
		return f, nil
	}
	b := market.Bar{OpenTime: t, Open: price, High: price, Low: price, Close: price, Volume: quantity}
	switch {
	case p.any && id <= p.id:
		return faultf("sort the rows by agg_trade_id, and leave each in once", "agg_trade_id %d does not follow %d of the row above", id, p.id), nil
	case p.any && t < p.time:
		return faultf("sort the rows by time", "time %s runs backwards: the row above is %s", t, p.time), nil
	case !possible(b):
		hint := "check the order of the columns: " + tradeHint
		if price >= market.MinPrice && price <= market.MaxPrice {
			return faultf(hint, "quantity %v is not a number above 0", quantity), nil
		}
		return faultf(hint, "price %v is not from %g to %g", price, market.MinPrice, market.MaxPrice), nil
	case quantity == 0:
		return faultf("leave the row out if nothing traded", "quantity is 0"), nil
	}
	p.table.keep()
	p.clock = clock
	return nil, p.append(b, id)
}

// append adds a trade. One of the same time as the last stands just after it, so that
// times rise and the order of trades is kept.
func (p *tradeParser) append(b market.Bar, id uint64) error {
	t := b.OpenTime
	if p.any {
		if id > p.id+1 {
			p.gap(Gap{p.time, t, int64(id - p.id - 1)})
		}
		b.OpenTime = max(t, p.last+market.Time(market.Trades))
	}
	p.id, p.time = id, t
	return p.push(b, p.line)
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
