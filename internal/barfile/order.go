package barfile

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// headRows is how many rows show which way the times of a file run.
const headRows = 8

// A row waits until those below it show where it belongs: the first ones until the way of
// the file is known, and one that does not follow the row above until the next is there.
type row struct {
	bar  market.Bar
	line int
}

// order takes a row that does not simply follow the one above, or follows one that waits.
func (c *chunker) order(r row) error {
	c.forget() // a row is learned when it is placed
	var err error
	if c.sign != 0 {
		err = c.follow(r)
	} else if c.wait = append(c.wait, r); len(c.wait) == headRows {
		err = c.begin()
	}
	c.gate = c.sign
	if len(c.wait) > 0 {
		c.gate = 0
	}
	return err
}

// begin decides which way the file runs, as most steps of its first rows do. Where they
// are undecided it rises.
func (c *chunker) begin() error {
	head, way := c.wait, 0
	for i := 1; i < len(head); i++ {
		way += cmp.Compare(head[i].bar.OpenTime, head[i-1].bar.OpenTime)
	}
	c.wait, c.sign = nil, 1
	if way < 0 {
		c.sign = -1
	}
	for _, r := range head {
		if err := c.follow(r); err != nil {
			return err
		}
	}
	return nil
}

// follow places a row, or lets it wait, and decides about one that waits: it is wrong,
// unless it and the row after it fit between the two above them. Then the upper one is.
func (c *chunker) follow(r row) error {
	t := r.bar.OpenTime
	if len(c.wait) == 0 {
		if !c.any || c.after(t, c.last) {
			return c.place(r)
		}
		c.wait = append(c.wait, r)
		return nil
	}
	w := c.wait[0]
	c.wait = c.wait[:0]
	follows := c.after(t, c.last)
	above, some := c.above()
	if (!follows || c.stray(c.last)) && c.after(t, w.bar.OpenTime) && (!some || c.after(w.bar.OpenTime, above)) {
		if err := c.drop(w.bar.OpenTime); err != nil {
			return err
		}
		if err := c.place(w); err != nil {
			return err
		}
		return c.place(r)
	}
	if err := c.reject(w.line, c.against(w.bar.OpenTime)); err != nil {
		return err
	}
	if follows {
		return c.place(r)
	}
	c.wait = append(c.wait, r)
	return nil
}

// rest decides about the rows that wait when no more come.
func (c *chunker) rest() error {
	if len(c.wait) == 0 {
		return nil
	}
	if c.sign == 0 {
		if err := c.begin(); err != nil || len(c.wait) == 0 {
			return err
		}
	}
	w := c.wait[0]
	c.wait = nil
	return c.reject(w.line, c.against(w.bar.OpenTime))
}

// after reports whether a time follows another the way the file runs.
func (c *chunker) after(t, u market.Time) bool { return (t-u)*c.sign > 0 }

// stray reports whether a time is off the grid that was asked for.
func (c *chunker) stray(t market.Time) bool {
	return c.options.Interval > 0 && !c.options.Interval.Aligned(t)
}

// above returns the time of the row above the last one, if there is any.
func (c *chunker) above() (market.Time, bool) {
	if n := c.out.Len(); n > 1 {
		return c.out.OpenTime[n-2], true
	}
	return c.flushed, c.flushed >= 0
}

// place adds a row that follows the last one.
func (c *chunker) place(r row) error {
	if err := c.push(r.bar, r.line); err != nil {
		return err
	}
	c.learn(r.bar)
	c.seal()
	return nil
}

// drop takes the last row out again, as the two that stand below it show it to be wrong.
func (c *chunker) drop(below market.Time) error {
	n := c.out.Len() - 1
	line, f := c.lineOf(n), c.beyond(c.last, below)
	if c.stray(c.last) {
		f = c.offGrid(n)
	}
	c.last, c.any = c.above()
	c.dirty = true
	o := c.out
	o.OpenTime = o.OpenTime[:n]
	for _, x := range [...]*[]float64{&o.Open, &o.High, &o.Low, &o.Close, &o.Volume} {
		*x = (*x)[:n]
	}
	c.runs = slices.DeleteFunc(c.runs, func(r run) bool { return r.row == n })
	return c.reject(line, f)
}

// beyond says how the time of a row fails to be before those below it.
func (c *chunker) beyond(t, below market.Time) *fault {
	word := "later"
	if c.sign < 0 {
		word = "earlier"
	}
	return faultf("mend its time, or remove it", "open_time %s is %s than the rows below: the next is %s", t, word, below).as(ErrUnsorted).of(t)
}

// against says how a time fails to follow that of the row above.
func (c *chunker) against(t market.Time) *fault {
	if c.sign < 0 && t > c.last {
		return faultf("sort the rows by open_time", "open_time %s runs forwards where the rows above run backwards: the row above is %s", t, c.last).as(ErrUnsorted).of(t)
	}
	return unordered(t, c.last)
}
