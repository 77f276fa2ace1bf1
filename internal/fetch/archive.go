package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// An Archive brings the files of one [published.Set] into the store.
type Archive struct {
	Source     published.Archive
	Set        published.Set
	Venue      string // as the store names it
	Start, End market.Time
	Now        market.Time // files of later are not asked for
	Resync     bool        // import what is stored again

	Open func(write bool) (*store.DB, error) // wraps [store.ErrMissing] where there is none to read
	Temp string                              // directory of temporary files; empty for the system's
	Told func(f published.File, left int)    // of each file that is through, and how many are left; may be nil
}

// ArchiveReport says what came of the files of an archive.
type ArchiveReport struct {
	Files      int            // that were imported
	Stored     int            // that were passed over: the store has all of them
	Missing    []string       // places where files were looked for that are not there
	Unverified int            // imported without a look at a checksum
	Rows       int            // of the files that were imported
	Put        store.PutStats // what became of the rows; Changes are the first of all files
}

// Series names the stored series of a set's bars or trades.
func (a *Archive) Series() store.Series {
	s := store.Series{Venue: a.Venue, Symbol: a.Set.Symbol, Interval: a.Set.Interval}
	if a.Set.Kind == published.Trades {
		s.Interval = market.Trades
	}
	return s
}

// Run imports the files that cover the range, in order of time. Each is imported whole or
// not at all, and the store is open no longer than that takes. What the store has all of
// is passed over, so that a run that was cut short is gone on with. A month that is not
// there is tried by the day; a day that is not there is reported, and is an error only
// where nothing is there ([ErrNothing]). The report is never nil: on an error it says how far it came.
func (a *Archive) Run(ctx context.Context) (*ArchiveReport, error) {
	report := &ArchiveReport{}
	if err := a.Set.Validate(); err != nil {
		return report, err
	}
	queue, err := a.lacking(a.Set.Cover(a.Start, a.End, a.Now), report)
	for err == nil && len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		err = a.file(ctx, f, report)
		if errors.Is(err, published.ErrMissing) {
			var days []published.File
			if days, err = a.lacking(f.Days(), report); len(f.Days()) == 0 {
				report.Missing = append(report.Missing, a.Source.Where(f))
			}
			queue = append(days, queue...)
		}
		if err == nil && a.Told != nil {
			a.Told(f, len(queue))
		}
	}
	if err != nil {
		return report, err
	}
	return report, a.nothing(report)
}

// ErrNothing is what an error wraps where not one file of a set was there.
var ErrNothing = errors.New("nothing is there")

// nothing says so where nothing was there.
func (a *Archive) nothing(r *ArchiveReport) error {
	switch {
	case r.Files+r.Stored > 0:
		return nil
	case len(r.Missing) == 0:
		return &market.Error{Class: market.Usage, Err: fmt.Errorf("no file of %s is published for that time yet", a.Set.Symbol), Hint: "a day is published on the next one: choose an earlier time, or fetch without --archive"}
	}
	return &market.Error{
		Class: market.Data, Where: a.Set.Symbol, Err: fmt.Errorf("%w: none of %d files, the first of them %s", ErrNothing, len(r.Missing), r.Missing[0]),
		Hint: "check the symbol, the market and the time",
	}
}

// lacking drops the files that the store has all of.
func (a *Archive) lacking(files []published.File, report *ArchiveReport) ([]published.File, error) {
	if a.Resync || a.Set.Kind == published.Fundings || len(files) == 0 {
		return files, nil
	}
	db, err := a.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	lacking, err := a.lackingIn(db, files)
	report.Stored += len(files) - len(lacking)
	return lacking, errors.Join(err, db.Close())
}

func (a *Archive) lackingIn(db *store.DB, files []published.File) (lacking []published.File, err error) {
	all, err := db.SeriesList()
	if err != nil {
		return files, err
	}
	known := false
	for _, s := range all {
		known = known || s == a.Series()
	}
	if !known {
		return files, nil
	}
	for _, f := range files {
		has, err := a.has(db, f)
		if err != nil {
			return files, err
		}
		if !has {
			lacking = append(lacking, f)
		}
	}
	return lacking, nil
}

// has reports whether the store has all of a file: every bar, or trades at both ends of
// every day.
func (a *Archive) has(db *store.DB, f published.File) (bool, error) {
	s := a.Series()
	if s.Interval != market.Trades {
		c, err := db.Bars(s, f.From, f.To)
		if err != nil {
			return false, err
		}
		first := s.Interval.Floor(f.From + market.Time(s.Interval) - 1)
		last := s.Interval.Floor(f.To - 1)
		return c.Len() == int((last-first)/market.Time(s.Interval))+1, nil
	}
	const end = market.Time(time.Hour)
	for day := f.From; day < f.To; day += market.Day {
		for _, from := range []market.Time{day, day + market.Day - end} {
			if c, err := db.Bars(s, from, from+end); err != nil || c.Len() == 0 {
				return false, err
			}
		}
	}
	return true, nil
}

// file brings one file into the store.
func (a *Archive) file(ctx context.Context, f published.File, report *ArchiveReport) error {
	path, verified, err := a.Source.Get(ctx, f)
	if err != nil {
		return err
	}
	var put store.PutStats
	var rows int
	if f.Kind == published.Fundings {
		rows, put, err = a.fundings(f, path)
	} else {
		rows, put, err = a.bars(ctx, f, path)
	}
	if err != nil {
		return err
	}
	if !verified {
		report.Unverified++
	}
	report.Files++
	report.Rows += rows
	total(&report.Put, put)
	return nil
}

// bars imports bars or trades, in little memory however many they are.
func (a *Archive) bars(ctx context.Context, f published.File, path string) (rows int, put store.PutStats, err error) {
	spool := store.NewSpool(a.Temp)
	defer func() { err = errors.Join(err, spool.Close()) }()
	scan := barfile.ScanFile
	if f.Kind == published.Trades {
		scan = barfile.ScanTradesFile
	}
	sum, err := scan(path, barfile.Options{Interval: f.Interval}, func(c *market.Columns) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return spool.Add(c)
	})
	if err == nil {
		err = inside(f, path, sum.First, sum.Last)
	}
	if err != nil {
		return 0, put, err
	}
	db, err := a.Open(true)
	if err != nil {
		return 0, put, err
	}
	put, err = db.PutSpool(a.Series(), spool)
	return sum.Rows, put, errors.Join(err, db.Close())
}

// inside refuses a file that is not what its name says.
func inside(f published.File, path string, first, last market.Time) error {
	if first >= f.From && last < f.To {
		return nil
	}
	return &market.Error{
		Class: market.Data, Where: path, Err: fmt.Errorf("it holds %s to %s, and is named for %s to %s", first, last, f.From, f.To),
		Hint: "nothing of it was stored: fetch it again, or import it with 'signalman data import' if you know what it is",
	}
}

func (a *Archive) fundings(f published.File, path string) (int, store.PutStats, error) {
	rows, err := barfile.ReadFundingFile(path)
	for k := range rows {
		rows[k].Time = rows[k].Time.Second()
	}
	if err == nil {
		err = inside(f, path, rows[0].Time, rows[len(rows)-1].Time-1)
	}
	if err != nil {
		return 0, store.PutStats{}, err
	}
	db, err := a.Open(true)
	if err != nil {
		return 0, store.PutStats{}, err
	}
	put, err := db.PutFundings(a.Venue, a.Set.Symbol, rows)
	return len(rows), put, errors.Join(err, db.Close())
}
