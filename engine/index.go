package engine

import (
	"math"

	"github.com/signalman-trading/signalman/market"
)

// step is the equity of the account around a deposit or a withdrawal.
type step struct {
	at            market.Time
	days          int // of Curve.Daily, that come before it
	before, after float64
}

// flow takes a deposit or a withdrawal: the index goes on where it was, so the peak moves
// with the equity. Where nothing is left, it stands still until there is money again; and
// what was lost whole stays lost.
func (c *Curve) flow(t market.Time, before, after float64) {
	if !c.empty() {
		c.carry(t)
	}
	c.steps = append(c.steps, step{t, len(c.Daily), before, after})
	if c.empty() {
		return // begin goes on from here
	}
	if !c.idle {
		if c.height = math.Inf(1); before > 0 {
			c.height = c.peak / before
		}
	}
	c.scale(after)
}

// replay takes again what moved before any bar was known, but after the first one's open.
func (c *Curve) replay(open market.Time) {
	n := 0
	for n < len(c.steps) && c.steps[n].at <= open {
		n++
	}
	later := c.steps[n:]
	c.steps = c.steps[:n:n]
	for i, s := range later {
		c.flow(s.at, s.before, s.after)
		if i+1 == len(later) || later[i+1].at > s.at {
			c.mark(s.at, s.after)
		}
	}
}

// scale moves the peak to where the index is as high as it was with another equity.
func (c *Curve) scale(equity float64) {
	if c.idle = equity <= 0; c.idle {
		c.peak, c.low = math.Inf(1), math.Inf(-1)
	} else {
		c.peak = float64(equity * c.height)
		c.low = c.peak + float64(c.MaxDrawdown*c.peak)
	}
	c.watch(c.guard)
}

// held returns the equity at a time before anything was traded.
func (c *Curve) held(t market.Time) float64 {
	equity := c.start
	for i := range c.steps {
		if c.steps[i].at <= t {
			equity = c.steps[i].after
		}
	}
	return equity
}

// Index returns, for each sample of Daily, what the first one's equity would have become
// had no money moved in or out: the time-weighted growth (semantics M7). Without flows
// it is the equity. That of an account that began with nothing is 1 until money comes.
func (c *Curve) Index() []float64 {
	list := make([]float64, len(c.Daily))
	scale, level, idle, next := 1.0, 1.0, len(c.steps) > 0 && len(list) > 0 && c.Daily[0].Equity <= 0, 0
	for i := range list {
		for ; next < len(c.steps) && c.steps[next].days <= i; next++ {
			s := &c.steps[next]
			if s.days == 0 {
				continue // the first sample has it
			}
			if !idle {
				level = s.before * scale
			}
			if idle = s.after <= 0 || level <= 0; !idle {
				scale = level / s.after
			}
		}
		if list[i] = c.Daily[i].Equity * scale; idle {
			list[i] = level
		}
	}
	return list
}
