package datacheck

import (
	"cmp"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Options say what to know and how strict to be. The zero value is valid.
type Options struct {
	Venue string      // whose known outages explain gaps; see Outages
	Now   market.Time // a bar that closes later is unfinished; 0 looks for none

	Jump       float64 // usual moves that make a jump; 0 is DefaultJump
	ZeroVolume int     // bars in a row without volume that are worth a word; 0 is DefaultZeroVolume
	Stale      int     // bars in a row that are alike; 0 is DefaultStale
	Limit      int     // findings of a kind that are listed; 0 is MaxFindings

	Line func(row int) int // where a row of the series stands, for findings; nil is its number
}

// The defaults. Over all real series that the tests know they leave a handful of findings,
// each of which is a price worth a look.
const (
	DefaultJump       = 100
	DefaultZeroVolume = 5
	DefaultStale      = 6
)

// Check looks at one series. It reads c alone, once or twice, and never changes it.
func Check(c *market.Columns, o Options) *Report {
	o.Jump = cmp.Or(o.Jump, DefaultJump)
	o.ZeroVolume, o.Stale = cmp.Or(o.ZeroVolume, DefaultZeroVolume), cmp.Or(o.Stale, DefaultStale)
	r := &Report{Bars: c.Len(), limit: o.Limit, line: o.Line}
	v := r.rows(c)
	if c.Interval != market.Trades {
		r.gaps(v, o.Venue)
		r.volumes(v, o.ZeroVolume)
		r.stale(v, o.Stale)
	}
	r.jumps(v, o.Jump)
	r.unfinished(v, o.Now)
	return r
}

// Sound returns the bars of c that are no errors: c itself where all are.
func Sound(c *market.Columns) *market.Columns {
	r := &Report{limit: c.Len() + 1}
	if r.rows(c); r.Errors() == 0 {
		return c
	}
	bad := map[int]bool{}
	for _, f := range r.Findings {
		bad[f.Row] = true
	}
	good := market.MakeColumns(c.Interval, c.Len())
	good.PriceScale, good.VolumeScale = c.PriceScale, c.VolumeScale
	for i := range c.OpenTime {
		if !bad[i] {
			good.Append(c.Bar(i))
		}
	}
	return good
}

// A view is a series in order, without the bars that cannot be.
type view struct {
	*market.Columns
	rows  []int         // where they stand in the series; nil is where they stand here
	times []market.Time // of all bars that are there, impossible ones too
	at    []int         // the rows of these
}

// row returns where bar i stands in the series.
func (v *view) row(i int) int { return place(v.rows, i) }

func place(rows []int, i int) int {
	if rows == nil {
		return i
	}
	return rows[i]
}

// rows reports what is wrong with single rows and with their order, and returns what
// is left.
func (r *Report) rows(c *market.Columns) view {
	d, n, last, good := c.Interval, c.Len(), market.Time(-1<<63), true
	var bad []bool                 // impossible, by row
	slots := map[int]market.Time{} // where rows belong whose time is too late
	for i, t := range c.OpenTime {
		one := Finding{Row: i, From: t, To: t + market.Time(d), Bars: 1}
		switch {
		case last >= 0 && t-last == market.Time(d):
			last = t
		case !d.Aligned(t):
			one.Kind, good = OffGrid, false
			r.add(one, "%s does not start a bar of %s", t, d)
		case t == last:
			one.Kind, good = Duplicate, false
			r.add(one, "%s stands in the row above too", t)
		case t < last:
			one.Kind, good = Unsorted, false
			r.add(one, "%s stands below %s", t, last)
		case i+2 < n && c.OpenTime[i+1] > last && c.OpenTime[i+1] < t && c.OpenTime[i+2] < t:
			one.Kind, good = Unsorted, false
			r.add(one, "%s stands above %s", t, c.OpenTime[i+1])
			slots[i] = last + market.Time(d)
		default:
			last = t
		}
		if surely(c, i) {
			continue
		}
		if err := c.Bar(i).Check(); err != nil {
			if bad == nil {
				bad = make([]bool, n)
			}
			bad[i] = true
			one.Kind = Impossible
			r.add(one, "%v", err)
		}
	}
	if good && bad == nil {
		return view{Columns: c, times: c.OpenTime}
	}
	return ordered(c, bad, slots)
}

// surely reports at the speed of a scan that market.Bar.Check finds nothing; that is the
// judge of the other bars.
func surely(c *market.Columns, i int) bool {
	low, high := c.Low[i], c.High[i]
	return low >= market.MinPrice && high <= market.MaxPrice && c.Open[i] >= low && c.Open[i] <= high &&
		c.Close[i] >= low && c.Close[i] <= high && c.Volume[i] >= 0 && c.Volume[i] <= math.MaxFloat64
}

// ordered sorts the bars, moves those off the grid and those of slots to where they belong,
// drops the second of two of one time and, from the columns, impossible ones.
func ordered(c *market.Columns, bad []bool, slots map[int]market.Time) view {
	order := make([]int, c.Len())
	for i := range order {
		order[i] = i
	}
	start := func(i int) market.Time {
		if t, late := slots[i]; late {
			return t
		}
		return c.Interval.Floor(c.OpenTime[i])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(start(a), start(b)) })
	v := view{Columns: market.MakeColumns(c.Interval, c.Len()), rows: []int{}, at: []int{}}
	v.PriceScale, v.VolumeScale = c.PriceScale, c.VolumeScale
	for _, i := range order {
		t := start(i)
		if n := len(v.times); n > 0 && v.times[n-1] == t {
			continue
		}
		v.times, v.at = append(v.times, t), append(v.at, i)
		if bad == nil || !bad[i] {
			b := c.Bar(i)
			b.OpenTime = t
			v.Append(b)
			v.rows = append(v.rows, i)
		}
	}
	return v
}

// gaps reports bars that are missing.
func (r *Report) gaps(v view, venue string) {
	d := market.Time(v.Interval)
	known := Outages(venue)
	for i := 1; i < len(v.times); i++ {
		t := v.times[i]
		step := t - v.times[i-1]
		if step == d {
			continue
		}
		f := Finding{Kind: Gap, Row: place(v.at, i), From: t - step + d, To: t, Bars: int64(step/d) - 1}
		f.Outage = explain(known, f.From, f.To)
		r.add(f, "%d missing", f.Bars)
	}
}

// unfinished reports the bars at the end that close after now.
func (r *Report) unfinished(v view, now market.Time) {
	n := v.Len()
	if now == 0 || n == 0 || v.Time(n-1) <= now {
		return
	}
	lo := v.Search(now - market.Time(v.Interval) + 1)
	f := Finding{Kind: Unfinished, Row: v.row(lo), From: v.OpenTime[lo], To: v.Time(n - 1), Bars: int64(n - lo)}
	r.add(f, "closes after %s, which is now", now)
}
