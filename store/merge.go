package store

import (
	"fmt"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// PutStats says what putting rows changed.
type PutStats struct {
	Added     int        // rows at times that had none
	Unchanged int        // rows that were there with the same values
	Restated  int        // rows that replaced others with different values
	Changes   []Restated // of bars: the first maxChanges of them, in order of time

	Fundings []RestatedFunding // the same of fundings
}

// A RestatedFunding is a stored funding that was replaced by one with another rate or mark.
type RestatedFunding struct{ Old, New market.Funding }

// A Restated is a stored bar that was replaced by one with other values.
type Restated struct {
	Time     market.Time // open time of both
	Old, New market.Bar
}

// maxChanges bounds PutStats.Changes.
const maxChanges = 1000

func (st *PutStats) changed() bool { return st.Added+st.Restated > 0 }

// checkRows reports rows that cannot be stored.
func checkRows(c *market.Columns) error {
	if err := column.CheckLengths(c); err != nil {
		return err
	}
	for i, t := range c.OpenTime {
		if err := c.Bar(i).Check(); err != nil {
			return fmt.Errorf("bar of %s: %w", t, err)
		}
		if t <= 0 || i > 0 && t <= c.OpenTime[i-1] {
			return fmt.Errorf("bar of %s does not follow the one before", t)
		}
	}
	return nil
}

// A tape gives the rows of blocks in order of time.
type tape struct {
	interval market.Interval
	next     func() (block []byte, err error) // whose blocks stay as they are; nil at the end
	block    []byte                           // that rows are from
	rows     market.Columns
	at       int // the row at hand
	last     market.Time
}

// load makes a row at hand where there is one, and reports whether there is.
func (t *tape) load() (bool, error) {
	if t.at < t.rows.Len() {
		return true, nil
	}
	block, err := t.next()
	if block == nil || err != nil {
		return false, err
	}
	c := *truncated(&t.rows)
	if err := column.Decode(&c, block); err != nil {
		return false, err
	}
	if c.Interval != t.interval {
		return false, fmt.Errorf("%w: bars of %s among bars of %s", ErrCorrupt, c.Interval, t.interval)
	}
	if c.OpenTime[0] <= t.last {
		return false, fmt.Errorf("%w: blocks overlap at %s", ErrCorrupt, c.OpenTime[0])
	}
	t.block, t.rows, t.at, t.last = block, c, 0, c.OpenTime[c.Len()-1]
	return true, nil
}

// time is the open time of the row at hand.
func (t *tape) time() market.Time { return t.rows.OpenTime[t.at] }

// before counts the rows at hand that open before a time.
func (t *tape) before(end market.Time) int { return t.rows.Search(end) - t.at }

// A merger joins two tapes, the fresh rows where both have one, and counts what that
// changes in the old ones. Without a sink it only counts.
type merger struct {
	old, fresh tape
	sink       func(t *tape, lo, hi int) error // takes rows of the block at hand
	st         PutStats
}

// run merges to the end.
func (m *merger) run() error {
	for {
		if more, err := m.step(); !more || err != nil {
			return err
		}
	}
}

// step merges the next run of rows of one kind, at most a block, and reports whether
// there was one.
func (m *merger) step() (more bool, err error) {
	haveOld, err := m.old.load()
	if err != nil {
		return false, err
	}
	haveFresh, err := m.fresh.load()
	if err != nil {
		return false, err
	}
	oldEnd, freshEnd := market.MaxTime, market.MaxTime
	if haveOld {
		freshEnd = m.old.time()
	}
	if haveFresh {
		oldEnd = m.fresh.time()
	}
	switch {
	case !haveOld && !haveFresh:
		return false, nil
	case haveOld && m.old.time() < oldEnd:
		return true, m.take(&m.old, m.old.before(oldEnd))
	case haveFresh && m.fresh.time() < freshEnd:
		n := m.fresh.before(freshEnd)
		m.st.Added += n
		return true, m.take(&m.fresh, n)
	}
	return true, m.both()
}

// both merges rows that both tapes have: those that are the same in both, or one that
// is not.
func (m *merger) both() error {
	a, b := &m.old, &m.fresh
	n := 0
	for a.at+n < a.rows.Len() && b.at+n < b.rows.Len() && sameRow(&a.rows, a.at+n, &b.rows, b.at+n) {
		n++
	}
	if n > 0 {
		m.st.Unchanged += n
		b.at += n
		return m.take(a, n)
	}
	if m.st.Restated++; len(m.st.Changes) < maxChanges {
		m.st.Changes = append(m.st.Changes, Restated{a.time(), a.rows.Bar(a.at), b.rows.Bar(b.at)})
	}
	a.at++
	return m.take(b, 1)
}

// take hands n rows of a tape to the sink.
func (m *merger) take(t *tape, n int) error {
	t.at += n
	if m.sink == nil {
		return nil
	}
	return m.sink(t, t.at-n, t.at)
}

// A packer packs rows into full blocks.
type packer struct {
	emit func(first market.Time, block []byte) error
	out  market.Columns // of the next block
	rows int            // that were emitted
}

// take is the sink of a merger. A full block goes as it is.
func (p *packer) take(t *tape, lo, hi int) error {
	if hi-lo == column.MaxRows && p.out.Len() == 0 {
		p.rows += hi - lo
		return p.emit(t.rows.OpenTime[0], t.block)
	}
	for lo < hi {
		k := min(hi-lo, column.MaxRows-p.out.Len())
		appendRows(&p.out, &t.rows, lo, lo+k)
		lo += k
		if p.out.Len() == column.MaxRows {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush emits what makes no full block.
func (p *packer) flush() error {
	n := p.out.Len()
	if n == 0 {
		return nil
	}
	block, err := column.Encode(nil, &p.out, 0, n)
	if err != nil {
		return err
	}
	p.rows += n
	first := p.out.OpenTime[0]
	p.out = *truncated(&p.out)
	return p.emit(first, block)
}

// appendRows appends rows of one block to others, with the finer scale of both.
func appendRows(out, from *market.Columns, lo, hi int) {
	if out.Len() == 0 {
		out.Interval, out.PriceScale, out.VolumeScale = from.Interval, from.PriceScale, from.VolumeScale
	}
	out.PriceScale = column.JoinScales(out.PriceScale, from.PriceScale)
	out.VolumeScale = column.JoinScales(out.VolumeScale, from.VolumeScale)
	if from.Incomplete != nil && out.Incomplete == nil {
		out.Incomplete = make([]bool, out.Len(), max(out.Len(), cap(out.OpenTime)))
	}
	switch {
	case from.Incomplete != nil:
		out.Incomplete = append(out.Incomplete, from.Incomplete[lo:hi]...)
	case out.Incomplete != nil:
		out.Incomplete = append(out.Incomplete, make([]bool, hi-lo)...)
	}
	out.OpenTime = append(out.OpenTime, from.OpenTime[lo:hi]...)
	out.Open, out.High = append(out.Open, from.Open[lo:hi]...), append(out.High, from.High[lo:hi]...)
	out.Low, out.Close = append(out.Low, from.Low[lo:hi]...), append(out.Close, from.Close[lo:hi]...)
	out.Volume = append(out.Volume, from.Volume[lo:hi]...)
}

// truncated returns c without rows, with its room.
func truncated(c *market.Columns) *market.Columns {
	t := *c
	t.OpenTime, t.Open, t.High, t.Low = c.OpenTime[:0], c.Open[:0], c.High[:0], c.Low[:0]
	t.Close, t.Volume, t.Incomplete = c.Close[:0], c.Volume[:0], nil
	return &t
}

func sameRow(a *market.Columns, i int, b *market.Columns, j int) bool {
	return a.Bar(i) == b.Bar(j) && incomplete(a, i) == incomplete(b, j)
}

func incomplete(c *market.Columns, row int) bool { return c.Incomplete != nil && c.Incomplete[row] }
