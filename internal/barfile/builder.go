package barfile

import (
	"cmp"

	"github.com/signalman-trading/signalman/market"
)

// A Builder makes the same checks as [Scan] on bars that come one by one from elsewhere:
// from an exchange, or from a file of another format. It learns the scales from the
// shortest decimal that means each value.
type Builder struct {
	chunker
	err error // what ended the reading
}

// NewBuilder returns a Builder that hands the bars to emit, as [Scan] does.
func NewBuilder(o Options, emit func(*market.Columns) error) *Builder {
	b := &Builder{chunker: newChunker(cmp.Or(o.Name, "input"), o, emit), err: checkInterval(o.Interval)}
	b.rows = true
	return b
}

// Add takes the next bar. Row is its position in the input, from 1, which errors name as
// "input: row 1". An error ends the reading: Add and Finish return it from then on. A
// bad row that is left out, as SkipBad asks, gives none.
func (b *Builder) Add(row int, bar market.Bar) error {
	if b.err == nil {
		b.err = b.take(row, bar)
	}
	return b.err
}

// Sure says that the interval is known from more than the times: bars that are all further
// apart are gaps then, and not of another interval.
func (b *Builder) Sure() { b.settled = true }

// Finish hands on the last bars and sums up. The summary is never nil. That there are
// no bars is no error.
func (b *Builder) Finish() (*Summary, error) { return b.finish(b.err) }
