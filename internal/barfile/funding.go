package barfile

import (
	"bytes"
	"io"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// ReadFunding reads the fundings of a perpetual future, compressed or not, to the end of
// r: rows of time_ms,rate or time_ms,rate,mark, or under a header of Binance's monthly
// files calc_time,funding_interval_hours,last_funding_rate. Times rise. The first bad row
// ends the reading, with the rows above it.
func ReadFunding(r io.Reader, name string) ([]market.Funding, error) {
	return readFunding(fromReader(r, name), Options{})
}

// ReadFundingFile reads the fundings of a file; see [ReadFunding].
func ReadFundingFile(path string) ([]market.Funding, error) { return ReadFundings(path, Options{}) }

// ReadFundings reads the fundings of a file as Name, Columns and Progress of the options
// say; see [ReadFunding]. The columns are time, rate and mark.
func ReadFundings(path string, o Options) ([]market.Funding, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return readFunding(s, o)
}

// ReadFundingsFrom is [ReadFundings] of a reader.
func ReadFundingsFrom(r io.Reader, o Options) ([]market.Funding, error) {
	return readFunding(fromReader(r, o.Name), o)
}

const (
	maxFundings = 1_000_000
	fundingHint = "a row is time_ms,rate or time_ms,rate,mark"
)

// fundingTable is what a row of fundings holds.
var fundingTable = tableKind{
	columns: []tableColumn{
		{name: "time", headings: append(strings.Fields("funding_time_ms funding_time fundingtime calc_time"), timeHeadings...)},
		{name: "rate", headings: strings.Fields("rate funding_rate fundingrate last_funding_rate")},
		{name: "mark", headings: strings.Fields("mark mark_price markprice"), optional: true},
	},
	bare: func(n int) []int {
		switch n {
		case 2:
			return []int{0, 1, -1}
		case 3:
			return []int{0, 1, 2}
		}
		return nil
	},
	expect: "2 or 3",
	hint:   fundingHint,
}

// A fundingParser turns the lines of one file into fundings.
type fundingParser struct {
	rejects
	line  int
	table table
	clock clock
	out   []market.Funding
}

func readFunding(s source, o Options) ([]market.Funding, error) {
	asked, err := fundingTable.parseAsked(o.Columns)
	if err != nil {
		return nil, err
	}
	p := &fundingParser{rejects: rejects{name: s.name}, table: table{kind: &fundingTable, asked: asked}}
	in, f := s.metered(o.Progress).open()
	if f != nil {
		return nil, p.at(0, f)
	}
	defer in.close()
	if err := p.all(in, o.Columns); err != nil {
		return p.out, err
	}
	if len(p.out) == 0 {
		return nil, p.at(0, faultf(fundingHint, "there are no fundings"))
	}
	return p.out, nil
}

// all reads a stream of whatever format.
func (p *fundingParser) all(in *stream, columns string) error {
	if read := in.frame(); read != nil {
		return p.frames(in, read, columns, p.frame)
	}
	if f := in.asLines(&p.rejects); f != nil {
		return p.at(0, f)
	}
	return p.parse(newBlocks(in))
}

func (p *fundingParser) parse(in *blocks) error {
	damage, err := in.lines(&p.line, func(line []byte) error {
		if f := p.row(line); f != nil {
			return p.at(p.line, f)
		}
		return nil
	})
	if damage != nil {
		return p.at(p.line+1, damage)
	}
	return err
}

// row takes a line without its '\n'. Blank lines are passed over.
func (p *fundingParser) row(line []byte) (f *fault) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil
	}
	fields, f := p.table.row(line)
	if f != nil || fields == nil {
		return f
	}
	p.table.keep()
	var row market.Funding
	if row.Time, p.clock, f = p.clock.read("time", fields[0]); f != nil {
		return f
	}
	if row.Rate, f = number("rate", fields[1]); f != nil {
		return f
	}
	if strings.TrimSpace(fields[2]) != "" {
		if row.Mark, f = number("mark", fields[2]); f != nil {
			return f
		}
	}
	return p.take(row)
}

// take adds a funding, unless it is impossible.
func (p *fundingParser) take(row market.Funding) *fault {
	switch n := len(p.out); {
	case !row.Rate.Abs().LessThan(decimal.New(1, 0)):
		return faultf("0.0001 is 0.01 %", "rate %s is not between -1 and 1", row.Rate)
	case row.Mark.IsNegative():
		return faultf(fundingHint, "mark %s is not a price", row.Mark)
	case n > 0 && row.Time <= p.out[n-1].Time:
		return faultf("sort the rows by time, and leave each in once", "time %s does not follow %s of the row above", row.Time, p.out[n-1].Time)
	case n >= maxFundings:
		return faultf("split it", "the file has more than %d rows", maxFundings)
	}
	p.out = append(p.out, row)
	return nil
}

// number reads an amount of at most 30 characters, without an exponent.
func number(name, field string) (decimal.Decimal, *fault) {
	text := strings.TrimSpace(field)
	if x, err := decimal.NewFromString(text); err == nil && len(text) <= 30 && !strings.ContainsAny(text, "eE") {
		return x, nil
	}
	return decimal.Zero, faultf(fundingHint, "%s %s is not a plain number", name, quote(field))
}
