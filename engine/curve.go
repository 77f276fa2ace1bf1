package engine

import "github.com/signalman-trading/signalman/market"

// Sample is the account's equity at one time, in quote.
type Sample struct {
	Time   market.Time
	Equity float64
}

// Curve is the account's equity over a run (semantics M7, M8).
type Curve struct {
	Daily       []Sample // the start, each 00:00 UTC (each bar where bars are longer), the last instant
	Instants    []Sample // every instant, if asked for
	MaxDrawdown float64  // over all instants, as a negative fraction of the peak

	start  float64
	peak   float64
	last   Sample
	next   market.Time // the next 00:00 UTC to sample; 0 before the first bar
	each   bool        // keep Instants
	perBar bool        // bars are longer than a day
}

func (c *Curve) empty() bool { return c.next == 0 }

// begin takes the start equity at the first bar's open.
func (c *Curve) begin(open market.Time) {
	c.last = Sample{open, c.start}
	c.peak = c.start
	c.next = open.NextDay()
	c.Daily = append(c.Daily, c.last)
	if c.each {
		c.Instants = append(c.Instants, c.last)
	}
}

// earlier moves the start back to the open of a bar that began before it but closed
// later than the first.
func (c *Curve) earlier(open market.Time) {
	first := c.Daily[0]
	if open >= first.Time {
		return
	}
	head := []Sample{{open, c.start}}
	for t := open.NextDay(); t < first.Time; t += market.Day {
		head = append(head, Sample{t, c.start})
	}
	if first.Time%market.Day != 0 || c.perBar {
		c.Daily = c.Daily[1:]
	}
	c.Daily = append(head, c.Daily...)
	if c.each {
		c.Instants[0].Time = open
	}
}

// mark takes the equity of one instant.
func (c *Curve) mark(t market.Time, equity float64) {
	if t >= c.next || c.perBar {
		if c.next == 0 {
			return
		}
		c.sample(t, equity)
	}
	c.last = Sample{t, equity}
	if equity > c.peak {
		c.peak = equity
	} else if d := equity - c.peak; d < c.MaxDrawdown*c.peak {
		c.MaxDrawdown = d / c.peak
	}
	if c.each {
		c.Instants = append(c.Instants, c.last)
	}
}

// sample carries the equity forward over the days that passed, and takes that of t.
func (c *Curve) sample(t market.Time, equity float64) {
	if c.perBar {
		c.Daily = append(c.Daily, Sample{t, equity})
		c.next = t.NextDay()
		return
	}
	for ; c.next < t; c.next += market.Day {
		c.Daily = append(c.Daily, Sample{c.next, c.last.Equity})
	}
	if c.next == t {
		c.Daily = append(c.Daily, Sample{t, equity})
		c.next += market.Day
	}
}

// finish adds the last instant.
func (c *Curve) finish() {
	if n := len(c.Daily); n > 0 && c.Daily[n-1].Time < c.last.Time {
		c.Daily = append(c.Daily, c.last)
	}
}
