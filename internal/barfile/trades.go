package barfile

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// The columns of a row of trades: the last two say what side took, and are not used.
const (
	minTradeColumns = 6
	maxTradeColumns = 8
	tradeHint       = "a row is agg_trade_id,price,quantity,first_trade_id,last_trade_id,time_ms, as in Binance's aggTrades; for candles name their interval with --detail"
)

// tradeColumns are the names that a header may give to the columns of a row of trades.
var tradeColumns = [...][]string{
	{"agg_trade_id"}, {"price"}, {"quantity"}, {"first_trade_id"}, {"last_trade_id"}, {"time_ms", "transact_time", "time", "timestamp"},
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
	p := &tradeParser{chunker: newChunker(s.name, o, emit)}
	p.sign = 1
	in, f := s.open()
	if f != nil {
		return p.sum(), p.at(0, f)
	}
	defer in.close()
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
	started bool // a header or row was seen
	columns int  // of a row; 0 until the first
	unit    unit // scale 0 until the first row
	line    int  // number of the line that is being read
	blank   int  // number of the first line of a run of blank ones, or 0
	id      uint64
	time    market.Time // as the last row says it
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
	before := [2]grid{p.prices, p.volumes}
	if f := p.fields(line); f != nil {
		p.prices, p.volumes = before[0], before[1]
		return p.reject(p.line, f)
	}
	if p.full() {
		return p.flush(nil)
	}
	return nil
}

// fields takes a header or a trade.
func (p *tradeParser) fields(line []byte) *fault {
	if len(line) > maxLine {
		return longLine(len(line))
	}
	fields, f := splitFields(strings.TrimSuffix(string(line), "\r"))
	if f != nil {
		return f
	}
	n := len(fields)
	switch {
	case p.columns > 0 && n != p.columns:
		return faultf(tradeHint, "the row has %d columns where %d are expected", n, p.columns)
	case n < minTradeColumns || n > maxTradeColumns:
		return faultf(tradeHint, "the row has %d columns where %d to %d are expected", n, minTradeColumns, maxTradeColumns)
	}
	first := !p.started
	p.started = true
	if first && isHeader(fields[0]) {
		return p.header(fields)
	}
	return p.trade(fields)
}

func (p *tradeParser) header(fields []string) *fault {
	for i, names := range tradeColumns {
		if !slices.Contains(names, strings.ToLower(strings.TrimSpace(fields[i]))) {
			f := faultf(tradeHint, "column %d of the header is %s where %s is expected", i+1, quote(fields[i]), names[0])
			f.fatal = true
			return f
		}
	}
	p.columns = len(fields)
	return nil
}

// trade adds a row, unless it is impossible.
func (p *tradeParser) trade(fields []string) *fault {
	id, err := strconv.ParseUint(strings.TrimSpace(fields[0]), 10, 63)
	if err != nil {
		return faultf(tradeHint, "agg_trade_id %s is not a whole number", quote(fields[0]))
	}
	price, f := p.prices.field("price", fields[1])
	if f != nil {
		return f
	}
	quantity, f := p.volumes.field("quantity", fields[2])
	if f != nil {
		return f
	}
	t, u, f := p.when(fields[5])
	if f != nil {
		return f
	}
	b := market.Bar{OpenTime: t, Open: price, High: price, Low: price, Close: price, Volume: quantity}
	switch {
	case p.any && id <= p.id:
		return faultf("sort the rows by agg_trade_id, and leave each in once", "agg_trade_id %d does not follow %d of the row above", id, p.id)
	case p.any && t < p.time:
		return faultf("sort the rows by time", "time %s runs backwards: the row above is %s", t, p.time)
	case !possible(b):
		hint := "check the order of the columns: " + tradeHint
		if price >= market.MinPrice && price <= market.MaxPrice {
			return faultf(hint, "quantity %v is not a number above 0", quantity)
		}
		return faultf(hint, "price %v is not from %g to %g", price, market.MinPrice, market.MaxPrice)
	case quantity == 0:
		return faultf("leave the row out if nothing traded", "quantity is 0")
	}
	p.columns, p.unit = len(fields), u
	return p.append(b, id)
}

// append adds a trade. One of the same time as the last stands just after it, so that
// times rise and the order of trades is kept.
func (p *tradeParser) append(b market.Bar, id uint64) *fault {
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

// when reads a time, and finds the unit of the file if it is the first.
func (p *tradeParser) when(field string) (market.Time, unit, *fault) {
	v, err := strconv.ParseUint(strings.TrimSpace(field), 10, 63)
	if err != nil {
		return 0, unit{}, faultf(tradeHint, "time %s is not a whole number of milliseconds or microseconds since 1970", quote(field))
	}
	u := p.unit
	if u.scale == 0 {
		u = unitOf(v, false)
	}
	switch {
	case u.name == seconds.name:
		return 0, u, faultf("give times in milliseconds or microseconds since 1970", "time %d is too small for milliseconds", v)
	case v < u.lo || v > u.hi:
		return 0, u, u.misfit("time", v, false)
	}
	return market.Time(v) * u.scale, u, nil
}
