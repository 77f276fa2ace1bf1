package halt

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// gauge follows the equity of the account or of one strategy, in quote, from the start
// of a period to its end. A bar that closes when a period ends is its last.
type gauge struct {
	period market.Interval // 0 is the whole run
	end    market.Time     // of the period at hand; 0 before the first bar
	peak   float64
	last   float64 // equity at the last bar
	moved  float64 // of it, what came from elsewhere
	seen   market.Time

	halted bool
	until  market.Time // when the halt lifts by itself; MaxTime: never
}

// measure takes the equity at a bar's close, and how much of it came from elsewhere:
// money that moved in or out since moves the peak with it. A period starts with the
// equity that the one before it left.
func (g *gauge) measure(now market.Time, equity, moved float64) {
	if since := moved - g.moved; since != 0 {
		g.peak, g.last, g.moved = g.peak+since, g.last+since, moved
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
	g.peak, g.last = equity, equity
	g.end = market.MaxTime
	if g.period > 0 {
		g.end = g.period.Floor(now-1) + market.Time(g.period)
	}
}

// exceeds reports whether the fall from the peak is more than a share of the peak.
func (g *gauge) exceeds(limit float64) bool { return g.peak-g.last > float64(limit*g.peak) }

// fall returns how far equity lies below its peak, in percent to 2 decimals.
func (g *gauge) fall() decimal.Decimal {
	if g.peak <= 0 {
		return decimal.Zero
	}
	return market.Price((g.peak-g.last)/g.peak*100, 2)
}

// next returns when the next period starts: the first start after now.
func (g *gauge) next(now market.Time) market.Time {
	if g.period == 0 {
		return market.MaxTime
	}
	return g.period.Floor(now) + market.Time(g.period)
}
