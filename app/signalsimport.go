package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// signalImport is one import of signals.
type signalImport struct {
	options               barfile.SignalOptions
	source, kind, subject string
	lag                   string
	columns, values       map[string]string
	words                 map[string]string
	dry                   bool

	sum    *barfile.SignalSummary
	added  int
	doubts signalDoubts
}

func (c *command) signalsImportCommand() *cobra.Command {
	var in signalImport
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "store signals from a CSV or JSON-lines file",
		Long: `Stores signal rows, all of a file or none. Published layouts are known by their header:
grades of Token Metrics, fear and greed as first seen, counts of headlines, decisions of
language models. Our own columns, in any order, are effective and value, and source, kind,
subject, known, revision, backfill where the flags do not say them. For any other file, --columns
says which column is which, and --values which columns are kinds of their own.

An empty value is a null row: the source said that it had none. A row without a known time
is known --lag after its effective time, and marked as assumed; a value made of a whole day
needs a lag of a day at least. A row that is stored already changes nothing.`,
		Example: `  signalman signals import BTC-trader-grades-daily.csv --subject BTC
  signalman signals import cmc-fear-greed-hourly.csv.gz --dry-run
  signalman signals import grades.csv --source mine --kind trader_grade --subject BTC --lag 24h
  signalman signals import other.csv --source mine --lag 24h \
    --columns effective=day,subject=coin --values trader_grade=grade,mood=mood
  signalman signals import calls.jsonl --source desk --kind call --subject BTC \
    --columns effective=made_at,known=seen_at,value=call --words buy=1,hold=0,sell=-1,none=null`,
		Args: exact(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := in.prepare(); err != nil {
				return err
			}
			return c.importSignals(cmd.Context(), args[0], &in)
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.source, "source", "", "source of rows that name none")
	f.StringVar(&in.kind, "kind", "", "kind of rows that name none")
	f.StringVar(&in.subject, "subject", "", "asset that rows are about, or * for the market, where they do not say")
	f.StringVar(&in.lag, "lag", "", "how long after its effective time a row was known, where it does not say (24h, 2d)")
	f.StringToStringVar(&in.columns, "columns", nil, "which column is which, as effective=DATE,value=GRADE; also known, source, kind, subject, revision, assumed, backfill")
	f.StringToStringVar(&in.values, "values", nil, "columns of values by kind, as trader_grade=TM_GRADE,ta_grade=TA_GRADE")
	f.StringToStringVar(&in.words, "words", nil, "numbers that words stand for, as buy=1,hold=0,sell=-1; or null")
	f.BoolVar(&in.options.SkipBad, "skip-bad", false, "keep the good rows and list the bad ones")
	f.BoolVar(&in.dry, "dry-run", false, "say what would be stored, and store nothing")
	return cmd
}

// prepare makes the options of the flags.
func (in *signalImport) prepare() error {
	o := &in.options
	o.Source, o.Kind, o.Subject = in.source, market.SignalKind(in.kind), market.Subject(in.subject)
	if in.lag != "" {
		o.Lag = new(market.Duration)
		if err := o.Lag.UnmarshalText([]byte(in.lag)); err != nil {
			return usageError("", "--lag: %w", err)
		}
	}
	if in.columns == nil {
		if in.values != nil || in.words != nil {
			return usageError("name at least the column of times: --columns effective=DATE", "--values and --words need --columns")
		}
		return nil
	}
	o.Columns = &barfile.SignalColumns{Of: in.columns, Words: in.words}
	for _, kind := range slices.Sorted(maps.Keys(in.values)) {
		o.Columns.Values = append(o.Columns.Values, barfile.SignalValue{Kind: market.SignalKind(kind), Column: in.values[kind]})
	}
	if err := o.Columns.Check(); err != nil {
		return usageError("see 'signalman signals import --help'", "%w", err)
	}
	return nil
}

// errDry rolls back what a dry run has put.
var errDry = errors.New("dry run")

// importedSignals is what came of an import.
type importedSignals struct {
	File     string          `json:"file"`
	Layout   string          `json:"layout,omitempty"` // that the header was known by
	Rows     int             `json:"rows"`
	Added    int             `json:"added"`
	Repeated int             `json:"repeated"` // in the file
	Null     int             `json:"null"`
	Observed int             `json:"observed"`
	Assumed  int             `json:"assumed"`
	Lag      market.Duration `json:"lag"` // of the assumed rows
	From     market.Time     `json:"from"`
	To       market.Time     `json:"to"` // of the last row
	Bad      int             `json:"bad_rows"`
	DryRun   bool            `json:"dry_run,omitzero"`
}

func (c *command) importSignals(ctx context.Context, path string, in *signalImport) error {
	db, err := c.signalStore(in.dry)
	if err != nil {
		return err
	}
	if db == nil { // a dry run beside no store: all would be new
		err = in.scan(ctx, path, func(rows []market.Signal) (int, error) { return len(rows), nil })
	} else {
		err = db.PutSignalsOf(func(w *store.SignalWriter) error {
			in.options.Stored = w.Stored
			in.doubts.subjects(w.Subjects()...)
			return in.scan(ctx, path, w.Put)
		})
		err = errors.Join(err, db.Close())
	}
	if err != nil && !(in.dry && errors.Is(err, errDry)) {
		return err
	}
	for _, b := range in.sum.Bad {
		c.note("  %s", b)
	}
	for _, n := range slices.Concat(in.doubts.notes(), in.doubts.alike()) {
		c.note("note: %s", n)
	}
	return c.printImportedSignals(in.imported(path))
}

// scan puts the rows of a file.
func (in *signalImport) scan(ctx context.Context, path string, put func([]market.Signal) (int, error)) (err error) {
	in.sum, err = barfile.ScanSignalsFile(path, in.options, func(rows []market.Signal) error {
		for i := range rows {
			in.doubts.add(&rows[i])
			in.doubts.subjects(rows[i].Subject)
		}
		n, err := put(rows)
		in.added += n
		return errors.Join(err, ctx.Err())
	})
	switch sum := in.sum; {
	case err != nil:
		return hintSignals(err, in)
	case sum.Rows == 0 && sum.BadCount > 0:
		return &market.Error{Class: market.Data, Where: path, Err: fmt.Errorf("it has %s and none is good: %w", plural(sum.BadCount, "row"), sum.Bad[0])}
	case in.dry:
		return errDry
	}
	return nil
}

func (in *signalImport) imported(path string) *importedSignals {
	sum := in.sum
	return &importedSignals{
		File: path, Layout: sum.Layout, Rows: sum.Rows, Added: in.added, Repeated: sum.Repeated, Null: sum.Null, Observed: sum.Observed, Assumed: sum.Assumed,
		Lag: in.lagOf(sum), From: sum.First, To: sum.Last, Bad: sum.BadCount, DryRun: in.dry,
	}
}

// lagOf returns the lag of the rows that do not say when they were known.
func (in *signalImport) lagOf(sum *barfile.SignalSummary) market.Duration {
	if in.options.Lag != nil {
		return *in.options.Lag
	}
	return sum.Lag
}

// signalStore opens the store; a dry run makes none, and gets nil where there is none.
func (c *command) signalStore(dry bool) (*store.DB, error) {
	if dry {
		db, err := c.openStore(false)
		if errors.Is(err, store.ErrMissing) {
			return nil, nil
		}
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			return nil, err
		}
	}
	return c.openStore(true)
}

// hintSignals says what the flags can do about an error of a file.
func hintSignals(err error, in *signalImport) error {
	hint := "nothing of this file was stored"
	switch {
	case errors.Is(err, barfile.ErrUnsaid):
		hint += "; what no column says, --source, --kind, --subject and --lag do"
		if in.options.Columns == nil {
			hint += ", and --columns what other columns mean"
		}
	case errors.Is(err, barfile.ErrSignalRow):
		hint += "; --skip-bad keeps the good rows and lists the bad"
	}
	return withHint(err, hint)
}

func (c *command) printImportedSignals(i *importedSignals) error {
	if c.format == "json" {
		return c.json(i)
	}
	fresh, end := "new", "\n"
	if i.DryRun {
		fresh, end = "would be new", "; nothing was stored: --dry-run\n"
	}
	fmt.Fprintf(c.out, "%s: %s, %d %s, %s left out", i.File, plural(i.Rows, "row"), i.Added, fresh, plural(i.Bad, "bad row"))
	if i.Repeated > 0 {
		fmt.Fprintf(c.out, ", %d repeated", i.Repeated)
	}
	fmt.Fprint(c.out, end)
	if i.Layout != "" {
		fmt.Fprintf(c.out, "  layout  %s\n", i.Layout)
	}
	fmt.Fprintf(c.out, "  about   %s to %s, %d null\n", i.From, i.To, i.Null)
	lag := ""
	if i.Assumed > 0 && i.Lag > 0 {
		lag = fmt.Sprintf(" (%s after what they are about)", i.Lag)
	}
	_, err := fmt.Fprintf(c.out, "  known   %d observed, %d assumed%s\n", i.Observed, i.Assumed, lag)
	return err
}
