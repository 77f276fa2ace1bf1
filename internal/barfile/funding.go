package barfile

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// ReadFunding reads the fundings of a perpetual future, compressed or not, to the end of
// r: rows of time_ms,rate or time_ms,rate,mark, or under a header of Binance's monthly
// files calc_time,funding_interval_hours,last_funding_rate. Times rise or fall throughout;
// those that are returned rise. The first bad row ends the reading, with the rows above it.
func ReadFunding(r io.Reader, name string) ([]market.Funding, error) {
	f, err := readFunding(fromReader(r, name), Options{})
	return f.Fundings, err
}

// ReadFundingFile reads the fundings of a file; see [ReadFunding].
func ReadFundingFile(path string) ([]market.Funding, error) {
	f, err := ReadFundings(path, Options{})
	return f.Fundings, err
}

// A FundingResult is what a file of fundings held. Where the reading ended early it is of
// the rows above the bad one.
type FundingResult struct {
	Fundings []market.Funding
	Bad      []*market.Error // the rows that were left out, by line, MaxBad at most
	BadCount int             // how many rows were left out in all
}

// ReadFundings reads the fundings of a file as Name, SkipBad, Columns and Progress of the
// options say; see [ReadFunding]. The columns are time, rate and mark. The result is never
// nil.
func ReadFundings(path string, o Options) (*FundingResult, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &FundingResult{}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return readFunding(s, o)
}

// ReadFundingsFrom is [ReadFundings] of a reader.
func ReadFundingsFrom(r io.Reader, o Options) (*FundingResult, error) {
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
		case 3, ownColumns: // the last as freqtrade writes them: the open is the rate, and the high 0
			return []int{0, 1, 2}
		}
		return nil
	},
	expect: "2, 3 or 6",
	hint:   fundingHint,
}

// A fundingParser turns the lines of one file into fundings.
type fundingParser struct {
	rejects
	line  int
	table table
	clock clock
	sign  market.Time // 1 where times rise, -1 where they fall, 0 before the second row
	out   []market.Funding
}

func readFunding(s source, o Options) (*FundingResult, error) {
	asked, err := fundingTable.parseAsked(o.Columns)
	if err != nil {
		return &FundingResult{}, err
	}
	p := &fundingParser{rejects: rejects{name: s.name, skip: o.SkipBad}, table: table{kind: &fundingTable, asked: asked}}
	in, f := s.metered(o.Progress).open()
	if f != nil {
		return &FundingResult{}, p.at(0, f)
	}
	defer in.close()
	err = p.all(in, o.Columns)
	if err == nil && len(p.out) == 0 {
		err = p.at(0, faultf(fundingHint, "there are no fundings"))
	}
	if p.sign < 0 {
		slices.Reverse(p.out)
	}
	return &FundingResult{Fundings: p.out, Bad: p.sorted(), BadCount: p.count}, err
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
			return p.reject(p.line, f)
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
	var row market.Funding
	var clock clock
	if row.Time, clock, f = p.clock.read("time", fields[0]); f != nil {
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
	if p.table.width == ownColumns && p.table.isBare() {
		if !row.Mark.IsZero() {
			return faultf(fundingHint, "a row of 6 columns is a funding where the third is 0, as freqtrade writes it, and it is %s", row.Mark)
		}
		row.Mark = decimal.Zero
	}
	if f = p.take(row); f == nil {
		p.table.keep()
		p.clock = clock
	}
	return f
}

// take adds a funding, unless it is impossible.
func (p *fundingParser) take(row market.Funding) *fault {
	n, step := len(p.out), market.Time(0)
	if n > 0 {
		step = row.Time - p.out[n-1].Time
	}
	switch {
	case !row.Rate.Abs().LessThan(decimal.New(1, 0)):
		return faultf("0.0001 is 0.01 %", "rate %s is not between -1 and 1", row.Rate)
	case row.Mark.IsNegative():
		return faultf(fundingHint, "mark %s is not a price", row.Mark)
	case n > 0 && max(step, -step) < market.Time(second):
		return faultf("leave each funding in once: they are due at whole seconds", "time %s is within a second of %s of the row above", row.Time, p.out[n-1].Time)
	case step*p.sign < 0:
		return faultf("sort the rows by time", "time %s runs against the order of the rows above, the last of which is of %s", row.Time, p.out[n-1].Time)
	case n >= maxFundings:
		return fatal(faultf("split it", "the file has more than %d rows", maxFundings))
	}
	if n > 0 {
		p.sign = market.Time(cmp.Compare(step, 0))
	}
	p.out = append(p.out, row)
	return nil
}

// number reads an amount of at most 30 characters, and of a size that means something.
func number(name, field string) (decimal.Decimal, *fault) {
	text := strings.TrimSpace(field)
	if x, err := decimal.NewFromString(text); err == nil && len(text) <= 30 && x.Exponent() >= -30 && x.Exponent() <= 12 {
		return x, nil
	}
	return decimal.Zero, faultf(fundingHint, "%s %s is not a plain number", name, quote(field))
}
