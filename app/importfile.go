package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// importFile stores one file.
func (c *command) importFile(ctx context.Context, j importJob, f *importFlags) (imported, error) {
	if err := ctx.Err(); err != nil {
		return imported{}, err
	}
	meter := newImportMeter(c.err, j.path)
	defer meter.end()
	o := barfile.Options{Interval: j.series.Interval, SkipBad: f.skip, Columns: f.columns, Progress: meter.read}
	hint := "nothing of this file was stored; --skip-bad keeps the good rows and lists the bad"
	one, err := imported{}, error(nil)
	if j.kind == kindFunding {
		hint = "nothing of this file was stored"
		one, err = c.importFundings(j, o)
	} else {
		one, err = c.importBars(ctx, j, o, meter)
	}
	one.File, one.Kind, one.Venue, one.Symbol = j.path, j.kind, j.series.Venue, j.series.Symbol
	return one, withHint(err, hint)
}

// importBars reads a file of candles or trades into a spool, and stores it once it is
// known to be good: the history is open for writing no longer than that takes.
func (c *command) importBars(ctx context.Context, j importJob, o barfile.Options, meter *importMeter) (one imported, err error) {
	dir, err := c.dir()
	if err != nil {
		return one, err
	}
	sp := store.NewSpool(dir)
	defer func() { err = errors.Join(err, sp.Close()) }()
	scan := barfile.ScanFile
	if j.kind == kindTrades {
		scan = barfile.ScanTradesFile
	}
	sum, err := scan(j.path, o, func(cols *market.Columns) error {
		meter.rows += cols.Len()
		if err := ctx.Err(); err != nil {
			return err
		}
		return sp.Add(cols)
	})
	if err != nil {
		return one, err
	}
	j.series.Interval = sum.Interval
	meter.storing()
	st, err := c.put(func(db *store.DB) (store.PutStats, error) { return db.PutSpool(j.series, sp) })
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

// importFundings stores a file of fundings, at the seconds at which they are due.
func (c *command) importFundings(j importJob, o barfile.Options) (one imported, err error) {
	rows, err := barfile.ReadFundings(j.path, o)
	if err != nil {
		return one, err
	}
	for i := range rows {
		rows[i].Time = backtest.FundingRow{Time: rows[i].Time}.Due()
	}
	st, err := c.put(func(db *store.DB) (store.PutStats, error) {
		return db.PutFundings(j.series.Venue, j.series.Symbol, rows)
	})
	if err != nil {
		return one, err
	}
	one = imported{Rows: len(rows)}
	one.count(st)
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
