package barfile

import (
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/market"
)

const second = market.Interval(time.Second)

// settle finds the interval from the first rows, or says why it cannot.
func (c *chunker) settle() *fault {
	if c.settled {
		return nil
	}
	times, d := c.out.OpenTime[:min(c.out.Len(), c.sample)], c.interval
	if d != 0 {
		if common := spacing(times); common > d && common%d == 0 && len(times) >= manyRows && c.count < len(times)-1 {
			return faultf(useInterval(common), "the rows are %s apart where the interval is %s", common, d)
		}
		return nil
	}
	if len(times) == 1 {
		return faultf("name the interval", "a single bar does not show its interval")
	}
	if d = infer(times); d%second != 0 {
		return faultf("check the unit of the times", "the rows are %s apart, which is not a whole number of seconds", time.Duration(d))
	}
	c.interval = d
	return nil
}

// manyRows is how many rows have to agree that the interval is a coarser one than the one
// that was named: fewer do so by chance where most bars are missing.
const manyRows = 30

func useInterval(d market.Interval) string { return "it looks like interval " + d.String() }

// step returns how far apart row i and the one below it are.
func step(times []market.Time, i int) market.Time {
	if d := times[i+1] - times[i]; d > 0 {
		return d
	}
	return times[i] - times[i+1]
}

// spacing returns the smallest difference of times if it divides all others, or 0.
func spacing(times []market.Time) market.Interval {
	least := smallest(times)
	for i := range len(times) - 1 {
		if d := step(times, i); d != least && d%least != 0 {
			return 0
		}
	}
	return market.Interval(least)
}

func smallest(times []market.Time) market.Time {
	least := market.MaxTime
	for i := range len(times) - 1 {
		least = min(least, step(times, i))
	}
	return least
}

// infer returns the smallest difference of times, or the one that nine of ten share:
// a few rows off the grid do not make the grid finer.
func infer(times []market.Time) market.Interval {
	common, score := market.Time(0), 0
	for i := range len(times) - 1 { // the majority vote of Boyer and Moore
		switch d := step(times, i); {
		case d == common:
			score++
		case score == 0:
			common, score = d, 1
		default:
			score--
		}
	}
	count := 0
	for i := range len(times) - 1 {
		if step(times, i) == common {
			count++
		}
	}
	if count > 9*(len(times)-1)/10 {
		return market.Interval(common)
	}
	return market.Interval(smallest(times))
}

// checkGrid refuses rows that do not open on the grid of the interval. Where bad
// rows end the reading it cuts the chunk above the first.
func (c *chunker) checkGrid() error {
	d, times := c.interval, c.out.OpenTime
	kept, aligned := 0, false
	var runs []run // of the rows that are kept, once one is not
	for row, t := range times {
		aligned = aligned && (t-times[row-1])*c.sign == market.Time(d) || d.Aligned(t)
		if !aligned {
			if err := c.add(c.lineOf(row), c.offGrid(row)); err != nil {
				c.cut(row)
				return err
			}
			if kept == row {
				runs = slices.DeleteFunc(slices.Clone(c.runs), func(r run) bool { return r.row >= row })
			}
			continue
		}
		if kept < row {
			c.move(kept, row)
			runs = noted(runs, kept, c.lineOf(row))
		}
		kept++
	}
	if kept < len(times) {
		c.cut(kept)
		c.runs = runs
	}
	return nil
}

func (c *chunker) offGrid(row int) *fault {
	d, t := c.interval, c.out.OpenTime[row]
	hint := "check the interval and the time zone"
	if row > 0 {
		step := market.Interval(step(c.out.OpenTime, row-1))
		if step < d && d%step == 0 && step.Aligned(t) {
			hint = fmt.Sprintf("it follows %s after the row above: use interval %s if all rows do", step, step)
		}
	}
	return faultf(hint, "open_time %s does not start a bar of %s", t, d).as(ErrOffGrid).of(t)
}

// move copies a row to a place above it.
func (c *chunker) move(to, from int) {
	o := c.out
	o.OpenTime[to] = o.OpenTime[from]
	for _, x := range [...][]float64{o.Open, o.High, o.Low, o.Close, o.Volume} {
		x[to] = x[from]
	}
}

// cut keeps the first n rows.
func (c *chunker) cut(n int) {
	c.out, c.dirty = c.out.Slice(0, n), true
}

// grids looks at the decimals of rows anew.
func grids(rows *market.Columns) [2]grid {
	var c chunker
	for row := range rows.OpenTime {
		c.learn(rows.Bar(row))
	}
	return [2]grid{c.prices, c.volumes}
}

// learn takes note of the decimals of a bar that is in the chunk.
func (c *chunker) learn(b market.Bar) {
	for _, x := range [...]float64{b.Open, b.High, b.Low, b.Close} {
		c.prices.learn(x)
	}
	c.volumes.learn(b.Volume)
	c.prices.max = max(c.prices.max, b.High)
	c.volumes.max = max(c.volumes.max, b.Volume)
}
