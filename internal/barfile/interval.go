package barfile

import (
	"fmt"
	"sort"
	"time"

	"github.com/signalman-trading/signalman/market"
)

const second = market.Interval(time.Second)

// finish puts what the rows have in common into the result: scales, interval, gaps.
// It takes the error that ended the reading, if any, and returns the first by line.
func (p *parser) finish(err error) (*Result, error) {
	p.out.PriceScale, p.out.VolumeScale = p.prices.scale(), p.volumes.scale()
	if f := p.findInterval(); f != nil {
		if err == nil {
			err = p.at(p.lineOf(min(1, p.out.Len()-1)), f)
		}
		return p.result(), err
	}
	if off := p.checkGrid(); off != nil && (err == nil || p.options.Interval != 0) {
		err = off
	}
	p.findGaps()
	return p.result(), err
}

func (p *parser) result() *Result {
	return &Result{Columns: p.out, Gaps: p.gaps, Bad: p.sorted(), BadCount: p.count}
}

// lineOf returns the line on which a row stands, or 0 where there is none.
func (p *parser) lineOf(row int) int {
	i := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].row > row })
	if i == 0 {
		return 0
	}
	return p.runs[i-1].line + row - p.runs[i-1].row
}

// findInterval settles the interval, or says why it cannot be.
func (p *parser) findInterval() *fault {
	times, d := p.out.OpenTime, p.options.Interval
	if len(times) == 0 {
		return faultf(rowHint, "there are no bars")
	}
	if d != 0 {
		if common := spacing(times); common > d && common%d == 0 && len(times) > 2 {
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
	p.out.Interval = d
	return nil
}

func useInterval(d market.Interval) string { return "it looks like interval " + d.String() }

// spacing returns the smallest difference of times if it divides all others, or 0.
func spacing(times []market.Time) market.Interval {
	least := smallest(times)
	for i, t := range times[1:] {
		if d := t - times[i]; d != least && d%least != 0 {
			return 0
		}
	}
	return market.Interval(least)
}

func smallest(times []market.Time) market.Time {
	least := market.MaxTime
	for i, t := range times[1:] {
		least = min(least, t-times[i])
	}
	return least
}

// infer returns the smallest difference of times, or the one that nine of ten share:
// a few rows off the grid do not make the grid finer.
func infer(times []market.Time) market.Interval {
	common, score := market.Time(0), 0
	for i, t := range times[1:] { // the majority vote of Boyer and Moore
		switch d := t - times[i]; {
		case d == common:
			score++
		case score == 0:
			common, score = d, 1
		default:
			score--
		}
	}
	count := 0
	for i, t := range times[1:] {
		if t-times[i] == common {
			count++
		}
	}
	if count > 9*(len(times)-1)/10 {
		return market.Interval(common)
	}
	return market.Interval(smallest(times))
}

// checkGrid refuses rows that do not open on the grid of the interval. Where bad
// rows end the reading it cuts the columns above the first.
func (p *parser) checkGrid() error {
	d, times := p.out.Interval, p.out.OpenTime
	kept, aligned := 0, false
	for row, t := range times {
		aligned = aligned && t-times[row-1] == market.Time(d) || d.Aligned(t)
		if !aligned {
			if err := p.add(p.lineOf(row), p.offGrid(row)); err != nil {
				p.cut(row)
				return err
			}
			continue
		}
		if kept < row {
			p.move(kept, row)
		}
		kept++
	}
	if kept < len(times) {
		p.cut(kept)
	}
	return nil
}

func (p *parser) offGrid(row int) *fault {
	d, t := p.out.Interval, p.out.OpenTime[row]
	hint := "check the interval and the time zone"
	if row > 0 {
		step := market.Interval(t - p.out.OpenTime[row-1])
		if step < d && d%step == 0 && step.Aligned(t) {
			hint = fmt.Sprintf("it follows %s after the row above: use interval %s if all rows do", step, step)
		}
	}
	return faultf(hint, "open_time %s does not start a bar of %s", t, d)
}

// move copies a row to a place above it.
func (p *parser) move(to, from int) {
	c := p.out
	c.OpenTime[to] = c.OpenTime[from]
	for _, x := range [...][]float64{c.Open, c.High, c.Low, c.Close, c.Volume} {
		x[to] = x[from]
	}
}

// cut keeps the first n rows, and looks at their decimals anew.
func (p *parser) cut(n int) {
	p.out = p.out.Slice(0, n)
	p.prices, p.volumes = grid{}, grid{}
	for row := range n {
		b := p.out.Bar(row)
		for _, x := range [...]float64{b.Open, b.High, b.Low, b.Close} {
			p.prices.learn(x)
		}
		p.volumes.learn(b.Volume)
		p.prices.max = max(p.prices.max, b.High)
		p.volumes.max = max(p.volumes.max, b.Volume)
	}
	p.out.PriceScale, p.out.VolumeScale = p.prices.scale(), p.volumes.scale()
}

// findGaps lists the bars that are missing between rows.
func (p *parser) findGaps() {
	d, times := market.Time(p.out.Interval), p.out.OpenTime
	for i := 1; i < len(times); i++ {
		if step := times[i] - times[i-1]; step != d {
			p.gaps = append(p.gaps, Gap{times[i-1] + d, times[i], int64(step/d) - 1})
		}
	}
}
