package live

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// decimals is the grid of live prices and volumes: venues print no more.
const decimals = 8

// series is the execution series of an instrument (semantics X1), as it grows, and the
// coarser ones that are made of it.
type series struct {
	instrument market.InstrumentID
	interval   market.Interval
	bars       *market.Columns // new ones now and then: the feed alone looks at them
	due        market.Time     // close of the bar that is expected next
	queue      []arrival       // bars that arrived and were not handed out, in rising time
	warmup     int             // bars of its own interval before the session begins
	keep       int             // of its bars, the last ones that anybody may look back at
	coarser    []*coarser

	heard  market.Time // close of the last bar, or until when the venue has none; 0: it has not begun
	behind bool        // the last bar came late
	asked  market.Time // when the venue was asked last whether there are bars
}

// coarser is a series that is made of a finer one.
type coarser struct {
	resampler *market.Resampler
	interval  market.Interval
	bars      *market.Columns
	keep      int         // as of the series
	open      market.Time // of the bar that is being made
	past      market.Time // open time of the last one handed out; both -1 before the first
}

// executions returns the execution series of what is subscribed to, in the order of T2,
// and the execution interval of each instrument.
func executions(instruments []market.Instrument, subs []engine.Subscription) ([]*series, []market.Interval) {
	var list []*series
	execution := make([]market.Interval, len(instruments))
	for i := range instruments {
		id := market.InstrumentID(i)
		intervals, warmup := watched(subs, id)
		if len(intervals) == 0 {
			continue
		}
		s := &series{instrument: id, interval: intervals[0], bars: market.MakeColumns(intervals[0], 1024), keep: kept(warmup[0])}
		s.bars.PriceScale, s.bars.VolumeScale = decimals, decimals
		for k, d := range intervals {
			s.warmup = max(s.warmup, warmup[k]*int(d/intervals[0]))
			if k > 0 {
				s.coarser = append(s.coarser, &coarser{resampler: market.NewResampler(s.bars, d), interval: d, keep: kept(warmup[k]), open: -1, past: -1})
			}
		}
		execution[i] = intervals[0]
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *series) int {
		x, y := &instruments[a.instrument], &instruments[b.instrument]
		return cmp.Or(cmp.Compare(x.Venue, y.Venue), cmp.Compare(x.Symbol, y.Symbol))
	})
	return list, execution
}

// watched returns the intervals that are watched of an instrument, finest first, and the
// warm-up of each in bars.
func watched(subs []engine.Subscription, i market.InstrumentID) (intervals []market.Interval, warmup []int) {
	for _, s := range subs {
		if s.Instrument == i && !slices.Contains(intervals, s.Interval) {
			intervals = append(intervals, s.Interval)
		}
	}
	slices.Sort(intervals)
	warmup = make([]int, len(intervals))
	for _, s := range subs {
		if k := slices.Index(intervals, s.Interval); s.Instrument == i && k >= 0 {
			warmup[k] = max(warmup[k], s.Warmup, s.Lookback)
		}
	}
	return intervals, warmup
}

// How many bars of a series are kept at least, and how many more may follow before those
// that nobody looks back at are let go.
const leastKept, leastFresh = 64, 4096

// kept returns how many bars are kept for who looks back at some.
func kept(lookback int) int { return max(leastKept, lookback) }

// fresh returns how many bars follow those that are kept before it is cut to them again: so
// many that a cut costs little for each bar.
func fresh(keep int) int { return max(leastFresh, 4*keep) }

// closes returns when a bar of the series that opened at a time exists.
func (s *series) closes(open market.Time) market.Time { return open + market.Time(s.interval) }

// add takes the next bar, and returns its event. A bar that comes after the coarser one
// it is part of has been handed out is no part of that any more.
func (s *series) add(b market.Bar, at market.Time) market.Event {
	if s.bars.Len() >= s.keep+fresh(s.keep) {
		s.bars = s.bars.Tail(s.keep, fresh(s.keep))
	}
	s.bars.Append(b)
	s.hear(b.OpenTime, at)
	row := s.bars.Len() - 1
	for _, c := range s.coarser {
		if start := c.interval.Floor(b.OpenTime); start > c.past {
			c.open = start
			c.bars = c.resampler.Add(s.bars, row)
		}
	}
	return s.event(s.bars, row, at)
}

func (s *series) event(bars *market.Columns, row int, at market.Time) market.Event {
	return market.Event{Time: at, Kind: market.KindBar, Instrument: s.instrument, Interval: bars.Interval, Bars: bars, Row: int32(row)}
}

// closing returns when the first of the coarser bars that are being made closes, or
// MaxTime.
func (s *series) closing() market.Time {
	first := market.MaxTime
	for _, c := range s.coarser {
		if c.open > c.past {
			first = min(first, c.open+market.Time(c.interval))
		}
	}
	return first
}

// close appends the events of the coarser bars that close by a time.
func (s *series) close(events []market.Event, now market.Time) []market.Event {
	for _, c := range s.coarser {
		if c.open > c.past && c.open+market.Time(c.interval) <= now {
			if c.bars.Len() >= c.keep+fresh(c.keep) {
				c.resampler.Forget(c.keep, fresh(c.keep))
			}
			c.bars, c.past = c.resampler.Finish(now), c.open
			events = append(events, s.event(c.bars, c.bars.Len()-1, now))
		}
	}
	return events
}
