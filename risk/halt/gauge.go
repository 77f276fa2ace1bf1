package halt

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// gauge follows the equity of the account or of one strategy, in quote, from the start
// of a period to its end. A bar that closes when a period ends is its last.
type gauge struct {
	period market.Interval // 0 is the whole run
	end    market.Time     // of the period at hand; 0 before the first bar
	start  float64         // equity at its start
	peak   float64
	last   float64 // equity at the last bar
	moved  float64 // of it, what came from elsewhere
	seen   market.Time

	halted bool
}

// measure takes the equity at a bar's close, and how much of it came from elsewhere:
// money that moved in or out since moves the peak with it. A period starts with the
// equity that the one before it left.
func (g *gauge) measure(now market.Time, equity, moved float64) {
	if since := moved - g.moved; since != 0 {
		g.start, g.peak, g.last, g.moved = g.start+since, g.peak+since, g.last+since, moved
	}
	switch {
	case g.end == 0:
		g.restart(now, equity)
	case now > g.end:
		g.restart(now, g.last)
	}
	g.peak, g.last = max(g.peak, equity), equity
}

// restart begins to measure at an equity.
func (g *gauge) restart(now market.Time, equity float64) {
	g.start, g.peak, g.last = equity, equity, equity
	g.end = market.MaxTime
	if g.period > 0 {
		g.end = g.period.Floor(now-1) + market.Time(g.period)
	}
}

// resume begins to measure after a halt.
func (g *gauge) resume(now market.Time, equity, moved float64) {
	g.halted, g.moved = false, moved
	g.restart(now, equity)
}

// lost returns how much less there is than at the start; below 0 it is more.
func (g *gauge) lost() float64 { return g.start - g.last }

// exceeds reports whether the fall from the peak is more than a share of the peak.
func (g *gauge) exceeds(limit float64) bool { return g.peak-g.last > float64(limit*g.peak) }

// fall returns how far equity lies below its peak, in percent to 2 decimals.
func (g *gauge) fall() decimal.Decimal {
	if g.peak <= 0 {
		return decimal.Zero
	}
	return market.Price((g.peak-g.last)/g.peak*100, 2)
}

// next returns when the next period starts: the first start after now; 0 is never.
func (g *gauge) next(now market.Time) market.Time {
	if g.period == 0 {
		return 0
	}
	return g.period.Floor(now) + market.Time(g.period)
}

// fixed writes money, or a percentage.
func fixed(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }
