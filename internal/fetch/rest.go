package fetch

import (
	"context"
	"errors"
	"fmt"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A REST brings the history of one symbol from a venue's REST interface into the store.
type REST struct {
	Public   *binance.Public
	Venue    string // as the store names it
	Symbol   string
	From, To market.Time // From ≤ open time < To; From 0: behind what is stored, To 0: now
	Resync   bool        // ask again for what is stored

	Open func(write bool) (*store.DB, error)             // wraps [store.ErrMissing] where there is none to read
	Told func(series store.Series, done, of market.Time) // how much of the time that is asked for is through; may be nil
}

// A Report says what came of fetching a series. It is never nil: on an error it says how
// far it came.
type Report struct {
	Series   store.Series
	From, To market.Time    // the times that were looked at
	Put      store.PutStats // what became of the rows
	Gaps     []barfile.Gap  // that are left in those times, of bars; of trades where numbers are missing, as far as they came now
	GapCount int            // how many there are; Gaps are the first of them
	Missing  int64          // bars or trades in the gaps
	Gone     []market.Time  // open times of stored bars that were asked for again and that the venue does not have: the first of them
	GoneAll  int            // how many there are; they stay
	Bad      []error        // of bars that nobody can use and that were left out: the first of them
	BadCount int            // how many there are
}

// The most gaps, restated bars and bad bars that a report lists.
const (
	maxGaps    = 1000
	maxChanges = 1000
	maxBad     = 1000
)

func (r *Report) bad(err error) {
	r.BadCount++
	if len(r.Bad) < maxBad {
		r.Bad = append(r.Bad, err)
	}
}

func (r *Report) gap(g barfile.Gap) {
	r.GapCount++
	r.Missing += g.Missing
	if len(r.Gaps) < maxGaps {
		r.Gaps = append(r.Gaps, g)
	}
}

// join adds the gaps of what was read.
func (r *Report) join(sum *barfile.Summary) {
	r.Gaps = append(r.Gaps, sum.Gaps[:min(len(sum.Gaps), maxGaps-len(r.Gaps))]...)
	r.GapCount += sum.GapCount
	r.Missing += sum.Missing
}

// Bars fetches the bars of an interval that are missing in the store, and some of those
// before the last one again, since venues restate them.
func (r *REST) Bars(ctx context.Context, d market.Interval) (*Report, error) {
	s := store.Series{Venue: r.Venue, Symbol: r.Symbol, Interval: d}
	report := &Report{Series: s}
	to, err := r.end(ctx)
	if err != nil {
		return report, err
	}
	spans, err := r.plan(s, d.Floor(to))
	if err != nil || len(spans) == 0 {
		return report, err
	}
	report.From, report.To = spans[0].from, d.Floor(to)
	if r.From > 0 {
		report.From = min(report.From, r.From)
	}
	var done, of market.Time
	for _, sp := range spans {
		of += sp.to - sp.from
	}
	for _, sp := range spans {
		through, failed := r.bars(ctx, s, sp, report, func(t market.Time) { r.told(s, done+t-sp.from, of) })
		if err = failed; err != nil {
			report.upTo(through)
			break
		}
		done += sp.to - sp.from
	}
	return report, errors.Join(err, look(r.Open, s, report))
}

// upTo says that nothing was looked at from a time on.
func (r *Report) upTo(t market.Time) {
	if r.To = t; t <= r.From {
		r.From, r.To = 0, 0
	}
}

// end returns the time to stop before.
func (r *REST) end(ctx context.Context) (market.Time, error) {
	now, err := r.Public.Now(ctx)
	if err == nil && r.From > now {
		err = &market.Error{Class: market.Usage, Where: r.Symbol, Err: fmt.Errorf("--from %s is in the future", r.From), Hint: "it is " + now.String()}
	}
	if r.To > 0 {
		now = min(now, r.To)
	}
	return now, err
}

func (r *REST) told(s store.Series, done, of market.Time) {
	if r.Told != nil {
		r.Told(s, done, of)
	}
}

// tellEvery is after how many bars the progress is told.
const tellEvery = 1000

// bars fetches the bars of a span, and returns up to where they are stored. What has come
// before an error is.
func (r *REST) bars(ctx context.Context, s store.Series, sp span, report *Report, told func(market.Time)) (through market.Time, failed error) {
	through = sp.from
	b := barfile.NewBuilder(barfile.Options{Name: s.String(), Interval: s.Interval}, func(c *market.Columns) error {
		err := r.put(s, c, report, func(db *store.DB) error {
			return report.gone(db, through, c.Time(c.Len()-1), c)
		})
		if err == nil {
			through = c.Time(c.Len() - 1)
		}
		return err
	})
	b.Sure() // times of closing show it
	n := 0
	for bar, err := range r.Public.Klines(ctx, r.Symbol, s.Interval, sp.from, sp.to) {
		if n++; errors.Is(err, binance.ErrRow) {
			report.bad(err)
			continue
		}
		if failed = err; failed == nil {
			failed = b.Add(n, bar)
		}
		if failed != nil {
			break
		}
		if n%tellEvery == 0 {
			told(bar.OpenTime)
		}
	}
	_, err := b.Finish()
	if failed == nil {
		failed = err
	}
	if failed == nil {
		told(sp.to)
		failed = r.rest(report, through, sp.to)
		through = sp.to
	}
	return through, failed
}

// gone finds stored bars of [from, to) that are not among those that came.
func (r *Report) gone(db *store.DB, from, to market.Time, came *market.Columns) error {
	c, err := db.Bars(r.Series, from, to)
	if errors.Is(err, store.ErrNoSeries) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range c.OpenTime {
		if k := came.Search(t); k < came.Len() && came.OpenTime[k] == t {
			continue
		}
		if r.GoneAll++; len(r.Gone) < maxChanges {
			r.Gone = append(r.Gone, t)
		}
	}
	return nil
}

// rest looks for stored bars behind the last one that came.
func (r *REST) rest(report *Report, from, to market.Time) error {
	if from >= to {
		return nil
	}
	db, err := r.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(report.gone(db, from, to, market.MakeColumns(report.Series.Interval, 0)), db.Close())
}

// put stores a piece, after a look at what is stored.
func (r *REST) put(s store.Series, c *market.Columns, report *Report, look func(*store.DB) error) error {
	db, err := r.Open(true)
	if err != nil {
		return err
	}
	if err := look(db); err != nil {
		return errors.Join(err, db.Close())
	}
	st, err := db.PutBars(s, c)
	report.add(st)
	return errors.Join(err, db.Close())
}

func (r *Report) add(st store.PutStats) { total(&r.Put, st) }

// total adds what became of more rows.
func total(put *store.PutStats, st store.PutStats) {
	put.Added += st.Added
	put.Unchanged += st.Unchanged
	put.Restated += st.Restated
	put.Fundings = append(put.Fundings, st.Fundings[:min(len(st.Fundings), maxChanges-len(put.Fundings))]...)
	put.Changes = append(put.Changes, st.Changes[:min(len(st.Changes), maxChanges-len(put.Changes))]...)
}

// look finds the gaps that are left.
func look(open func(write bool) (*store.DB, error), s store.Series, report *Report) error {
	if report.From >= report.To {
		return nil
	}
	db, err := open(false)
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	err = holes(db, s, report.From, report.To, report.gap)
	if errors.Is(err, store.ErrNoSeries) {
		err = nil
	}
	return errors.Join(err, db.Close())
}
