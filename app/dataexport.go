package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// exportFlags say what to export, and where to.
type exportFlags struct {
	venue, from, to string
	as              string
	all, freqtrade  string // directories
	history         string
}

func (c *command) exportCommand() *cobra.Command {
	f := exportFlags{history: "store"}
	cmd := &cobra.Command{
		Use:   "export [SYMBOL INTERVAL [FILE]]",
		Short: "write stored series as CSV, Parquet, Feather or JSON",
		Long: `Writes a stored series to a file, in the format that the end of its name says: .csv,
.parquet, .feather or .json (freqtrade's), the texts also packed as .gz or .zst. SYMBOL
funding writes the fundings of a perpetual, SYMBOL trades its single trades, both as CSV.
Each file appears whole or not at all.`,
		Example: `  signalman data export BTCUSDT 1m btc.csv.gz --from 2024-01-01 --to 2024-02-01
  signalman data export BTCUSDT 1m btc.parquet
  signalman data export BTCUSDT funding rates.csv --venue binance-usdm
  signalman data export SOLUSDT trades trades.csv.gz
  signalman data export --all backup --as parquet
  signalman data export --freqtrade user_data/data/binance
  signalman data export BTCUSDT 1h --freqtrade user_data/data/binance`,
		Args: func(_ *cobra.Command, args []string) error { return f.check(args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			r, done, err := c.reader(f.history, sampleFlag)
			if err != nil {
				return err
			}
			defer done()
			return c.export(cmd.Context(), r, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.venue, "venue", "", "exchange, where several list the symbol; with --all only its series")
	flags.StringVar(&f.from, "from", "", "first open time (RFC 3339 or a date)")
	flags.StringVar(&f.to, "to", "", "open time to stop before (RFC 3339 or a date)")
	flags.StringVar(&f.as, "as", "", "format: csv, parquet, feather or json (default: by the file's name; csv)")
	flags.StringVar(&f.all, "all", "", "directory to write all series to, as VENUE/SYMBOL-INTERVAL")
	flags.StringVar(&f.freqtrade, "freqtrade", "", "freqtrade's data directory of the exchange to write to, under the names that it looks for")
	historyFlag(cmd, &f.history)
	return cmd
}

// check says whether arguments and flags fit each other.
func (f *exportFlags) check(args []string) error {
	usage := func(text string) error { return usageError("see 'signalman data export --help'", "%s", text) }
	switch n := len(args); {
	case f.all != "" && f.freqtrade != "":
		return usage("--all and --freqtrade exclude each other")
	case f.all != "" && n != 0:
		return usage("--all writes all series: give no symbol")
	case f.freqtrade != "" && n != 0 && n != 2:
		return usage("--freqtrade wants no arguments, or a symbol and an interval")
	case f.all == "" && f.freqtrade == "" && n != 3:
		return usage("signalman data export takes a symbol, an interval and a file, or --all, or --freqtrade")
	case f.freqtrade != "" && f.as != "" && f.as != "feather" && f.as != "json" && f.as != "parquet":
		return usage("freqtrade reads feather, parquet and json")
	}
	if _, ok := frameFormats[f.as]; f.as != "" && !ok {
		return usage(fmt.Sprintf("--as %q is none of csv, parquet, feather and json", f.as))
	}
	return nil
}

// An export is one file to write.
type export struct {
	series   store.Series
	fundings bool // of the symbol, rather than bars
	path     string
	format   string // of frameFormats; fundings have rates as freqtrade keeps them
}

// exported is what is said of a file that was written.
type exported struct {
	File     string `json:"file"`
	Venue    string `json:"venue"`
	Symbol   string `json:"symbol"`
	Interval string `json:"interval"`
	Bars     int    `json:"bars"`
}

func (c *command) export(ctx context.Context, r store.Reader, f *exportFlags, args []string) error {
	lo, hi, err := span(f.from, f.to)
	if err != nil {
		return err
	}
	jobs, err := f.plan(r, args)
	if err != nil {
		return err
	}
	many := len(args) != 3
	list, none := []exported{}, 0
	for _, job := range jobs {
		rows, err := c.exportFile(ctx, r, job, lo, hi)
		if many && (errors.Is(err, errNothing) || errors.Is(err, errNoFundings)) {
			none++
			if dir := filepath.Dir(job.path); dir != filepath.Clean(f.all+f.freqtrade) {
				_ = os.Remove(dir) // where nothing else is in it
			}
			continue
		}
		if err != nil {
			return err
		}
		one := exported{job.path, job.series.Venue, job.series.Symbol, job.interval(), rows}
		list = append(list, one)
		if c.format != "json" {
			fmt.Fprintf(c.out, "%s: %s\n", job.path, job.describe(rows))
		}
	}
	if none > 0 {
		c.note("nothing between --from and --to, and no file: %d of %d series and fundings", none, len(jobs))
	}
	switch {
	case len(list) == 0:
		return &market.Error{Class: market.Data, Err: errors.New("nothing to export"), Hint: "see 'signalman data list'"}
	case c.format != "json":
		return nil
	case many:
		return c.json(list)
	}
	return c.json(list[0])
}

func (e export) interval() string {
	if e.fundings {
		return "funding"
	}
	return e.series.Interval.String()
}

func (e export) describe(rows int) string {
	switch {
	case e.fundings:
		return fmt.Sprintf("%s of %s", plural(rows, "funding"), e.series.Symbol)
	case e.series.Interval == market.Trades:
		return fmt.Sprintf("%d trades of %s", rows, strings.TrimSpace(e.series.Venue+" "+e.series.Symbol))
	}
	return fmt.Sprintf("%s of %s", plural(rows, "bar"), e.series)
}

var (
	errNothing    = errors.New("no bars between --from and --to")
	errNoFundings = errors.New("no fundings are stored, or none between --from and --to")
)

// writer returns what writes the bars or trades.
func (e export) writer(w io.Writer) frameWriter {
	if e.series.Interval == market.Trades {
		return barfile.NewTradesWriter(w)
	}
	return frameFormats[e.format](w)
}

// exportFile writes one file and returns how many rows it has.
func (c *command) exportFile(ctx context.Context, r store.Reader, e export, lo, hi market.Time) (rows int, err error) {
	if err := c.mayReplace(e.path); err != nil {
		return 0, err
	}
	put := func(w io.Writer) error {
		if e.fundings {
			rows, err = writeFundings(w, r, e, lo, hi)
			return err
		}
		out := e.writer(w)
		p := newProgress(c.err)
		defer p.end()
		if err := pieces(r, e.series, lo, hi, func(done float64, cols *market.Columns) error {
			rows += cols.Len()
			p.tell(e.path, done)
			return errors.Join(ctx.Err(), out.Add(cols))
		}); err != nil {
			return err
		}
		if rows == 0 {
			return errNothing
		}
		return out.Close()
	}
	err = barfile.Replace(e.path, put)
	if errors.Is(err, errNothing) {
		err = &market.Error{Class: market.Data, Where: e.series.String(), Err: errNothing, Hint: "see 'signalman data list'"}
		if e.fundings {
			err = &market.Error{Class: market.Data, Where: e.series.String(), Err: errNoFundings, Hint: "fetch them with 'signalman data fetch'"}
		}
	}
	return rows, err
}

// fileFormat returns the format that the name of a file and --as say, or an error where
// they do not fit.
func fileFormat(path, as string) (string, error) {
	ending := filepath.Ext(path)
	packed := ending == ".gz" || ending == ".zst"
	if packed {
		ending = filepath.Ext(path[:len(path)-len(ending)])
	}
	byName := map[string]string{".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather", ".ipc": "feather", ".json": "json"}[ending]
	switch {
	case as != "" && byName != "" && as != byName:
		return "", usageError("", "--as %s does not fit the name %s", as, path)
	case as == "" && byName == "":
		as = "csv"
	case as == "":
		as = byName
	}
	if packed && (as == "parquet" || as == "feather") {
		return "", usageError("leave the last ending out: the format packs by itself", "%s files are not packed again", as)
	}
	return as, nil
}
