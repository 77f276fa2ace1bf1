package barfile

import (
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Options says how to read a file of bars. The zero value is valid.
type Options struct {
	Name     string          // what errors call the input; ReadFile uses the path
	Interval market.Interval // of the bars; 0 infers it from their times
	SkipBad  bool            // leave bad rows out and list them, instead of ending at the first

	// Columns says where to find columns whose headings are not the usual ones, or that
	// have none: by heading, as in "time=Date,volume=Volume BTC", or by number from 1.
	Columns string

	// From and To bound the open times of bars that matter; 0 leaves an end open. A bad row
	// is passed over without a word where its time is known, in order, and outside of them.
	// Good rows are handed on all the same.
	From, To market.Time

	// Lines, where it is set, learns on which lines the rows of a [Result] stand.
	Lines *Lines

	// Progress, where it is set, is called now and then with the bytes that were read of
	// the file as it is, compressed or not.
	Progress func(bytes int64)

	chunk int  // rows of a chunk, or 0 for chunkRows
	whole bool // there is one chunk
}

// A Summary is what the bars of a file have in common, but for the bars. Where the
// reading ended early it is of the rows above the bad one.
type Summary struct {
	Interval                market.Interval // 0 where it is not known
	Rows                    int
	First, Last             market.Time // the earliest and the latest open time; 0 where there are no rows
	Falling                 bool        // the file runs from the latest bar to the earliest
	PriceScale, VolumeScale int32       // of all rows, as in [market.Columns]

	Gaps     []Gap           // missing bars, in the order of the file, MaxGaps at most
	GapCount int             // how many gaps there are in all
	Missing  int64           // how many bars are missing in all
	Bad      []*market.Error // the rows that were left out, by line, MaxBad at most
	BadCount int             // how many rows were left out in all
	Reasons  map[error]int   // how many of them are ErrUnsorted, ErrDuplicate, ErrOffGrid or ErrImpossible
}

// A Result is what a file of bars held.
type Result struct {
	Columns *market.Columns // never nil; the rows above the bad one where reading ended early
	Summary
}

// Lines say where the rows of a result stand in the file. The zero value is ready for use.
type Lines struct {
	runs    []run
	falling bool
	rows    int
}

// Of returns the line of a row of the columns, from 1; of JSON and data frames the row.
func (l *Lines) Of(row int) int {
	if l.falling {
		row = l.rows - 1 - row
	}
	return lineOf(l.runs, row)
}

// A Gap is a run of missing bars.
type Gap struct {
	From    market.Time // open time of the first missing bar
	To      market.Time // open time of the bar that follows the gap
	Missing int64       // number of missing bars
}

// MaxBad is how many bad rows a result lists; the rest is only counted.
const MaxBad = 1000

// MaxGaps is how many gaps a result lists; the rest is only counted.
const MaxGaps = 1000

// Limits on what a file may ask for.
const (
	maxRows     = 200_000_000
	maxSkipped  = 1_000_000 // bad rows that are left out
	maxLine     = 4096      // bytes of a row of bars
	maxExpanded = 64 << 30  // bytes that an archive may grow to
	maxRatio    = 250       // growth of an archive, once it matters
	ratioFrom   = 64 << 20  // expanded bytes from which maxRatio matters
	maxZip      = 512 << 20 // bytes of a zip that is not a file
	maxCopy     = 512 << 20 // bytes of a data frame that is not a file
)

// A fault is what is wrong with a row, and what to do about it.
type fault struct {
	err   error
	hint  string
	fatal bool // it ends the reading even where bad rows are left out
}

func faultf(hint, format string, args ...any) *fault {
	return &fault{err: fmt.Errorf(format, args...), hint: hint}
}

func fatal(f *fault) *fault {
	f.fatal = true
	return f
}

func longLine(n int) *fault {
	return faultf("check that it is a CSV file", "the line has %d bytes where %d is the most", n, maxLine)
}

// rejects collects the bad rows of one file.
type rejects struct {
	name  string
	skip  bool
	rows  bool // positions are rows, not lines
	list  []rejected
	count int

	reasons  map[error]int
	from, to market.Time // of the bad rows that matter
}

type rejected struct {
	line int
	err  *market.Error
}

// sorted returns the errors in order of their lines.
func (r *rejects) sorted() []*market.Error {
	slices.SortStableFunc(r.list, func(a, b rejected) int { return a.line - b.line })
	var errs []*market.Error
	for _, bad := range r.list {
		errs = append(errs, bad.err)
	}
	return errs
}

// add notes a bad row. It returns the error that ends the reading, or nil.
func (r *rejects) add(line int, f *fault) error {
	why := f.reason()
	why.row = true
	if why.kind != ErrUnsorted && why.time > 0 && (why.time < r.from || r.to > 0 && why.time >= r.to) {
		return nil
	}
	e := r.at(line, f)
	if !r.skip {
		return e
	}
	r.count++
	if r.count > maxSkipped {
		return r.at(line, faultf("check that it is the right file", "more than %d rows are bad", maxSkipped))
	}
	if why.kind != nil {
		if r.reasons == nil {
			r.reasons = map[error]int{}
		}
		r.reasons[why.kind]++
	}
	if len(r.list) < MaxBad {
		r.list = append(r.list, rejected{line, e})
	}
	return nil
}

// reject notes a bad row, or returns the error that ends the reading.
func (r *rejects) reject(line int, f *fault) error {
	if f.fatal {
		return r.at(line, f)
	}
	return r.add(line, f)
}

// at makes the error of a line; line 0 is the file as a whole.
func (r *rejects) at(line int, f *fault) *market.Error {
	where := r.name
	switch {
	case line > 0 && r.rows:
		where = fmt.Sprintf("%s: row %d", r.name, line)
	case line > 0:
		where = fmt.Sprintf("%s:%d", r.name, line)
	}
	return &market.Error{Class: market.Data, Where: where, Err: f.err, Hint: f.hint}
}
