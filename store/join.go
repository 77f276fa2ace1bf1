package store

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Join reads two histories as one. Where both have a row, that of b wins, as it does
// when b is folded into a.
func Join(a, b Reader) Reader { return joined{a, b} }

type joined struct{ a, b Reader }

// SeriesList implements [Reader].
func (j joined) SeriesList() ([]Series, error) {
	a, err := j.a.SeriesList()
	if err != nil {
		return nil, err
	}
	b, err := j.b.SeriesList()
	list := append(a, b...)
	slices.SortFunc(list, Series.Compare)
	return slices.Compact(list), err
}

// Stats implements [Reader].
func (j joined) Stats(s Series) (SeriesStats, error) {
	a, errA := j.a.Stats(s)
	b, errB := j.b.Stats(s)
	if only, err := one(a, errA, b, errB); err != nil || errA != nil || errB != nil {
		return only, err
	}
	switch {
	case a.Rows == 0:
		return b, nil
	case b.Rows == 0:
		return a, nil
	}
	st := SeriesStats{a.Rows + b.Rows, min(a.First, b.First), max(a.Last, b.Last), a.Blocks + b.Blocks, a.Bytes + b.Bytes}
	from, to := max(a.First, b.First), min(a.Last, b.Last)+1
	if to <= from {
		return st, nil
	}
	m, err := j.merger(s, from, to)
	if err != nil {
		return st, err
	}
	err = m.run()
	st.Rows -= m.st.Unchanged + m.st.Restated
	return st, err
}

// one chooses between two answers where one says that there is no such series. The
// error is that of both.
func one[T any](a T, errA error, b T, errB error) (T, error) {
	switch {
	case errA != nil && !errors.Is(errA, ErrNoSeries):
		return a, errA
	case errB != nil && !errors.Is(errB, ErrNoSeries):
		return b, errB
	case errA != nil && errB == nil:
		return b, nil
	}
	return a, errA
}

// merger joins the bars of both.
func (j joined) merger(s Series, from, to market.Time) (*merger, error) {
	a, errA := j.a.Bars(s, from, to)
	b, errB := j.b.Bars(s, from, to)
	if _, err := one(a, errA, b, errB); err != nil {
		return nil, err
	}
	return &merger{old: play(a, s.Interval), fresh: play(b, s.Interval)}, nil
}

// play is a tape of c, which may be nil.
func play(c *market.Columns, d market.Interval) tape {
	t := tape{interval: d, last: math.MinInt64, next: func() ([]byte, error) { return nil, nil }}
	if c != nil {
		t.rows = *c
	}
	return t
}

// Bars implements [Reader].
func (j joined) Bars(s Series, from, to market.Time) (*market.Columns, error) {
	m, err := j.merger(s, from, to)
	if err != nil {
		return nil, err
	}
	a, b := m.old.rows, m.fresh.rows
	switch {
	case b.Len() == 0 && a.Len() > 0:
		return &a, nil
	case a.Len() == 0 && b.Len() > 0:
		return &b, nil
	}
	if err := m.run(); err != nil { // counts
		return nil, err
	}
	out := market.MakeColumns(s.Interval, a.Len()+m.st.Added)
	m.old, m.fresh = play(&a, s.Interval), play(&b, s.Interval)
	m.sink = func(t *tape, lo, hi int) error {
		appendRows(out, &t.rows, lo, hi)
		return nil
	}
	return out, m.run()
}

// A watcher tells every snapshot, by venue, symbol and time, those too that say what the
// one before says.
type watcher interface{ snapshots() ([]snapshot, error) }

func snapshotsOf(r Reader) (all []snapshot, err error) {
	if w, ok := r.(watcher); ok {
		return w.snapshots()
	}
	list, err := r.Listings(0, 0)
	for _, s := range list {
		if !s.Instrument.Assumed {
			all = append(all, snapshot{s.From, s.Instrument})
		}
	}
	return all, err
}

func (j joined) snapshots() ([]snapshot, error) {
	a, err := snapshotsOf(j.a)
	if err != nil {
		return nil, err
	}
	b, err := snapshotsOf(j.b)
	return latter(append(a, b...), func(x, y snapshot) int {
		return compareSnapshots(InstrumentSnapshot{x.from, x.i}, InstrumentSnapshot{y.from, y.i})
	}), err
}

// Instruments implements [Reader].
func (j joined) Instruments(at market.Time) ([]market.Instrument, error) {
	all, err := j.snapshots()
	return asOf(all, at), err
}

// Listings implements [Reader].
func (j joined) Listings(from, to market.Time) ([]InstrumentSnapshot, error) {
	all, err := j.snapshots()
	return listings(all, from, to), err
}

// Signals implements [Reader].
func (j joined) Signals(f SignalFilter) ([]market.Signal, error) {
	a, err := j.a.Signals(f)
	if err != nil {
		return nil, err
	}
	b, err := j.b.Signals(f)
	if len(b) == 0 || err != nil {
		return a, err
	}
	return latter(append(a, b...), compareSignals), nil
}

// Fundings implements [Reader].
func (j joined) Fundings(venue, symbol string, from, to market.Time) ([]market.Funding, error) {
	a, err := j.a.Fundings(venue, symbol, from, to)
	if err != nil {
		return nil, err
	}
	b, err := j.b.Fundings(venue, symbol, from, to)
	if len(b) == 0 || err != nil {
		return a, err
	}
	known := map[market.Time]market.Funding{}
	for _, f := range a {
		known[f.Time] = f
	}
	for i, f := range b {
		if old, ok := known[f.Time]; ok && sameFunding(old, f) {
			b[i] = old
		}
	}
	return latter(append(a, b...), func(x, y market.Funding) int { return cmp.Compare(x.Time, y.Time) }), nil
}

// FundingList implements [Reader].
func (j joined) FundingList() ([]Series, error) {
	a, err := j.a.FundingList()
	if err != nil {
		return nil, err
	}
	b, err := j.b.FundingList()
	return latter(append(a, b...), Series.Compare), err
}

// latter sorts rows and keeps the last of those that are equal.
func latter[T any](rows []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(rows, compare)
	out := rows[:0]
	for i, r := range rows {
		if i+1 == len(rows) || compare(r, rows[i+1]) != 0 {
			out = append(out, r)
		}
	}
	return out
}
