package engine

import "github.com/signalman-trading/signalman/market"

// Sample is the account's equity at one time, in quote.
type Sample struct {
	Time   market.Time
	Equity float64
}

// Curve is the account's equity over a run (semantics M7, M8): the start equity and the
// profit since. Deposits are left out of it, and withdrawals put back.
type Curve struct {
	Daily       []Sample // the start, each 00:00 UTC (each bar where bars are longer), the last instant
	Instants    []Sample // every instant, if asked for
	MaxDrawdown float64  // over all instants, as a negative fraction of the peak

	start float64
	peak  float64
	last  Sample
	low   float64     // the equity below which the drawdown is the deepest yet
	next  market.Time // from when on mark must extend: midnight, or always; 0 before the first bar

	midnight market.Time // the next 00:00 UTC to sample
	each     bool        // keep Instants
	perBar   bool        // bars are longer than a day
}

func (c *Curve) empty() bool { return c.next == 0 }

// begin takes the start equity at the first bar's open.
func (c *Curve) begin(open market.Time) {
	c.last = Sample{open, c.start}
	c.peak = c.start
	c.midnight = open.NextDay()
	if c.low, c.next = c.peak, c.midnight; c.each || c.perBar {
		c.next = 1
	}
	c.Daily = append(c.Daily, c.last)
	if c.each {
		c.Instants = append(c.Instants, c.last)
	}
}

// raise adds to the start equity, and so to every sample so far, what the account held
// from the start but nobody could value.
func (c *Curve) raise(by float64) {
	c.start, c.peak, c.low, c.last.Equity = c.start+by, c.peak+by, c.low+by, c.last.Equity+by
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

// mark takes the equity of one instant. Small enough to be inlined: most instants are
// within a day, between the lowest equity since the peak and the peak.
func (c *Curve) mark(t market.Time, equity float64) {
	if t >= c.next || equity > c.peak || equity < c.low {
		c.extend(t, equity)
		return
	}
	c.last = Sample{t, equity}
}

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
	for ; c.midnight < t; c.midnight += market.Day {
		c.Daily = append(c.Daily, Sample{c.midnight, c.last.Equity})
	}
	if c.midnight == t {
		c.Daily = append(c.Daily, Sample{t, equity})
		c.midnight += market.Day
	}
}

// finish adds the last instant.
func (c *Curve) finish() {
	if n := len(c.Daily); n > 0 && c.Daily[n-1].Time < c.last.Time {
		c.Daily = append(c.Daily, c.last)
	}
}
