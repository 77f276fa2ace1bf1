package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// importFlags are the flags of data import.
type importFlags struct {
	seriesFlags
	kind, columns string
	skip          bool
}

func (c *command) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE|DIRECTORY...",
		Short: "store candles, trades and fundings from files",
		Long: `Stores candles, recorded trades and fundings. Formats are told by the first bytes: CSV
(open_time_ms,open,high,low,close,volume, the klines and aggTrades that Binance publishes,
or a table with a header that names its columns), JSON as freqtrade and Binance write
it, feather and Parquet; plain, .gz, .zst, .xz or .zip. Times are seconds, milliseconds,
microseconds or nanoseconds since 1970, or dates, oldest or newest first.

The name of a file says what it holds: BTCUSDT-1m-2024-01.zip, BTC_USDT-1h.feather,
BTCUSDT-aggTrades-2024-01-01.zip, BTCUSDT-fundingRate-2024-01.zip. Flags say it where the
name does not. A directory stands for its files with such names, sorted by path; there
--symbol, --interval and --kind choose among them.

Files of any size need little memory. Each is stored whole or not at all, and storing it
again changes nothing.`,
		Example: `  signalman data import BTCUSDT-1m-2024-01.zip BTCUSDT-1m-2024-02.zip
  signalman data import --venue binance user_data/data/binance
  signalman data import --symbol BTCUSDT --interval 1h candles.csv
  signalman data import --symbol BTCUSD Gemini_BTCUSD_d.csv --columns "volume=Volume BTC"
  signalman data import --symbol BTCUSDT trades.csv --kind trades --columns time=1,price=2,quantity=3
  signalman data import --skip-bad damaged.csv --symbol BTCUSDT`,
		RunE: func(cmd *cobra.Command, args []string) error {
			jobs, err := c.importJobs(args, &f)
			if err != nil {
				return err
			}
			return c.importFiles(cmd.Context(), jobs, &f)
		},
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "what the files hold: bars, trades or funding (default: from the file's name, or bars)")
	flags.StringVar(&f.columns, "columns", "", `where columns stand whose headings are not the usual ones, such as "time=Date,volume=Vol" or by number`)
	flags.BoolVar(&f.skip, "skip-bad", false, "keep the good rows and list the bad ones")
	return cmd
}

// An importJob is a file to import, and as what. The interval may still be 0.
type importJob struct {
	path   string
	kind   string
	series store.Series
}

// importJobs finds the files to import, those of directories too.
func (c *command) importJobs(args []string, f *importFlags) ([]importJob, error) {
	if len(args) == 0 {
		return nil, usageError("see 'signalman data import --help'", "no file to import")
	}
	if !slices.Contains([]string{"", kindBars, kindTrades, kindFunding}, f.kind) {
		return nil, usageError("", "--kind %q is none of bars, trades and funding", f.kind)
	}
	var jobs []importJob
	futures := map[store.Series]bool{}
	for _, arg := range args {
		paths, err := c.filesOf(arg, f)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			j, err := f.job(path)
			if err != nil {
				return nil, err
			}
			before, known := futures[j.series]
			if future := nameOf(path).futures; known && before != future && j.kind == kindBars {
				return nil, usageError("import them one after the other, each with its --venue", "%s: spot and futures of %s would become one series", path, j.series)
			} else {
				futures[j.series] = future
			}
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

// filesOf returns a file, or the files of a directory whose names say what they hold.
func (c *command) filesOf(arg string, f *importFlags) (paths []string, err error) {
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &market.Error{Class: market.Data, Where: arg, Err: errors.New("cannot open: no such file or directory"), Hint: "check the path"}
	}
	if err != nil || !info.IsDir() {
		return []string{arg}, nil
	}
	passed := 0
	err = filepath.WalkDir(arg+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch name := nameOf(path); {
		case name.symbol == "" || name.kind == kindMarks || !dataName.MatchString(path):
			passed++
		case f.chooses(name):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, &market.Error{Class: market.Data, Where: arg, Err: err}
	}
	if len(paths) == 0 {
		return nil, &market.Error{Class: market.Data, Where: arg, Err: errors.New("no file here has a name that says that it holds what is asked for"), Hint: "name the files themselves, with --symbol and --interval"}
	}
	if passed > 0 {
		c.note("%s: %s passed over, whose names do not say that they hold candles, trades or fundings", arg, plural(passed, "file"))
	}
	return paths, nil
}

// chooses reports whether a file of a directory is one that the flags ask for.
func (f *importFlags) chooses(name fileName) bool {
	asked := func(flag, says string) bool { return flag == "" || says == "" || flag == says }
	return asked(f.symbol, name.symbol) && asked(f.interval, name.interval) && asked(f.kind, name.kind)
}

// job says as what a file is to be imported.
func (f *importFlags) job(path string) (importJob, error) {
	name := nameOf(path)
	j := importJob{path: path, kind: kindBars}
	switch {
	case f.kind != "":
		j.kind = f.kind
	case name.kind == kindMarks:
		return j, usageError("import the candles of trades", "%s: mark prices are no trades, and a backtest must not fill orders at them", path)
	case name.kind != "":
		j.kind = name.kind
	}
	var err error
	if j.series, err = f.series(path); err != nil {
		return j, err
	}
	switch {
	case j.kind == kindTrades:
		j.series.Interval = market.Trades
	case j.kind == kindFunding:
		j.series.Interval = 0
	}
	if j.series.Venue == "binance" && (name.futures || j.kind == kindFunding) {
		j.series.Venue = "binance-usdm"
	}
	return j, nil
}

// imported says what became of one file. Rows are bars, trades or fundings.
type imported struct {
	File     string     `json:"file"`
	Kind     string     `json:"kind"`
	Venue    string     `json:"venue"`
	Symbol   string     `json:"symbol"`
	Interval string     `json:"interval"`
	Rows     int        `json:"rows"`
	Added    int        `json:"added"`
	Same     int        `json:"unchanged"`
	Restated int        `json:"restated"`
	Changes  []restated `json:"changes,omitempty"` // the first bars that were restated
	Gaps     int        `json:"gaps"`
	Missing  int64      `json:"missing_bars"`
	Bad      int        `json:"bad_rows"`
	BadRows  []string   `json:"bad,omitempty"`
}

func (c *command) importFiles(ctx context.Context, jobs []importJob, f *importFlags) error {
	done := []imported{}
	for _, j := range jobs {
		one, err := c.importFile(ctx, j, f)
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

// shownImported bounds the restated bars that are printed of a file.
const shownImported = 10

func (c *command) printImported(i imported) {
	one := strings.TrimSuffix(i.Kind, "s")
	what := plural(i.Rows, one)
	if i.Kind == kindBars {
		what = i.Interval + ", " + what
	}
	fmt.Fprintf(c.out, "%s: %s %s: %d new, %d unchanged, %d restated", i.File, i.Symbol, what, i.Added, i.Same, i.Restated)
	if i.Gaps > 0 {
		fmt.Fprintf(c.out, "; %s, %s missing", plural(i.Gaps, "gap"), plural(int(i.Missing), one))
	}
	if i.Bad > 0 {
		fmt.Fprintf(c.out, "; %s left out", plural(i.Bad, "bad row"))
	}
	fmt.Fprintln(c.out)
	for _, r := range i.Changes[:min(len(i.Changes), shownImported)] {
		fmt.Fprintf(c.out, "  %s restated:%s\n", r.Time, r.changes())
	}
	if more := i.Restated - shownImported; more > 0 && len(i.Changes) > 0 {
		fmt.Fprintf(c.out, "  and %d more; --format json lists a thousand\n", more)
	}
	for _, b := range i.BadRows {
		c.note("  %s", b)
	}
}
