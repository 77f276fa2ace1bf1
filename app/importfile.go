package app

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// importFile stores one file, or says what would be stored.
func (c *command) importFile(ctx context.Context, j importJob, f *importFlags) (imported, error) {
	if err := ctx.Err(); err != nil {
		return imported{}, err
	}
	if err := f.fitsEntry(j.path); err != nil {
		return imported{}, err
	}
	pipe, err := openPipe(ctx, j.path)
	if err != nil {
		return imported{}, err
	}
	if pipe != nil {
		defer pipe.Close()
	}
	meter := newImportMeter(c.err, j.path)
	defer meter.end()
	o := barfile.Options{Name: j.path, Interval: j.series.Interval, SkipBad: f.skip, Columns: f.columns, Progress: meter.read}
	in := importInput{j, pipe, o}
	var one imported
	if j.kind == kindFunding {
		one, err = c.importFundings(in, f.dry)
	} else {
		one, err = c.importBars(ctx, in, meter, f.dry)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		err = ctx.Err() // Ctrl-C while it waited for more
	}
	one.File, one.Kind, one.Venue, one.Symbol, one.DryRun = j.path, j.kind, j.series.Venue, j.series.Symbol, f.dry
	hint := "nothing of this file was stored"
	if errors.Is(err, barfile.ErrRow) && !f.skip && j.kind != kindFunding {
		hint += "; --skip-bad keeps the good rows and lists the bad"
	}
	return one, withHint(err, hint)
}

// openPipe opens what is no ordinary file, such as a pipe, which can keep its reader
// waiting: opening and reading it end with ctx. For ordinary files it returns nil.
func openPipe(ctx context.Context, path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return nil, nil // who reads it says what is wrong
	}
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, &market.Error{Class: market.Data, Where: path, Err: o.err, Hint: "check the path"}
		}
		context.AfterFunc(ctx, func() { _ = o.f.SetReadDeadline(time.Unix(1, 0)) })
		return o.f, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fitsEntry refuses a zip whose name says one thing, and that of the file in it another.
func (f *importFlags) fitsEntry(file string) error {
	if filepath.Ext(file) != ".zip" {
		return nil
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil // who reads it says what is wrong
	}
	defer z.Close()
	outer := nameOf(file)
	for _, e := range z.File {
		inner := baseName(path.Base(e.Name))
		differ := func(flag, out, in string) bool { return flag == "" && out != "" && in != "" && out != in }
		if differ(f.symbol, outer.symbol, inner.symbol) || differ(f.interval, outer.interval, inner.interval) {
			return &market.Error{Class: market.Data, Where: file, Err: fmt.Errorf("the file in it has the name of something else: %s", e.Name), Hint: "say what it is with --symbol and --interval"}
		}
	}
	return nil
}

// An importInput is where the rows of a job come from: its path, or a pipe.
type importInput struct {
	importJob
	pipe *os.File // nil for a file
	o    barfile.Options
}

// scan reads bars or trades.
func (in *importInput) scan(emit func(*market.Columns) error) (*barfile.Summary, error) {
	switch {
	case in.kind == kindTrades && in.pipe != nil:
		return barfile.ScanTrades(in.pipe, in.o, emit)
	case in.kind == kindTrades:
		return barfile.ScanTradesFile(in.path, in.o, emit)
	case in.pipe != nil:
		return barfile.Scan(in.pipe, in.o, emit)
	}
	return barfile.ScanFile(in.path, in.o, emit)
}

// fundings reads fundings, at the seconds at which they are due.
func (in *importInput) fundings() (read *barfile.FundingResult, err error) {
	if in.pipe != nil {
		read, err = barfile.ReadFundingsFrom(in.pipe, in.o)
	} else {
		read, err = barfile.ReadFundings(in.path, in.o)
	}
	for i, row := range read.Fundings {
		read.Fundings[i].Time = backtest.FundingRow{Time: row.Time}.Due()
	}
	return read, err
}

// importBars reads a file of candles or trades into a spool, and stores it once it is
// known to be good: the history is open for writing no longer than that takes.
func (c *command) importBars(ctx context.Context, in importInput, meter *importMeter, dry bool) (one imported, err error) {
	dir, err := c.dir()
	if err != nil {
		return one, err
	}
	sp := store.NewSpool(dir)
	defer func() { err = errors.Join(err, sp.Close()) }()
	add := sp.Add
	var trial *trialImport
	if dry {
		if trial, err = c.newTrial(in.series); err != nil {
			return one, err
		}
		defer func() { err = errors.Join(err, trial.close()) }()
		add = trial.add
	}
	sum, err := in.scan(func(cols *market.Columns) error {
		meter.rows += cols.Len()
		if err := ctx.Err(); err != nil {
			return err
		}
		return add(cols)
	})
	if err == nil {
		err = in.showsInterval(sum)
	}
	if err != nil {
		return one, err
	}
	st := store.PutStats{}
	if dry {
		st = trial.stats
	} else {
		in.series.Interval = sum.Interval
		meter.storing()
		st, err = c.put(func(db *store.DB) (store.PutStats, error) { return db.PutSpool(in.series, sp) })
	}
	if err != nil {
		return one, err
	}
	one = imported{Interval: sum.Interval.String(), Rows: sum.Rows, Gaps: sum.GapCount, Missing: sum.Missing, Bad: sum.BadCount}
	one.count(st)
	for _, b := range sum.Bad {
		one.BadRows = append(one.BadRows, b.Error())
	}
	return one, nil
}

// fewRows is how many rows are too few to show the interval where others were left out.
const fewRows = 10

// showsInterval refuses to guess an interval from what a few bad rows have left.
func (in *importInput) showsInterval(sum *barfile.Summary) error {
	if in.series.Interval != 0 || sum.BadCount == 0 || sum.Rows >= fewRows {
		return nil
	}
	return &market.Error{
		Class: market.Data, Where: in.path, Hint: "name it with --interval",
		Err: fmt.Errorf("the rows that are left, %d, are too few to show the interval", sum.Rows),
	}
}

// importFundings stores a file of fundings.
func (c *command) importFundings(in importInput, dry bool) (one imported, err error) {
	read, err := in.fundings()
	if err != nil {
		return one, err
	}
	rows := read.Fundings
	var st store.PutStats
	if dry {
		st, err = c.tryFundings(in.series, rows)
	} else {
		st, err = c.put(func(db *store.DB) (store.PutStats, error) {
			return db.PutFundings(in.series.Venue, in.series.Symbol, rows)
		})
	}
	if err != nil {
		return one, err
	}
	one = imported{Rows: len(rows), Bad: read.BadCount}
	one.count(st)
	for _, b := range read.Bad {
		one.BadRows = append(one.BadRows, b.Error())
	}
	return one, nil
}

// put opens the history for writing, and closes it again.
func (c *command) put(rows func(*store.DB) (store.PutStats, error)) (st store.PutStats, err error) {
	db, err := c.openStore(true)
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return rows(db)
}

func (i *imported) count(st store.PutStats) {
	i.Added, i.Same, i.Restated = st.Added, st.Unchanged, st.Restated
	for _, r := range st.Changes {
		i.Changes = append(i.Changes, restated{r.Time, values(r.Old), values(r.New)})
	}
}

// withHint adds what to do next to an error of a row.
func withHint(err error, hint string) error {
	var e *market.Error
	if !errors.As(err, &e) || !strings.Contains(filepath.Base(e.Where), ":") {
		return err // not about a row
	}
	if !errors.Is(err, barfile.ErrRow) {
		hint, _, _ = strings.Cut(hint, "; --skip-bad") // no help where a row is not to blame
	}
	more := *e
	if more.Hint != "" {
		more.Hint += "; "
	}
	more.Hint += hint
	return &more
}
