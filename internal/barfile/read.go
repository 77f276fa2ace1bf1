package barfile

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/signalman-trading/signalman/market"
)

// Read reads bars, compressed or not, to the end of r. The result is never nil, and
// holds the rows above the one that the error names. Errors are [market.Error]s.
func Read(r io.Reader, o Options) (*Result, error) {
	return read(fromReader(r, o.Name), o)
}

// ReadFile reads the bars of a file; see [Read]. Where the file cannot be opened the
// result is empty.
func ReadFile(path string, o Options) (*Result, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &Result{Columns: market.MakeColumns(o.Interval, 0)}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return read(s, o)
}

func read(s source, o Options) (*Result, error) {
	p := &parser{source: s, options: o, rejects: rejects{name: s.name, skip: o.SkipBad}, out: market.MakeColumns(o.Interval, 0)}
	if o.Interval < 0 || o.Interval%second != 0 {
		return p.result(), &market.Error{Class: market.Usage, Err: fmt.Errorf("interval %s is not a whole number of seconds", o.Interval), Hint: "use one like 1m, 1h or 1d"}
	}
	in, f := s.open()
	if f != nil {
		return p.result(), p.at(0, f)
	}
	defer in.close()
	p.size = in.size
	err := p.parse(newBlocks(in))
	return p.finish(err)
}

// A parser turns the lines of one file into columns.
type parser struct {
	rejects
	source  source
	options Options
	size    int64 // a guess at the bytes of the input

	started bool // a header or row was seen
	columns int  // of a row: 6 or 12; 0 until the first row
	millis  bool // the header says that times are milliseconds
	unit    unit // scale 0 until the first row
	line    int  // number of the line that is being read
	blank   int  // number of the first line of a run of blank ones, or 0
	last    market.Time

	prices, volumes grid
	out             *market.Columns
	gaps            []Gap
	runs            []run
}

// A run says on which line a row stands: those below stand on the lines below, up to
// the next run.
type run struct{ row, line int }

// parse reads all blocks. An error of a row is returned as it is; damage to the
// input is blamed on the line where it was met.
func (p *parser) parse(in *blocks) error {
	for first := true; ; first = false {
		b, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return p.at(p.line+1, readFault(err))
		}
		if first {
			b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
			p.reserve(b)
		}
		if err := p.block(b); err != nil {
			return err
		}
	}
}

const shortestRow = int64(len("0,1,1,1,1,0\n"))

// reserve makes room for the rows to come, judging by the first block.
func (p *parser) reserve(b []byte) {
	n := int64(len(b))
	lines := min(int64(bytes.Count(b, []byte{'\n'})), n/shortestRow+1)
	rows := lines
	if n > 0 && p.size > n {
		rows = p.size/n*lines + p.size%n*lines/n + lines/64 + 64
	}
	p.out = market.MakeColumns(p.options.Interval, int(min(rows, maxRows)))
}

// block reads whole lines. It stays in this one loop while lines are plain.
func (p *parser) block(b []byte) error {
	for i := 0; i < len(b); {
		p.line++
		before := [2]int{p.prices.decimals, p.volumes.decimals}
		bar, next := p.fast(b, i)
		var f *fault
		if next < 0 || p.blank > 0 {
			p.prices.decimals, p.volumes.decimals = before[0], before[1]
			next = i + bytes.IndexByte(b[i:], '\n') + 1
			var err error
			if bar, f, err = p.unusual(b[i : next-1]); err != nil {
				return err
			}
		}
		if f == nil && bar.OpenTime >= 0 {
			f = p.accept(bar, next-i)
		}
		if f != nil {
			p.prices.decimals, p.volumes.decimals = before[0], before[1]
			if err := p.reject(f); err != nil {
				return err
			}
		}
		i = next
	}
	return nil
}

// unusual reads a line that is not plain: one that may be blank, a header or wrong.
func (p *parser) unusual(line []byte) (market.Bar, *fault, error) {
	if len(bytes.TrimSpace(line)) == 0 {
		if p.blank == 0 {
			p.blank = p.line
		}
		return noBar, nil, nil
	}
	if blank := p.blank; blank > 0 {
		p.blank = 0
		if err := p.add(blank, faultf("remove it", "the line is blank and more rows follow")); err != nil {
			return noBar, nil, err
		}
	}
	bar, f := p.slow(line)
	return bar, f, nil
}

// noBar is what a line without a row gives.
var noBar = market.Bar{OpenTime: -1}

func (p *parser) reject(f *fault) error {
	if f.fatal {
		return p.at(p.line, f)
	}
	return p.add(p.line, f)
}

// accept adds a bar unless it is impossible.
func (p *parser) accept(b market.Bar, length int) *fault {
	n := p.out.Len()
	switch {
	case length > maxLine:
		return faultf("check that it is a CSV file", "the line has %d bytes where %d is the most", length, maxLine)
	case n > 0 && b.OpenTime <= p.last:
		return unordered(b.OpenTime, p.last)
	case n >= maxRows:
		return &fault{err: fmt.Errorf("the file has more than %d rows", maxRows), hint: "split it", fatal: true}
	case !possible(b):
		return &fault{err: b.Check(), hint: "check the order of the columns: " + rowHint}
	}
	p.place(n)
	p.prices.max = max(p.prices.max, b.High)
	p.volumes.max = max(p.volumes.max, b.Volume)
	p.last = b.OpenTime
	p.out.Append(b)
	return nil
}

// place notes on which line a new row stands.
func (p *parser) place(row int) {
	if n := len(p.runs); n == 0 || p.line-p.runs[n-1].line != row-p.runs[n-1].row {
		p.runs = append(p.runs, run{row, p.line})
	}
}

// possible is market.Bar.Check at the speed of a file; tests hold the two together.
func possible(b market.Bar) bool {
	return b.Low >= market.MinPrice && b.High <= market.MaxPrice &&
		b.Open >= b.Low && b.Open <= b.High && b.Close >= b.Low && b.Close <= b.High &&
		b.Volume >= 0 && b.Volume <= math.MaxFloat64
}

// unordered says how a time fails to be later than the one above it.
func unordered(t, last market.Time) *fault {
	if t == last {
		return faultf("remove one of the two", "open_time %s is a duplicate of the row above", t)
	}
	return faultf("sort the rows by open_time", "open_time %s runs backwards: the row above is %s", t, last)
}
