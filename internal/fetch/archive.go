package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Behind     bool        // Start is where what is stored ends: that nothing is there yet is no error

	Open func(write bool) (*store.DB, error) // wraps [store.ErrMissing] where there is none to read
	Temp string                              // directory of temporary files; empty for the system's
	Seen *Imported                           // how many rows the files had; may be nil
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
	Look       Report         // the time of the files, and the gaps that are left in it
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
// there is tried by the day, and a day by its month; one that is not there either way is
// reported, and is an error only where nothing is there ([ErrNothing]). The report is never nil: on an error it says how far it came.
func (a *Archive) Run(ctx context.Context) (*ArchiveReport, error) {
	report := &ArchiveReport{}
	if err := a.Set.Validate(); err != nil {
		return report, err
	}
	report.Look.Series = a.Series()
	queue, err := a.lacking(a.Set.Cover(a.Start, a.End, a.Now), report)
	tried := map[market.Time]bool{} // months that were asked for
	for err == nil && len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		tried[f.From] = tried[f.From] || f.Monthly
		err = a.file(ctx, f, report)
		if errors.Is(err, published.ErrMissing) {
			queue, err = a.instead(ctx, f, queue, tried, report)
		}
		if err == nil && a.Told != nil {
			a.Told(f, len(queue))
		}
	}
	if a.Set.Kind == published.Candles {
		err = errors.Join(err, look(a.Open, a.Series(), &report.Look))
	} else if a.Set.Kind == published.Fundings && err == nil && report.Files > 0 {
		err = a.lookFundings(&report.Look)
	}
	if err != nil {
		return report, err
	}
	return report, a.nothing(report)
}

// instead does without a file: with the days of a month, or with the month of a day. It
// returns what is left to do.
func (a *Archive) instead(ctx context.Context, f published.File, queue []published.File, tried map[market.Time]bool, report *ArchiveReport) ([]published.File, error) {
	if days := f.Days(); len(days) > 0 {
		days, err := a.lacking(days, report)
		return append(days, queue...), err
	}
	month := f.Month()
	if !f.Monthly && !tried[month.From] && month.To <= a.Now {
		tried[month.From] = true
		lacking, err := a.lacking([]published.File{month}, report)
		if err == nil && len(lacking) > 0 {
			err = a.file(ctx, month, report)
		}
		if !errors.Is(err, published.ErrMissing) {
			return slices.DeleteFunc(queue, func(f published.File) bool { return f.From < month.To }), err
		}
	}
	report.Missing = append(report.Missing, a.Source.Where(f))
	return queue, nil
}

// ErrNothing is what an error wraps where not one file of a set was there.
var ErrNothing = errors.New("nothing is there")

// nothing says so where nothing was there.
func (a *Archive) nothing(r *ArchiveReport) error {
	switch {
	case r.Files+r.Stored > 0 || a.Behind:
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
	lacking, err := a.lackingIn(db, files, report)
	report.Stored += len(files) - len(lacking)
	return lacking, errors.Join(err, db.Close())
}

func (a *Archive) lackingIn(db *store.DB, files []published.File, report *ArchiveReport) (lacking []published.File, err error) {
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
		} else {
			a.through(f, report)
		}
	}
	return lacking, nil
}

// through counts the time of a file as looked at.
func (a *Archive) through(f published.File, report *ArchiveReport) {
	r := &report.Look
	r.From, r.To = a.Start, max(r.To, min(f.To, a.End))
}

// has reports whether the store has all of a file: every bar that there can be, or as many
// rows as the file had when it was imported.
func (a *Archive) has(db *store.DB, f published.File) (bool, error) {
	s := a.Series()
	want := a.Seen.rows(a.Venue, f)
	if s.Interval == market.Trades {
		n, err := countRows(db, s, f, want)
		return want > 0 && n >= want, err
	}
	n, err := countRows(db, s, f, 1)
	first := s.Interval.Floor(f.From + market.Time(s.Interval) - 1)
	last := s.Interval.Floor(f.To - 1)
	return n == int((last-first)/market.Time(s.Interval))+1 || want > 0 && n >= want, err
}

// countRows counts what is stored of the time of a file, unless nothing is wanted: a few
// hours at a time, since trades may be many.
func countRows(db *store.DB, s store.Series, f published.File, want int) (n int, err error) {
	step := f.To - f.From
	if s.Interval == market.Trades {
		step = market.Time(time.Hour)
	}
	for from := f.From; from < f.To && want > 0; from += step {
		c, err := db.Bars(s, from, from+step)
		if err != nil {
			return n, err
		}
		n += c.Len()
	}
	return n, nil
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
		rows, put, err = a.bars(ctx, f, path, &report.Look)
	}
	if err == nil {
		err = a.Seen.add(a.Venue, f, rows)
	}
	if err != nil {
		return err
	}
	if !verified {
		report.Unverified++
	}
	report.Files++
	report.Rows += rows
	a.through(f, report)
	total(&report.Put, put)
	return nil
}

// bars imports bars or trades, in little memory however many they are.
func (a *Archive) bars(ctx context.Context, f published.File, path string, gaps *Report) (rows int, put store.PutStats, err error) {
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
	if f.Kind == published.Trades { // gaps of bars are looked for in the store
		gaps.join(sum)
	}
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

// lookFundings finds the gaps that are left.
func (a *Archive) lookFundings(report *Report) error {
	db, err := a.Open(false)
	if err != nil {
		return err
	}
	rows, err := db.Fundings(a.Venue, a.Set.Symbol, report.From, report.To)
	fundingGaps(rows, report)
	return errors.Join(err, db.Close())
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
