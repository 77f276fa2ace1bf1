package barfile

import (
	"bytes"
	"fmt"
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
	return readTrades(fromReader(r, o.Name), o)
}

// ReadTradesFile reads the trades of a file; see [ReadTrades].
func ReadTradesFile(path string, o Options) (*Result, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &Result{Columns: market.MakeColumns(market.Trades, 0)}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return readTrades(s, o)
}

func readTrades(s source, o Options) (*Result, error) {
	p := &tradeParser{rejects: rejects{name: s.name, skip: o.SkipBad}, out: market.MakeColumns(market.Trades, 0)}
	in, f := s.open()
	if f != nil {
		return p.result(), p.at(0, f)
	}
	defer in.close()
	err := p.parse(newBlocks(in))
	if err == nil && p.out.Len() == 0 {
		err = p.at(0, faultf(tradeHint, "there are no trades"))
	}
	return p.result(), err
}

// A tradeParser turns the lines of one file into columns.
type tradeParser struct {
	rejects
	prices, volumes grid
	out             *market.Columns
	gaps            []Gap
	started         bool // a header or row was seen
	columns         int  // of a row; 0 until the first
	unit            unit // scale 0 until the first row
	line            int  // number of the line that is being read
	blank           int  // number of the first line of a run of blank ones, or 0
	id              uint64
	time            market.Time // as the last row says it
}

func (p *tradeParser) result() *Result {
	p.out.PriceScale, p.out.VolumeScale = p.prices.scale(), p.volumes.scale()
	return &Result{Columns: p.out, Gaps: p.gaps, Bad: p.sorted(), BadCount: p.count}
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
	f := p.fields(line)
	if f == nil {
		return nil
	}
	p.prices, p.volumes = before[0], before[1]
	if f.fatal {
		return p.at(p.line, f)
	}
	return p.add(p.line, f)
}

// fields takes a header or a trade.
func (p *tradeParser) fields(line []byte) *fault {
	if len(line) > maxLine {
		return faultf("check that it is a CSV file", "the line has %d bytes where %d is the most", len(line), maxLine)
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
	n := p.out.Len()
	switch {
	case n > 0 && id <= p.id:
		return faultf("sort the rows by agg_trade_id, and leave each in once", "agg_trade_id %d does not follow %d of the row above", id, p.id)
	case n > 0 && t < p.time:
		return faultf("sort the rows by time", "time %s runs backwards: the row above is %s", t, p.time)
	case n >= maxRows:
		return &fault{err: fmt.Errorf("the file has more than %d rows", maxRows), hint: "split it", fatal: true}
	case !possible(b):
		hint := "check the order of the columns: " + tradeHint
		if price >= market.MinPrice && price <= market.MaxPrice {
			return faultf(hint, "quantity %v is not a number above 0", quantity)
		}
		return faultf(hint, "price %v is not from %g to %g", price, market.MinPrice, market.MaxPrice)
	case quantity == 0:
		return faultf("leave the row out if nothing traded", "quantity is 0")
	}
	p.append(b, id)
	p.columns, p.unit = len(fields), u
	return nil
}

// append adds a trade. One of the same time as the last stands just after it, so that
// times rise and the order of trades is kept.
func (p *tradeParser) append(b market.Bar, id uint64) {
	if n := p.out.Len(); n > 0 {
		if id > p.id+1 {
			p.gaps = append(p.gaps, Gap{p.time, b.OpenTime, int64(id - p.id - 1)})
		}
		p.time, b.OpenTime = b.OpenTime, max(b.OpenTime, p.out.OpenTime[n-1]+market.Time(market.Trades))
	} else {
		p.time = b.OpenTime
	}
	p.id = id
	p.prices.max, p.volumes.max = max(p.prices.max, b.High), max(p.volumes.max, b.Volume)
	p.out.Append(b)
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
