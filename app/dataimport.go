package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

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
		Added: st.Added, Same: st.Unchanged, Restated: st.Restated, Gaps: r.GapCount, Missing: r.Missing, Bad: r.BadCount,
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
