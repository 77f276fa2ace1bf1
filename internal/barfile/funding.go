package barfile

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// ReadFunding reads the fundings of a perpetual future, compressed or not, to the end of
// r: rows of time_ms,rate or time_ms,rate,mark, or under a header of Binance's monthly
// files calc_time,funding_interval_hours,last_funding_rate. Times rise. The first bad row
// ends the reading, with the rows above it.
func ReadFunding(r io.Reader, name string) ([]market.Funding, error) {
	return readFunding(fromReader(r, name))
}

// ReadFundingFile reads the fundings of a file; see [ReadFunding].
func ReadFundingFile(path string) ([]market.Funding, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readFunding(s)
}

const (
	maxFundings = 1_000_000
	fundingHint = "a row is time_ms,rate or time_ms,rate,mark"
)

// The columns of a row of fundings.
const (
	fundingTime = iota
	fundingRate
	fundingMark
	fundingUnused
)

// fundingColumns are the names that a header may give to them.
var fundingColumns = [...][]string{
	{"time_ms", "funding_time_ms", "funding_time", "calc_time", "time"}, {"rate", "funding_rate", "last_funding_rate"},
	{"mark", "mark_price"}, {"funding_interval_hours"},
}

// A fundingParser turns the lines of one file into fundings.
type fundingParser struct {
	rejects
	line    int
	columns []int // what each column of a row is; nil before the first
	unit    unit  // scale 0 until the first row
	out     []market.Funding
}

func readFunding(s source) ([]market.Funding, error) {
	p := &fundingParser{rejects: rejects{name: s.name}}
	in, f := s.open()
	if f != nil {
		return nil, p.at(0, f)
	}
	defer in.close()
	if err := p.parse(newBlocks(in)); err != nil {
		return p.out, err
	}
	if len(p.out) == 0 {
		return nil, p.at(0, faultf(fundingHint, "there are no fundings"))
	}
	return p.out, nil
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
func (p *fundingParser) row(line []byte) *fault {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return nil
	case len(line) > maxLine:
		return longLine(len(line))
	}
	fields, f := splitFields(string(line))
	if f != nil {
		return f
	}
	if p.columns == nil {
		if isHeader(fields[0]) {
			return p.header(fields)
		}
		p.columns = []int{fundingTime, fundingRate, fundingMark}[:min(max(len(fields), 2), 3)]
	}
	if len(fields) != len(p.columns) {
		return faultf(fundingHint, "the row has %d columns where %d are expected", len(fields), len(p.columns))
	}
	return p.funding(fields)
}

// header finds out what the columns are.
func (p *fundingParser) header(fields []string) *fault {
	p.columns = []int{}
	for i, field := range fields {
		what := slices.IndexFunc(fundingColumns[:], func(names []string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(field)))
		})
		if what < 0 || slices.Contains(p.columns, what) {
			return faultf(fundingHint, "column %d of the header is %s, which is not time_ms, rate or mark, or stands there twice", i+1, quote(field))
		}
		p.columns = append(p.columns, what)
	}
	if !slices.Contains(p.columns, fundingTime) || !slices.Contains(p.columns, fundingRate) {
		return faultf(fundingHint, "the header names no time_ms or no rate")
	}
	return nil
}

func (p *fundingParser) funding(fields []string) (f *fault) {
	var row market.Funding
	for i, what := range p.columns {
		switch what {
		case fundingTime:
			row.Time, f = p.when(fields[i])
		case fundingRate:
			row.Rate, f = number("rate", fields[i])
		case fundingMark:
			if strings.TrimSpace(fields[i]) != "" {
				row.Mark, f = number("mark", fields[i])
			}
		}
		if f != nil {
			return f
		}
	}
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

// when reads a time, and finds the unit of the file if it is the first.
func (p *fundingParser) when(field string) (market.Time, *fault) {
	v, err := strconv.ParseUint(strings.TrimSpace(field), 10, 63)
	if err != nil {
		return 0, faultf(fundingHint, "time %s is not a whole number of milliseconds since 1970", quote(field))
	}
	if p.unit.scale == 0 {
		p.unit = unitOf(v, false)
	}
	if v < p.unit.lo || v > p.unit.hi {
		return 0, p.unit.misfit("time", v, false)
	}
	return market.Time(v) * p.unit.scale, nil
}
