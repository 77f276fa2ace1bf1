package strategytest

import (
	"cmp"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// poison says which of the data become garbage: bars that close, and signals that
// become known, after one time and up to another.
type poison struct {
	after, until  market.Time
	bars, signals bool
	up            bool // prices, volumes and values rise, else they fall
	shift         bool // bars that follow open later too
}

// everything is all that comes after a time.
func everything(after market.Time, up bool) poison {
	return poison{after: after, until: market.MaxTime, bars: true, signals: true, up: up, shift: up}
}

// apply writes garbage into the arrays of the main history. The garbage obeys what
// every bar does (prices on the grid, high above low), and nothing else.
func (s *suite) apply(p poison) {
	if p.bars {
		for k := range s.h.Series {
			p.ruin(s.h.Series[k].Columns)
		}
	}
	for k := range s.h.Funding {
		if x := &s.h.Funding[k]; p.bars && x.Time > p.after && x.Time <= p.until {
			x.Rate = x.Rate.Neg()
		}
	}
	for k := range s.h.Signals {
		if x := &s.h.Signals[k]; p.signals && x.Known > p.after && x.Known <= p.until {
			p.ruinSignal(x, k)
		}
	}
}

func (p *poison) ruin(c *market.Columns) {
	from := c.Search(p.after - market.Time(c.Interval) + 1)
	for row := from; row < c.Len() && c.Time(row) <= p.until; row++ {
		times := int64(3 + 4*((row-from)&1)) // 3, 7, 3, 7
		for _, column := range [...][]float64{c.Open, c.High, c.Low, c.Close} {
			column[row] = p.price(column[row], times)
		}
		c.Volume[row] = p.volume(c.Volume[row])
	}
	if p.shift {
		for row := from; row < c.Len(); row++ {
			c.OpenTime[row] += 5 * market.Time(c.Interval)
		}
	}
}

func (p *poison) price(x float64, times int64) float64 {
	if p.up {
		return price(cents(x) * times)
	}
	return price(max(cents(x)/times, 1))
}

func (p *poison) volume(x float64) float64 {
	if p.up {
		return x + 1e6
	}
	return 0
}

func (p *poison) ruinSignal(x *market.Signal, k int) {
	x.Value, x.Null, x.Effective = -1000, k%3 == 0, x.Effective+market.Day
	if p.up {
		x.Value, x.Null = 1000, false
	}
}

// cuts returns the times at which the future is taken away: just before, at and just
// after decisions, spread over the run, and at round counts. Strategies that trade
// much get fewer, since each of their runs takes longer, and more so on perpetuals. Some are
// just before large moves, which a strategy that sees the future may act on alone.
func (s *suite) cuts() []market.Time {
	var at []market.Time
	entries := s.base.entries
	round, least, worth := market.Time(12), 5, 15_000
	if s.perpetual {
		round, least, worth = 6, 2, 1_500
	}
	most := min(max(least, worth/max(1, len(entries))), 40)
	stride := max(1, (len(entries)+most-1)/most)
	for k := 0; k < len(entries); k += stride {
		t := entries[k].time
		at = append(at, t-1, t, t+market.Time(s.interval)/2)
	}
	from, to := s.h.Span()
	for k := range round {
		at = append(at, s.interval.Floor(from+(to-from)/round*k)+market.Time(s.interval))
	}
	at = append(at, s.leaps(min(most, 8))...)
	slices.Sort(at)
	at = slices.DeleteFunc(at, func(t market.Time) bool { return t > to }) // the whole run ends there
	return slices.Compact(at)
}

// large is a move of a bar that some strategies would care for, as a share of its open.
const large = 0.025

// leaps returns up to n times just before large moves of the main data, those first at which
// the strategy decided something, else spread over the run.
func (s *suite) leaps(n int) []market.Time {
	var decided, others []market.Time
	for k := range s.h.Series {
		c := s.h.Series[k].Columns
		for row, t := range c.OpenTime {
			if math.Abs(c.Close[row]-c.Open[row]) < large*c.Open[row] {
				continue
			}
			_, found := slices.BinarySearchFunc(s.base.entries, t, func(e entry, t market.Time) int { return cmp.Compare(e.time, t) })
			if found {
				decided = append(decided, t)
			} else {
				others = append(others, t)
			}
		}
	}
	decided = spread(decided, n*3/4)
	return append(decided, spread(others, n-len(decided))...)
}

// spread returns up to n of the times, at even distances.
func spread(list []market.Time, n int) (some []market.Time) {
	for k := range min(n, len(list)) {
		some = append(some, list[k*len(list)/min(n, len(list))])
	}
	return some
}
