package barfile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/signalman-trading/signalman/market"
)

// chunkRows is how many rows a chunk has at most.
const chunkRows = 64 << 10

// A chunker checks the bars of one file, in the order of the file, and hands them on
// in chunks. It holds no more than one of them.
type chunker struct {
	rejects
	options Options
	emit    func(*market.Columns) error
	limit   int   // rows of a chunk
	sample  int   // rows that show the interval
	guess   int64 // rows that seem still to come

	out             *market.Columns // the chunk, in the order of the file
	runs            []run           // on which lines its rows stand
	prices, volumes grid            // how fine the decimals are of rows below the last sealed chunk
	before          [2]int          // their decimals above the row that is being read
	sealed          bool            // the chunk is full, and waits for a row that follows its last one
	own             [2]grid         // how fine those of the sealed chunk are: prices, volumes
	dirty           bool            // a row was taken out of the chunk: look at its decimals anew
	finest          [2]grid         // how fine those of all chunks are

	any      bool        // there was a row
	last     market.Time // of that row
	sign     market.Time // 1 where times rise, -1 where they fall, 0 before that is known
	gate     market.Time // sign where a row need but follow the last one, 0 where some wait
	wait     []row       // rows about which those below decide
	flushed  market.Time // of the last row of the chunk before, good or not; -1 before the first
	settled  bool        // the interval is known
	interval market.Interval
	emitted  market.Time // of the last row that was emitted
	refused  error       // what emit returned
	summary  Summary
}

// A run says on which line a row stands: those below stand on the lines below, up to
// the next run.
type run struct{ row, line int }

func newChunker(name string, o Options, emit func(*market.Columns) error) chunker {
	c := chunker{
		rejects: rejects{name: name, skip: o.SkipBad, from: o.From, to: o.To}, options: o, emit: emit,
		limit: cmp.Or(o.chunk, chunkRows), guess: 64, interval: o.Interval, flushed: -1,
	}
	c.sample = c.limit
	if o.whole {
		c.limit = maxRows
	}
	c.out = market.MakeColumns(o.Interval, 0)
	return c
}

// checkInterval refuses intervals that no file of bars has.
func checkInterval(d market.Interval) error {
	if d < 0 || d%second != 0 {
		return &market.Error{Class: market.Usage, Err: fmt.Errorf("interval %s is not a whole number of seconds", d), Hint: "use one like 1m, 1h or 1d"}
	}
	return nil
}

// accept takes the bar that stands on a line, unless it is impossible or out of order. It
// reports whether it was added, and returns the error that ends the reading.
func (c *chunker) accept(b market.Bar, line int) (bool, error) {
	if !possible(b) {
		c.forget()
		hint := "check the order of the columns: " + rowHint
		if c.options.Columns != "" {
			hint = "check the columns that are asked for"
		}
		return false, c.reject(line, (&fault{err: b.Check(), hint: hint}).as(ErrImpossible).of(b.OpenTime))
	}
	if (b.OpenTime-c.last)*c.gate <= 0 {
		return false, c.order(row{b, line})
	}
	return true, c.push(b, line)
}

// mark is called above each row, and forget where it is not taken.
func (c *chunker) mark() { c.before = [2]int{c.prices.decimals, c.volumes.decimals} }

func (c *chunker) forget() { c.prices.decimals, c.volumes.decimals = c.before[0], c.before[1] }

// take adds a bar that comes with its numbers as float64. It returns the error that ends
// the reading.
func (c *chunker) take(row int, b market.Bar) error {
	c.mark()
	b.Volume += 0 // never -0
	if f := checkTime(b.OpenTime); f != nil {
		return c.reject(row, f)
	}
	added, err := c.accept(b, row)
	if err == nil && added {
		c.learn(b)
		c.seal()
	}
	return err
}

// push adds a bar that was checked. It hands on a chunk that is full: what follows its last
// row shows that it is good.
func (c *chunker) push(b market.Bar, line int) error {
	if c.sealed {
		if err := c.flush(nil); err != nil {
			return err
		}
	}
	n := c.out.Len()
	if n == 0 {
		c.out = market.MakeColumns(c.interval, int(min(c.guess, int64(c.limit))))
	}
	if n >= c.limit-1 && c.summary.Rows+n >= maxRows {
		return c.at(line, faultf("split it", "the file has more than %d rows", maxRows))
	}
	c.runs = noted(c.runs, n, line)
	c.prices.max = max(c.prices.max, b.High)
	c.volumes.max = max(c.volumes.max, b.Volume)
	c.any, c.last = true, b.OpenTime
	c.out.Append(b)
	return nil
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
		return faultf("remove one of the two", "open_time %s is a duplicate of the row above", t).as(ErrDuplicate).of(t)
	}
	return faultf("sort the rows by open_time", "open_time %s runs backwards: the row above is %s", t, last).as(ErrUnsorted).of(t)
}

// seal ends the chunk if it is full.
func (c *chunker) seal() {
	if c.out.Len() >= c.limit {
		c.end()
	}
}

// end ends the chunk: the rows to come are of another.
func (c *chunker) end() {
	if !c.sealed {
		c.sealed, c.own = true, [2]grid{c.prices, c.volumes}
		c.prices, c.volumes = grid{}, grid{}
	}
}

// flush checks what the rows of the chunk have in common and hands them on. bad is the
// error that ended the reading below them, or nil; the first by line is returned.
func (c *chunker) flush(bad error) error {
	c.end()
	defer c.renew()
	if c.out.Len() == 0 {
		return bad
	}
	c.flushed = c.out.OpenTime[c.out.Len()-1]
	if c.interval == market.Trades {
		return cmp.Or(c.hand(), bad)
	}
	if f := c.settle(); f != nil {
		if bad == nil || c.out.Len() >= c.sample {
			bad = c.at(c.lineOf(min(1, c.out.Len()-1)), f)
		}
		return bad
	}
	if off := c.checkGrid(); off != nil && (bad == nil || c.trusted()) {
		bad = off
	}
	if err := c.hand(); err != nil {
		return err
	}
	c.settled = true
	return bad
}

// renew begins another chunk.
func (c *chunker) renew() {
	c.out, c.runs = market.MakeColumns(c.interval, 0), c.runs[:0]
	c.sealed, c.dirty = false, false
}

// trusted reports whether the interval is more than a guess from the rows above an error.
func (c *chunker) trusted() bool {
	return c.settled || c.options.Interval != 0 || c.out.Len() >= c.sample
}

// hand emits the chunk.
func (c *chunker) hand() error {
	out, n := c.out, c.out.Len()
	if n == 0 {
		return nil
	}
	if c.interval != market.Trades {
		c.findGaps(out.OpenTime)
	}
	out.Interval = c.interval
	if c.dirty {
		c.own = grids(out)
	}
	out.PriceScale, out.VolumeScale = c.own[0].scale(), c.own[1].scale()
	c.finest[0].join(c.own[0])
	c.finest[1].join(c.own[1])
	c.emitted = out.OpenTime[n-1]
	if c.sign < 0 {
		reverse(out)
	}
	s := &c.summary
	if s.Rows == 0 || c.sign < 0 {
		s.First = out.OpenTime[0]
	}
	if s.Rows == 0 || c.sign >= 0 {
		s.Last = out.OpenTime[n-1]
	}
	s.Rows += n
	c.guess -= int64(n)
	c.guess = max(c.guess, int64(n))
	if l := c.options.Lines; l != nil {
		*l = Lines{slices.Clone(c.runs), c.sign < 0, n}
	}
	c.refused = c.emit(out)
	return c.refused
}

// reverse turns rows that fall into rows that rise.
func reverse(c *market.Columns) {
	slices.Reverse(c.OpenTime)
	for _, x := range [...][]float64{c.Open, c.High, c.Low, c.Close, c.Volume} {
		slices.Reverse(x)
	}
}

// finish hands on what is left, and sums up. It takes and returns the error that ended
// the reading, if any.
func (c *chunker) finish(bad error) (*Summary, error) {
	if c.refused != nil {
		return c.sum(), c.refused
	}
	if err := c.rest(); err != nil {
		bad = err
	}
	if c.refused != nil {
		return c.sum(), c.refused
	}
	err := c.flush(bad)
	return c.sum(), err
}

func (c *chunker) sum() *Summary {
	s := &c.summary
	s.Interval, s.Falling = c.interval, c.sign < 0
	s.PriceScale, s.VolumeScale = c.finest[0].scale(), c.finest[1].scale()
	s.Bad, s.BadCount, s.Reasons = c.sorted(), c.count, c.reasons
	return s
}

// noted adds the line of a row to those of the rows above.
func noted(runs []run, row, line int) []run {
	if k := len(runs); k > 0 && line-runs[k-1].line == row-runs[k-1].row {
		return runs
	}
	return append(runs, run{row, line})
}

// lineOf returns the line on which a row of the chunk stands, or 0 where there is none.
func (c *chunker) lineOf(row int) int { return lineOf(c.runs, row) }

func lineOf(runs []run, row int) int {
	i := sort.Search(len(runs), func(i int) bool { return runs[i].row > row })
	if i == 0 {
		return 0
	}
	return runs[i-1].line + row - runs[i-1].row
}

// findGaps notes the bars that are missing between the rows of a chunk, and before it.
func (c *chunker) findGaps(times []market.Time) {
	d, last, begun := market.Time(c.interval), c.emitted, c.summary.Rows > 0
	for _, t := range times {
		if step := (t - last) * c.sign; begun && step != d {
			c.gap(Gap{min(t, last) + d, max(t, last), int64(step/d) - 1})
		}
		last, begun = t, true
	}
}

func (c *chunker) gap(g Gap) {
	s := &c.summary
	s.GapCount++
	s.Missing += g.Missing
	if len(s.Gaps) < MaxGaps {
		s.Gaps = append(s.Gaps, g)
	}
}
