package signalstudy

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// mostGaps bounds the list of gaps.
const mostGaps = 100

// Coverage is how much of a signal there is.
type Coverage struct {
	Expected int      `json:"expected"` // steps from the first effective time to the last
	Present  int      `json:"present"`  // effective times with a value, as first known
	Null     int      `json:"null"`     // effective times whose first row says that there is none
	Missing  int      `json:"missing"`  // steps without a row
	Share    *float64 `json:"share"`    // present ÷ expected
	Gaps     int      `json:"gaps"`     // runs of missing steps
	Longest  []Gap    `json:"longest"`  // the longest 100 of them, the longest first
}

// A Gap is a run of steps without a row.
type Gap struct {
	After   market.Time `json:"after"`  // the effective time before it
	Before  market.Time `json:"before"` // and behind it
	Missing int         `json:"missing"`
}

// cover counts steps.
func cover(rows []market.Signal, times []market.Time, step market.Duration) Coverage {
	c := Coverage{Longest: []Gap{}}
	firsts(rows, func(s *market.Signal) {
		if s.Null {
			c.Null++
		} else {
			c.Present++
		}
	})
	for i := 1; i < len(times); i++ {
		if n := missing(times[i]-times[i-1], step); n > 0 {
			c.Missing += n
			c.Longest = append(c.Longest, Gap{times[i-1], times[i], n})
		}
	}
	slices.SortStableFunc(c.Longest, func(a, b Gap) int { return cmp.Compare(b.Missing, a.Missing) })
	c.Gaps = len(c.Longest)
	c.Longest = c.Longest[:min(mostGaps, c.Gaps)]
	c.Expected = len(times) + c.Missing
	c.Share = ratio(float64(c.Present), float64(c.Expected))
	return c
}

// firsts calls f with the first row known about each effective time.
func firsts(rows []market.Signal, f func(*market.Signal)) {
	seen := map[market.Time]bool{}
	for i := range rows {
		if s := &rows[i]; !seen[s.Effective] {
			seen[s.Effective] = true
			f(s)
		}
	}
}

// Staleness is how old the row in force is at the close of each bar, from when the first row
// was known until a step after the last.
type Staleness struct {
	Bars   int                      `json:"bars"`
	Age    *Spread[market.Duration] `json:"age"` // since the effective time; of null rows too
	MaxAge market.Duration          `json:"max_age"`
	Old    int                      `json:"old"`  // bars at which it is older than that
	Null   int                      `json:"null"` // bars at which it is null and not too old
}

// stale looks at each bar.
func stale(in *Input, step market.Duration) Staleness {
	s := Staleness{MaxAge: in.MaxAge}
	feed, apply := feedOf(in.Rows)
	end := in.Rows[len(in.Rows)-1].Known + market.Time(step)
	var ages []market.Duration
	next := 0
	for k := range in.Bars.Len() {
		now := in.Bars.Time(k)
		if now > end {
			break
		}
		next = apply(next, now)
		if feed.Row == nil {
			continue
		}
		age := market.Duration(now - feed.Row.Effective)
		ages = append(ages, age)
		switch _, ok := feed.At(now, market.Time(in.MaxAge)); {
		case ok:
		case feed.Row.Null && age <= in.MaxAge:
			s.Null++
		default:
			s.Old++
		}
	}
	s.Bars, s.Age = len(ages), spread(ages)
	return s
}

// Lag is how long after their effective times rows became known, the first about each.
type Lag struct {
	Observed *Spread[market.Duration] `json:"observed"` // null where there is none
	Assumed  *Spread[market.Duration] `json:"assumed"`
}

// Revisions are corrections: another value about the same effective time. A row that says
// the same again is none.
type Revisions struct {
	Revised  int                      `json:"revised"` // effective times
	Share    *float64                 `json:"share"`   // of all
	Changes  int                      `json:"changes"` // of the value, or from or to null
	Size     *Spread[float64]         `json:"size"`    // |new − old| in the kind's unit
	Relative *float64                 `json:"median_size_in_deviations"`
	Delay    *Spread[market.Duration] `json:"delay"` // after the first row
}

// publication tells how rows came, and were corrected.
func publication(rows []market.Signal) (lag Lag, r Revisions) {
	var observed, assumed, delays []market.Duration
	var sizes []float64
	first, last, revised := map[market.Time]*market.Signal{}, map[market.Time]*market.Signal{}, map[market.Time]bool{}
	for i := range rows {
		s := &rows[i]
		old := last[s.Effective]
		last[s.Effective] = s
		switch {
		case old == nil && s.Assumed:
			first[s.Effective], assumed = s, append(assumed, market.Duration(s.Known-s.Effective))
		case old == nil:
			first[s.Effective], observed = s, append(observed, market.Duration(s.Known-s.Effective))
		case !s.Repeats(old):
			revised[s.Effective] = true
			delays = append(delays, market.Duration(s.Known-first[s.Effective].Known))
			if r.Changes++; !s.Null && !old.Null {
				sizes = append(sizes, max(s.Value-old.Value, old.Value-s.Value))
			}
		}
	}
	r.Revised, r.Share = len(revised), ratio(float64(len(revised)), float64(len(first)))
	r.Size, r.Delay = spread(sizes), spread(delays)
	return Lag{spread(observed), spread(assumed)}, r
}

// scale says the size of revisions in standard deviations of the values.
func (r *Revisions) scale(deviation *float64) {
	if r.Size != nil && deviation != nil {
		r.Relative = ratio(r.Size.Median, *deviation)
	}
}
