package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) dataCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "import, list, check and export stored candles",
		Example: `  signalman data import BTCUSDT-1m-2024-01.zip
  signalman data list
  signalman data check
  signalman data export BTCUSDT 1m btc.csv.gz`,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.importCommand(), c.listCommand(), c.dataCheckCommand(), c.exportCommand())
	return cmd
}

// seriesFlags name a series where a file's name does not.
type seriesFlags struct{ venue, symbol, interval string }

func (f *seriesFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.venue, "venue", "", "exchange the candles come from")
	cmd.Flags().StringVar(&f.symbol, "symbol", "", "symbol, such as BTCUSDT (default: from the file's name)")
	cmd.Flags().StringVar(&f.interval, "interval", "", "length of a bar, such as 1m (default: from the file's name, or its times)")
}

// fileName is how exchanges name files of candles: SYMBOL-INTERVAL and a date.
var fileName = regexp.MustCompile(`^([A-Z0-9]{3,})-([0-9]+[smhdw])(?:[-.]|$)`)

// series returns the series of a file: by flags, and then by its name. The interval
// may still be 0.
func (f *seriesFlags) series(path string) (store.Series, error) {
	s := store.Series{Venue: f.venue, Symbol: f.symbol}
	interval := f.interval
	if m := fileName.FindStringSubmatch(filepath.Base(path)); m != nil {
		if s.Symbol == "" {
			s.Symbol = m[1]
		}
		if interval == "" {
			interval = m[2]
		}
	}
	if s.Symbol == "" {
		return s, usageError("name it with --symbol", "the name of %s does not say which symbol it holds", path)
	}
	if interval == "" {
		return s, nil
	}
	d, err := market.ParseInterval(interval)
	if err != nil {
		return s, usageError("", "%w", err)
	}
	s.Interval = d
	return s, nil
}

func (c *command) importCommand() *cobra.Command {
	var f seriesFlags
	var skip bool
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "store candles from CSV files and Binance's zips",
		Long: `Stores candles. A file is open_time_ms,open,high,low,close,volume, or the twelve
columns of Binance's klines, with or without a header, in seconds, milliseconds or
microseconds; plain, .gz, .zst or .zip. Each file is stored whole or not at all, and
storing it again changes nothing.`,
		Example: `  signalman data import BTCUSDT-1m-2024-01.zip BTCUSDT-1m-2024-02.zip
  signalman data import --symbol BTCUSDT --interval 1h candles.csv
  signalman data import --skip-bad damaged.csv --symbol BTCUSDT`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("see 'signalman data import --help'", "no file to import")
			}
			return c.importFiles(args, f, skip)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&skip, "skip-bad", false, "keep the good rows and list the bad ones")
	return cmd
}

// imported says what became of one file.
type imported struct {
	File     string   `json:"file"`
	Venue    string   `json:"venue"`
	Symbol   string   `json:"symbol"`
	Interval string   `json:"interval"`
	Rows     int      `json:"rows"`
	Added    int      `json:"added"`
	Same     int      `json:"unchanged"`
	Restated int      `json:"restated"`
	Gaps     int      `json:"gaps"`
	Missing  int64    `json:"missing_bars"`
	Bad      int      `json:"bad_rows"`
	BadRows  []string `json:"bad,omitempty"`
}

func (c *command) importFiles(files []string, f seriesFlags, skip bool) (err error) {
	db, err := c.openStore(true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	done := []imported{}
	for _, path := range files {
		one, err := importFile(db, path, f, skip)
		if err != nil {
			if c.format == "json" && len(done) > 0 {
				return errors.Join(c.json(done), err)
			}
			return err
		}
		done = append(done, one)
		if c.format == "text" {
			c.printImported(one)
		}
	}
	if c.format == "json" {
		return c.json(done)
	}
	return nil
}

func importFile(db *store.DB, path string, f seriesFlags, skip bool) (imported, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return imported{}, &market.Error{Class: market.Data, Where: path, Err: errors.New("cannot open: no such file or directory"), Hint: "check the path"}
	}
	s, err := f.series(path)
	if err != nil {
		return imported{}, err
	}
	r, err := barfile.ReadFile(path, barfile.Options{Interval: s.Interval, SkipBad: skip})
	if err != nil {
		return imported{}, withHint(err, "nothing of this file was stored; --skip-bad keeps the good rows and lists the bad")
	}
	s.Interval = r.Columns.Interval
	st, err := db.PutBars(s, r.Columns)
	if err != nil {
		return imported{}, err
	}
	one := imported{
		File: path, Venue: s.Venue, Symbol: s.Symbol, Interval: s.Interval.String(), Rows: r.Columns.Len(),
		Added: st.Added, Same: st.Unchanged, Restated: st.Restated, Gaps: len(r.Gaps), Bad: r.BadCount,
	}
	for _, g := range r.Gaps {
		one.Missing += g.Missing
	}
	for _, b := range r.Bad {
		one.BadRows = append(one.BadRows, b.Error())
	}
	return one, nil
}

// withHint adds what to do next to an error that says nothing of it.
func withHint(err error, hint string) error {
	var e *market.Error
	if !errors.As(err, &e) || !strings.Contains(e.Where, ":") {
		return err // not about a row
	}
	more := *e
	if more.Hint != "" {
		more.Hint += "; "
	}
	more.Hint += hint
	return &more
}

func (c *command) printImported(i imported) {
	fmt.Fprintf(c.out, "%s: %s %s, %d bars: %d new, %d unchanged, %d restated", i.File, i.Symbol, i.Interval, i.Rows, i.Added, i.Same, i.Restated)
	if i.Gaps > 0 {
		fmt.Fprintf(c.out, "; %d gaps, %d bars missing", i.Gaps, i.Missing)
	}
	if i.Bad > 0 {
		fmt.Fprintf(c.out, "; %d bad rows left out", i.Bad)
	}
	fmt.Fprintln(c.out)
	for _, b := range i.BadRows {
		c.note("  %s", b)
	}
}

// listed is one stored series.
type listed struct {
	Venue    string      `json:"venue"`
	Symbol   string      `json:"symbol"`
	Interval string      `json:"interval"`
	Bars     int         `json:"bars"`
	From     market.Time `json:"from"`
	To       market.Time `json:"to"`
	Bytes    int64       `json:"bytes"`
	// Filters counts the stored snapshots of the instrument's filters; the first holds
	// from FiltersFrom.
	Filters     int         `json:"filters"`
	FiltersFrom market.Time `json:"filters_from,omitzero"`
}

func (c *command) listCommand() *cobra.Command {
	history := "store"
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "list the stored series",
		Example: "  signalman data list\n  signalman data list --history sample",
		Args:    exact(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return c.listSeries(history) },
	}
	historyFlag(cmd, &history)
	return cmd
}

// sampleFlag says how to choose the sample where there is --history.
const sampleFlag = "or look at the bundled history with --history sample"

// historyFlag adds --history, the choice between the store and the sample.
func historyFlag(cmd *cobra.Command, history *string) {
	cmd.Flags().StringVar(history, "history", *history, "which history: store or sample")
	pre := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *history != "store" && *history != "sample" {
			return usageError("", "--history %q is neither store nor sample", *history)
		}
		return pre(cmd, args)
	}
}

func (c *command) listSeries(history string) error {
	r, done, err := c.reader(history, sampleFlag)
	if err != nil {
		return err
	}
	defer done()
	all, err := r.SeriesList()
	if err != nil {
		return err
	}
	known, err := r.Listings(0, 0)
	if err != nil {
		return err
	}
	list := []listed{}
	for _, s := range all {
		st, err := r.Stats(s)
		if err != nil {
			return err
		}
		one := listed{Venue: s.Venue, Symbol: s.Symbol, Interval: s.Interval.String(), Bars: st.Rows, From: st.First, To: st.Last, Bytes: st.Bytes}
		one.count(snapshotsOf(known, s))
		list = append(list, one)
	}
	if c.format == "json" {
		return c.json(list)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VENUE\tSYMBOL\tINTERVAL\tBARS\tFIRST OPEN\tLAST OPEN\tBYTES\tFILTERS")
	for _, l := range list {
		filters := "unknown"
		if l.Filters > 0 {
			filters = fmt.Sprintf("%s from %s", plural(l.Filters, "snapshot"), l.FiltersFrom)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%d\t%s\n", l.Venue, l.Symbol, l.Interval, l.Bars, l.From, l.To, l.Bytes, filters)
	}
	return w.Flush()
}

// count counts the snapshots that were stored, not those that stand for an earlier time.
func (l *listed) count(snapshots []store.InstrumentSnapshot) {
	for _, s := range snapshots {
		if s.Instrument.Assumed {
			continue
		}
		if l.Filters++; l.Filters == 1 {
			l.FiltersFrom = s.From
		}
	}
}

func (c *command) exportCommand() *cobra.Command {
	var venue, from, to string
	history := "store"
	cmd := &cobra.Command{
		Use:     "export SYMBOL INTERVAL FILE",
		Short:   "write a stored series as CSV",
		Example: "  signalman data export BTCUSDT 1m btc.csv.gz --from 2024-01-01 --to 2024-02-01",
		Args:    exact(3, "a symbol, an interval and a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, done, err := c.reader(history, sampleFlag)
			if err != nil {
				return err
			}
			defer done()
			return c.export(r, venue, args, from, to)
		},
	}
	cmd.Flags().StringVar(&venue, "venue", "", "exchange, where several list the symbol")
	cmd.Flags().StringVar(&from, "from", "", "first open time (RFC 3339 or a date)")
	cmd.Flags().StringVar(&to, "to", "", "open time to stop before (RFC 3339 or a date)")
	historyFlag(cmd, &history)
	return cmd
}

func (c *command) export(r store.Reader, venue string, args []string, from, to string) error {
	d, err := market.ParseInterval(args[1])
	if err != nil {
		return usageError("", "%w", err)
	}
	s, err := findSeries(r, venue, args[0], d)
	if err != nil {
		return err
	}
	lo, hi, err := span(from, to)
	if err != nil {
		return err
	}
	cols, err := r.Bars(s, lo, hi)
	if err != nil {
		return err
	}
	if cols.Len() == 0 {
		return &market.Error{Class: market.Data, Where: s.String(), Err: errors.New("no bars between --from and --to"), Hint: "see 'signalman data list'"}
	}
	if err := barfile.WriteFile(args[2], cols); err != nil {
		return err
	}
	if c.format == "json" {
		return c.json(map[string]any{"file": args[2], "symbol": s.Symbol, "interval": s.Interval.String(), "bars": cols.Len()})
	}
	_, err = fmt.Fprintf(c.out, "%s: %d bars of %s\n", args[2], cols.Len(), s)
	return err
}

// span reads --from and --to.
func span(from, to string) (lo, hi market.Time, err error) {
	for _, f := range []struct {
		text string
		into *market.Time
	}{{from, &lo}, {to, &hi}} {
		if f.text != "" && err == nil {
			*f.into, err = market.ParseTime(f.text)
		}
	}
	if err == nil && hi > 0 && hi <= lo {
		err = fmt.Errorf("--to %s is not after --from %s", hi, lo)
	}
	if err != nil {
		return 0, 0, usageError("", "%w", err)
	}
	return lo, hi, nil
}

// findSeries returns the stored series of a symbol and interval, or says what there is.
func findSeries(r store.Reader, venue, symbol string, d market.Interval) (store.Series, error) {
	all, err := r.SeriesList()
	if err != nil {
		return store.Series{}, err
	}
	var found, near []store.Series
	for _, s := range all {
		if s.Symbol != symbol || venue != "" && s.Venue != venue {
			continue
		}
		near = append(near, s)
		if s.Interval == d {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return store.Series{}, usageError("name one with --venue", "%s %s is stored for several venues", symbol, d)
	case len(near) > 0:
		return store.Series{}, &market.Error{Class: market.Data, Where: symbol, Err: fmt.Errorf("no stored bars of %s; stored: %v", d, near)}
	}
	var symbols []string
	for _, s := range all {
		if !slices.Contains(symbols, s.Symbol) {
			symbols = append(symbols, s.Symbol)
		}
	}
	return store.Series{}, &market.Error{
		Class: market.Data, Where: symbol, Err: fmt.Errorf("no such symbol in the history, which has %v", symbols),
		Hint: "import it with 'signalman data import'",
	}
}
