package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
)

// importFlags are the flags of data import.
type importFlags struct {
	seriesFlags
	kind, columns string
	skip, dry     bool
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
microseconds or nanoseconds since 1970, or dates, oldest or newest first (trades: oldest first).

The name of a file says what it holds: BTCUSDT-1m-2024-01.zip, BTC_USDT-1h.feather,
BTCUSDT-aggTrades-2024-01-01.zip, BTCUSDT-fundingRate-2024-01.zip. Flags say it where the
name does not. A directory stands for its files with such names, sorted by path; there
--symbol, --interval and --kind choose among them, and what is passed over is listed.
Folders of Binance's archive say the venue: spot is binance, futures/um is binance-usdm.

Files of any size need little memory. Each is stored whole or not at all, and storing it
again changes nothing. Of several files, a bad one does not keep the others out: bad ones
are listed at the end, and the exit code is 3 then.`,
		Example: `  signalman data import BTCUSDT-1m-2024-01.zip BTCUSDT-1m-2024-02.zip
  signalman data import --venue binance user_data/data/binance
  signalman data import --symbol BTCUSDT --interval 1h candles.csv
  signalman data import --symbol BTCUSD Gemini_BTCUSD_d.csv --columns "volume=Volume BTC"
  signalman data import --symbol BTCUSDT trades.csv --kind trades --columns time=1,price=2,quantity=3
  signalman data import --dry-run data
  signalman data import --skip-bad damaged.csv --symbol BTCUSDT`,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, err := c.planImport(args, &f)
			if err != nil {
				return err
			}
			return c.importFiles(cmd.Context(), plan, &f)
		},
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "what the files hold: bars, trades or funding (default: from the file's name, or bars)")
	flags.StringVar(&f.columns, "columns", "", `where columns stand whose headings are not the usual ones, such as "time=Date,volume=Vol" or by number`)
	flags.BoolVar(&f.skip, "skip-bad", false, "keep the good rows and list the bad ones")
	flags.BoolVar(&f.dry, "dry-run", false, "read and check the files, say what would be new, and store nothing")
	return cmd
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
	DryRun   bool       `json:"dry_run,omitzero"`
}

// importFiles stores the files of a plan. One that is bad does not keep the others out.
func (c *command) importFiles(ctx context.Context, p *importPlan, f *importFlags) error {
	list := []any{}
	for _, passed := range p.passed {
		list = append(list, passed)
	}
	var all imported
	var bad []string
	var end error
	for _, j := range p.jobs {
		one, err := c.importFile(ctx, j, f)
		if err != nil {
			if end = err; len(p.jobs) == 1 || !blames(err, j.path) {
				break
			}
			end = nil
			bad = append(bad, err.Error())
			list = append(list, leftOut{File: j.path, Error: err.Error()})
			continue
		}
		list = append(list, one)
		all.add(one)
		if c.format == "text" {
			c.printImported(one)
		}
	}
	return c.endImport(p, list, all, bad, end)
}

// blames reports whether an error is the file's own.
func blames(err error, path string) bool {
	var e *market.Error
	return errors.As(err, &e) && e.Class == market.Data && strings.HasPrefix(e.Where, path)
}

// endImport says what came of all files, and which were bad; end is what ended the import
// before all were read.
func (c *command) endImport(p *importPlan, list []any, all imported, bad []string, end error) error {
	if c.format == "json" && (end == nil || len(list) > len(p.passed)) {
		end = errors.Join(c.json(list), end)
	}
	if c.format == "text" && end == nil && len(p.jobs) > 1 {
		fmt.Fprintf(c.out, "%s: %s: %s\n", plural(len(p.jobs)-len(bad), "file"), plural(all.Rows, "row"), all.counts())
	}
	if all.DryRun && end == nil {
		c.note("a dry run: nothing was stored")
	}
	if len(bad) == 0 {
		return end
	}
	failed := &market.Error{Class: market.Data, Err: fmt.Errorf("%d of %s not stored:\n  %s", len(bad), plural(len(p.jobs), "file"), strings.Join(bad, "\n  "))}
	if end != nil {
		c.note("%s", failed)
		return end
	}
	return failed
}

// shownImported bounds the restated bars that are printed of a file.
const shownImported = 10

// add counts the rows of another file in.
func (i *imported) add(o imported) {
	i.Rows += o.Rows
	i.Added += o.Added
	i.Same += o.Same
	i.Restated += o.Restated
	i.DryRun = o.DryRun
}

// counts says what became of rows.
func (i *imported) counts() string {
	be := ""
	if i.DryRun {
		be = "would be "
	}
	return fmt.Sprintf("%d %snew, %d unchanged, %d restated", i.Added, be, i.Same, i.Restated)
}

func (c *command) printImported(i imported) {
	one := strings.TrimSuffix(i.Kind, "s")
	what := plural(i.Rows, one)
	if i.Kind == kindBars {
		what = i.Interval + ", " + what
	}
	fmt.Fprintf(c.out, "%s: %s %s: %s", i.File, strings.TrimSpace(i.Venue+" "+i.Symbol), what, i.counts())
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
