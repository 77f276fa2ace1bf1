package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// Fundings fetches the fundings of a perpetual future behind the last stored one, and
// those of the three days before it again.
func (r *REST) Fundings(ctx context.Context) (*Report, error) {
	report := &Report{Series: store.Series{Venue: r.Venue, Symbol: r.Symbol}}
	to, err := r.end(ctx)
	if err != nil {
		return report, err
	}
	from, err := r.fundingsFrom()
	if err != nil || from >= to {
		return report, err
	}
	report.From, report.To = from, to
	var rows []market.Funding
	var failed error
	for f, err := range r.Public.Fundings(ctx, r.Symbol, from, to) {
		if failed = err; err != nil {
			break
		}
		rows = append(rows, f)
		if len(rows)%tellEvery == 0 {
			r.told(report.Series, f.Time-from, to-from)
		}
	}
	if len(rows) > 0 {
		failed = errors.Join(failed, r.putFundings(rows, report))
	}
	if failed != nil {
		through := from
		if put := report.Put; put.Added+put.Unchanged+put.Restated > 0 {
			through = rows[len(rows)-1].Time + market.Time(time.Second)
		}
		report.upTo(through)
	}
	return report, failed
}

// again is the time before the last funding that is asked for again.
const again = 3 * market.Day

// fundingsFrom returns where to go on.
func (r *REST) fundingsFrom() (market.Time, error) {
	rows, err := r.storedFundings()
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		if r.From == 0 {
			return 0, &market.Error{Class: market.Usage, Where: fmt.Sprintf("%s %s fundings", r.Venue, r.Symbol), Err: errNoFrom, Hint: hintFrom}
		}
		return r.From, nil
	}
	first, last := rows[0].Time, rows[len(rows)-1].Time
	switch {
	case r.From > 0 && (r.Resync || r.From < first):
		return r.From, nil
	case r.Resync:
		return first, nil
	}
	return max(first, last-again, r.From), nil
}

func (r *REST) storedFundings() ([]market.Funding, error) {
	db, err := r.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := db.Fundings(r.Venue, r.Symbol, 0, 0)
	return rows, errors.Join(err, db.Close())
}

func (r *REST) putFundings(rows []market.Funding, report *Report) error {
	db, err := r.Open(true)
	if err != nil {
		return err
	}
	st, err := db.PutFundings(r.Venue, r.Symbol, rows)
	report.add(st)
	if err == nil {
		rows, err = db.Fundings(r.Venue, r.Symbol, report.From, report.To)
		fundingGaps(rows, report)
	}
	return errors.Join(err, db.Close())
}

// longest is the time between two fundings, at most.
const longest = 8 * market.Time(time.Hour)

// fundingGaps finds where fundings are missing: after a longer time than there ever is
// between two, or than there is on either side.
func fundingGaps(rows []market.Funding, report *Report) {
	for i := 1; i < len(rows); i++ {
		from, to := rows[i-1].Time, rows[i].Time
		usual := longest
		if 1 < i && i+1 < len(rows) {
			usual = min(usual, max(from-rows[i-2].Time, rows[i+1].Time-to))
		}
		if step := to - from; step > usual {
			report.gap(barfile.Gap{From: from + usual, To: to, Missing: max(1, int64(step/usual)-1)})
		}
	}
}
