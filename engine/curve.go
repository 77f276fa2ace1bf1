package engine

import (
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Sample is the account's equity at one time, in quote.
type Sample struct {
	Time   market.Time
	Equity float64
}

// Curve is the account's equity over a run (semantics M7, M8). Deposits and withdrawals
// move it; they are left out of Index and of MaxDrawdown.
type Curve struct {
	Daily       []Sample // the start, each 00:00 UTC (each bar where bars are longer), the last instant
	Instants    []Sample // every instant, if asked for
	MaxDrawdown float64  // of the index over all instants, as a negative fraction of the peak

	start float64
	steps []step  // money that moved in or out, by time
	peak  float64 // of the index, as the equity that would reach it now
	last  Sample
	low   float64     // the equity below which the drawdown is the deepest yet
	guard float64     // an equity that somebody waits for; -Inf is none
	calm  float64     // the higher of the two
	next  market.Time // from when on mark must extend: midnight, or always; 0 before the first bar

	idle   bool    // all was withdrawn
	height float64 // peak ÷ equity at the last flow, or when all was withdrawn

	midnight market.Time // the next 00:00 UTC to sample
	each     bool        // keep Instants
	perBar   bool        // bars are longer than a day
}

func (c *Curve) empty() bool { return c.next == 0 }

// begin takes the start equity at the first bar's open, and what moved since.
func (c *Curve) begin(open market.Time) {
	c.last = Sample{open, c.held(open)}
	c.height = 1
	c.scale(c.last.Equity)
	c.midnight = open.NextDay()
	if c.next = c.midnight; c.each || c.perBar {
		c.next = 1
	}
	c.Daily = append(c.Daily, c.last)
	if c.each {
		c.Instants = append(c.Instants, c.last)
	}
	c.replay(open)
}

// raise adds to the start equity, and so to every sample so far, what the account held
// from the start but nobody could value.
func (c *Curve) raise(by float64) {
	for i := range c.steps {
		c.steps[i].before += by
		c.steps[i].after += by
	}
	c.start, c.peak, c.low, c.last.Equity = c.start+by, c.peak+by, c.low+by, c.last.Equity+by
	c.watch(c.guard)
	if c.idle {
		c.scale(c.last.Equity)
	}
	for i := range c.Daily {
		c.Daily[i].Equity += by
	}
	for i := range c.Instants {
		c.Instants[i].Equity += by
	}
}

// earlier moves the start back to the open of a bar that began before it but closed
// later than the first.
func (c *Curve) earlier(open market.Time) {
	first := c.Daily[0]
	if open >= first.Time {
		return
	}
	head, drop := []Sample{{open, c.held(open)}}, 0
	for t := open.NextDay(); t < first.Time; t += market.Day {
		head = append(head, Sample{t, c.held(t)})
	}
	if first.Time%market.Day != 0 || c.perBar {
		drop = 1
	}
	c.Daily = append(head, c.Daily[drop:]...)
	if c.each {
		c.Instants[0] = head[0]
	}
	for i := range c.steps {
		s := &c.steps[i]
		if s.days > 0 {
			s.days += len(head) - drop
			continue
		}
		for s.at > open && s.days < len(head) && head[s.days].Time < s.at {
			s.days++
		}
	}
}

// mark takes the equity of one instant.
func (c *Curve) mark(t market.Time, equity float64) {
	if !c.take(t, equity) {
		c.extend(t, equity)
	}
}

// take takes the equity of one instant, or reports that it is one for extend. Small enough
// to be inlined: most instants are within a day, between the lowest equity since the peak
// and the peak.
func (c *Curve) take(t market.Time, equity float64) bool {
	if t >= c.next || equity > c.peak || equity < c.calm {
		return false
	}
	c.last = Sample{t, equity}
	return true
}

// watch sets the equity below which each is one for extend.
func (c *Curve) watch(guard float64) { c.guard, c.calm = guard, max(c.low, guard) }

// extend takes an equity that is a sample, a peak, or the deepest fall yet. Where every
// instant is to be kept it is called for each.
func (c *Curve) extend(t market.Time, equity float64) {
	if c.next == 0 {
		return
	}
	if t >= c.midnight || c.perBar {
		c.sample(t, equity)
	}
	c.last = Sample{t, equity}
	if equity > c.peak {
		c.peak = equity
		c.low = c.peak + float64(c.MaxDrawdown*c.peak)
	} else if equity < c.low {
		c.low = equity
		c.MaxDrawdown = (equity - c.peak) / c.peak
	}
	if c.each {
		c.Instants = append(c.Instants, c.last)
	}
	c.watch(c.guard)
	if c.next = c.midnight; c.each || c.perBar {
		c.next = 1
	}
}

// sample carries the equity forward over the days that passed, and takes that of t.
func (c *Curve) sample(t market.Time, equity float64) {
	if c.perBar {
		c.Daily = append(c.Daily, Sample{t, equity})
		c.midnight = t.NextDay()
		return
	}
	if c.carry(t); c.midnight == t {
		c.Daily = append(c.Daily, Sample{t, equity})
		c.midnight += market.Day
	}
}

// carry repeats the last equity for the days that ended before t.
func (c *Curve) carry(t market.Time) {
	for ; c.midnight < t && !c.perBar; c.midnight += market.Day {
		c.Daily = append(c.Daily, Sample{c.midnight, c.last.Equity})
	}
}

// finished returns the curve so far with the last instant. It may go on.
func (c *Curve) finished() *Curve {
	f := *c
	if n := len(f.Daily); n > 0 && f.Daily[n-1].Time < f.last.Time {
		f.Daily = append(slices.Clip(f.Daily), f.last)
	}
	return &f
}
