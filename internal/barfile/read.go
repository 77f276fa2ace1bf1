package barfile

import (
	"bytes"
	"cmp"
	"io"

	"github.com/signalman-trading/signalman/market"
)

// Read reads bars, compressed or not, to the end of r. The result is never nil, and
// holds the rows above the one that the error names, rising also where those of the
// file fall. Errors are [market.Error]s.
func Read(r io.Reader, o Options) (*Result, error) {
	return collect(o, func(o Options, emit func(*market.Columns) error) (*Summary, error) { return Scan(r, o, emit) })
}

// ReadFile reads the bars of a file; see [Read]. Where the file cannot be opened the
// result is empty.
func ReadFile(path string, o Options) (*Result, error) {
	return collect(o, func(o Options, emit func(*market.Columns) error) (*Summary, error) { return ScanFile(path, o, emit) })
}

// collect makes a scan that has one chunk.
func collect(o Options, scan func(Options, func(*market.Columns) error) (*Summary, error)) (*Result, error) {
	r := &Result{Columns: market.MakeColumns(o.Interval, 0)}
	o.whole = true
	s, err := scan(o, func(c *market.Columns) error {
		r.Columns = c
		return nil
	})
	r.Summary = *s
	return r, err
}

// Scan reads bars as [Read] does, however many there are: it hands them to emit in
// chunks of at most 64 Ki rows, in the order of the file. The rows of a chunk rise,
// also where those of the file fall; then each chunk is of earlier bars than the one
// before. The scales of a chunk are its own. A chunk is emit's to keep, and an error of
// emit ends the reading and is returned as it is. The summary is never nil, and the
// rows above the one that an error names have been emitted, if their interval is known.
func Scan(r io.Reader, o Options, emit func(*market.Columns) error) (*Summary, error) {
	return scan(fromReader(r, o.Name), o, emit)
}

// ScanFile reads the bars of a file in chunks; see [Scan].
func ScanFile(path string, o Options, emit func(*market.Columns) error) (*Summary, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return &Summary{Interval: o.Interval}, err
	}
	defer f.Close()
	if o.Name != "" {
		s.name = o.Name
	}
	return scan(s, o, emit)
}

func scan(s source, o Options, emit func(*market.Columns) error) (*Summary, error) {
	asked, err := barTable.parseAsked(o.Columns)
	if err = cmp.Or(checkInterval(o.Interval), err); err != nil {
		return &Summary{Interval: o.Interval}, err
	}
	p := &parser{chunker: newChunker(s.name, o, emit), table: table{kind: &barTable, asked: asked}}
	in, f := s.metered(o.Progress).open()
	if f != nil {
		return p.sum(), p.at(0, f)
	}
	defer in.close()
	sum, err := p.finish(p.all(in))
	if err == nil && sum.Rows == 0 {
		err = p.at(0, faultf(rowHint, "there are no bars").as(ErrEmpty))
	}
	return sum, err
}

// A parser turns the lines of one file into bars.
type parser struct {
	chunker
	size    int64 // a guess at the bytes of the input
	table   table
	clock   clock
	columns int // of a row, if rows are plain enough for the fast way; or 0
	line    int // number of the line that is being read
	blank   int // number of the first line of a run of blank ones, or 0
}

// all reads a stream of whatever format.
func (p *parser) all(in *stream) error {
	if read := in.frame(); read != nil {
		return p.frames(in, read, p.options.Columns, p.take)
	}
	if f := in.asLines(&p.rejects); f != nil {
		return p.at(0, f)
	}
	p.size = in.size
	return p.blocks(newBlocks(in))
}

// blocks reads all blocks. An error of a row is returned as it is; damage to the
// input is blamed on the line where it was met.
func (p *parser) blocks(in *blocks) error {
	for first := true; ; first = false {
		b, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return p.at(p.line+1, readFault(err))
		}
		if first {
			b = bytes.TrimPrefix(b, []byte(byteOrderMark))
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
	p.guess = rows
}

// block reads whole lines. It stays in this one loop while lines are plain.
func (p *parser) block(b []byte) error {
	for i := 0; i < len(b); {
		p.line++
		p.mark()
		bar, next := p.fast(b, i)
		var f *fault
		if next < 0 || p.blank > 0 {
			p.forget()
			next = i + bytes.IndexByte(b[i:], '\n') + 1
			var err error
			if bar, f, err = p.unusual(b[i : next-1]); err != nil {
				return err
			}
		}
		if f == nil && next-i > maxLine {
			f = longLine(next - i)
		}
		var err error
		switch {
		case f != nil:
			p.forget()
			err = p.reject(p.line, f)
		case bar.OpenTime >= 0:
			_, err = p.accept(bar, p.line)
			p.seal()
		}
		if err != nil {
			return err
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
