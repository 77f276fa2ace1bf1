package fetch

import (
	"errors"
	"slices"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// overlap is how many bars before the end of what is stored are asked for again.
const overlap = 10

// A span is a run of open times to ask for: from ≤ open time < to.
type span struct{ from, to market.Time }

// errNoFrom is for a series that does not say where to begin.
var errNoFrom = errors.New("nothing of it is stored yet, so that there is nothing to go on from")

const hintFrom = "say where to begin with --from, such as --from 2024-01-01"

// plan returns the spans to ask for, in order of time. Those with less than a request's
// bars between them are one.
func (r *REST) plan(s store.Series, to market.Time) ([]span, error) {
	st, spans, err := r.stored(s, to)
	if err != nil {
		return nil, err
	}
	d := market.Time(s.Interval)
	switch {
	case st.Rows == 0 && r.From == 0:
		return nil, &market.Error{Class: market.Usage, Where: s.String(), Err: errNoFrom, Hint: hintFrom}
	case st.Rows == 0 || r.Resync && r.From > 0:
		spans = []span{{r.From, to}}
	case r.Resync:
		spans = []span{{st.First, to}}
	default:
		if r.From > 0 {
			spans = append(spans, span{r.From, min(st.First, to)})
		}
		spans = append(spans, span{max(st.Last-(overlap-1)*d, st.First, r.From), to})
	}
	return join(spans, d*market.Time(r.Public.PageBars())), nil
}

// stored returns what there is of a series, and what is missing inside of it.
func (r *REST) stored(s store.Series, to market.Time) (st store.SeriesStats, spans []span, err error) {
	db, err := r.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return st, nil, nil
	}
	if err != nil {
		return st, nil, err
	}
	if st, err = db.Stats(s); err == nil && st.Rows > 0 {
		err = holes(db, s, r.From, to, func(g barfile.Gap) { spans = append(spans, span{g.From, g.To}) })
	}
	if errors.Is(err, store.ErrNoSeries) {
		err = nil
	}
	return st, spans, errors.Join(err, db.Close())
}

// join sorts spans, drops empty ones, and joins those that lie nearer than a distance.
func join(spans []span, near market.Time) (joined []span) {
	slices.SortFunc(spans, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	for _, sp := range spans {
		n := len(joined)
		switch {
		case sp.from >= sp.to:
		case n > 0 && sp.from < joined[n-1].to+near:
			joined[n-1].to = max(joined[n-1].to, sp.to)
		default:
			joined = append(joined, sp)
		}
	}
	return joined
}

// lookRows bounds how many bars are in memory while gaps are looked for.
const lookRows = 1 << 18

// holes finds the bars of [from, to) that are missing after the first stored one.
func holes(db store.Reader, s store.Series, from, to market.Time, found func(barfile.Gap)) error {
	st, err := db.Stats(s)
	if err != nil {
		return err
	}
	d := market.Time(s.Interval)
	next := max(s.Interval.Floor(from+d-1), st.First) // the open time that is due
	end := min(to, st.Last+1)
	see := func(t market.Time) {
		if t > next {
			found(barfile.Gap{From: next, To: t, Missing: int64((t - next) / d)})
		}
		next = t + d
	}
	for lo := next; lo < end; lo += lookRows * d {
		c, err := db.Bars(s, lo, min(lo+lookRows*d, end))
		if err != nil {
			return err
		}
		for _, t := range c.OpenTime {
			see(t)
		}
	}
	if to > st.First {
		see(s.Interval.Floor(to + d - 1))
	}
	return nil
}
