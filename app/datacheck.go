package app

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/datacheck"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// checkSchema names the form of what data check prints as JSON.
const checkSchema = "signalman.check/1"

// checkFlags are the flags of data check.
type checkFlags struct {
	seriesFlags
	from, to, history string
	columns           string
	jump              float64
	all, strict       bool
}

// checked is what a look at one series found.
type checked struct {
	File        string              `json:"file,omitempty"`
	Venue       string              `json:"venue"`
	Symbol      string              `json:"symbol"`
	Interval    string              `json:"interval"`
	Bars        int                 `json:"bars"`
	From        market.Time         `json:"from,omitzero"` // first open
	To          market.Time         `json:"to,omitzero"`   // last close
	Hash        string              `json:"hash"`          // of the rows
	NewestFirst bool                `json:"newest_first,omitempty"`
	Errors      int                 `json:"errors"`
	Warnings    int                 `json:"warnings"`
	Kinds       []datacheck.Tally   `json:"kinds"`
	Findings    []datacheck.Finding `json:"findings"`
	Compared    []compared          `json:"compared"`

	series  store.Series
	columns *market.Columns
	report  *datacheck.Report
	damaged bool // there is an error that is not about a row
}

// compared is how a series agrees with a finer one of its symbol.
type compared struct {
	With       string `json:"with"` // the finer interval
	Bars       int    `json:"bars"`
	Differ     int    `json:"differ"`
	Incomplete int    `json:"incomplete"`
	Absent     int    `json:"absent"`
}

// checkResult is what data check prints as JSON.
type checkResult struct {
	Schema   string     `json:"schema"`
	Hash     string     `json:"hash"` // of the hashes of all series
	Errors   int        `json:"errors"`
	Warnings int        `json:"warnings"`
	Series   []*checked `json:"series"`
}

func (c *command) dataCheckCommand() *cobra.Command {
	f := checkFlags{history: "store"}
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "look for what is wrong with candles, stored or in files",
		Long: `Reads every stored series, or those that the flags select, or the files given, and
reports what is wrong, series by series, with a hash of each and of all.

Errors, which end with exit code 3: rows that hold no bar, times out of order, twice or
off the grid, impossible bars. Warnings: gaps (with the name of the outage, where the
venue is known to have stood still), jumps, spikes, changes of scale, runs of bars without
volume or all alike, a last bar that is not finished, bars that finer ones of the symbol
do not make. Docs/data.md says how each is told.`,
		Example: `  signalman data check
  signalman data check --symbol BTCUSDT --from 2024-01-01 --all
  signalman data check --strict --format json
  signalman data check candles.csv --venue binance --symbol BTCUSDT --interval 1m
  signalman data check other.csv --symbol BTCUSDT --columns time=1,volume=2,open=3,high=4,low=5,close=6`,
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := c.checkAll(args, &f)
			if err != nil {
				return err
			}
			return c.concludeCheck(list, &f)
		},
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "first open time (RFC 3339 or a date)")
	flags.StringVar(&f.to, "to", "", "end of the open times, which it does not include")
	flags.StringVar(&f.columns, "columns", "", "where the columns of a file stand, as of 'data import'")
	flags.Float64Var(&f.jump, "jump", datacheck.DefaultJump, "how many usual moves make a jump")
	flags.BoolVar(&f.all, "all", false, "list every finding, not the first 10 of a kind (JSON: 1000)")
	flags.BoolVar(&f.strict, "strict", false, "exit code 3 for warnings too")
	historyFlag(cmd, &f.history)
	return cmd
}

// checkAll looks at the files, or at what is stored.
func (c *command) checkAll(files []string, f *checkFlags) ([]*checked, error) {
	from, to, err := span(f.from, f.to)
	if err != nil {
		return nil, err
	}
	if !(f.jump > 0) {
		return nil, usageError("100 is the default", "--jump %v is not above 0", f.jump)
	}
	var list []*checked
	if len(files) > 0 {
		list, err = c.readChecked(files, f, from, to)
	} else {
		list, err = c.storedChecked(f, from, to)
	}
	if from+to > 0 && err == nil && !slices.ContainsFunc(list, func(one *checked) bool { return one.Bars+one.Errors > 0 }) {
		return nil, &market.Error{Class: market.Data, Err: errors.New("no bar opens in the time from --from to --to"), Hint: "leave them out to see what there is"}
	}
	return list, err
}

// settle compares series with one another, sums each up, and lets go of its bars.
func (f *checkFlags) settle(group []*checked) {
	for _, one := range group {
		one.compare(group, f.options("").Limit)
		one.sum()
	}
	for _, one := range group {
		one.columns = nil
	}
}

// options are those of a look at a series of a venue.
func (f *checkFlags) options(venue string) datacheck.Options {
	o := datacheck.Options{Venue: venue, Now: market.TimeOf(time.Now()), Jump: f.jump}
	if f.all {
		o.Limit = int(^uint(0) >> 1)
	}
	return o
}

// storedChecked looks at the stored series that the flags select.
func (c *command) storedChecked(f *checkFlags, from, to market.Time) ([]*checked, error) {
	r, done, err := c.reader(f.history, sampleFlag)
	if err != nil {
		return nil, err
	}
	defer done()
	all, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	var list, group []*checked // a group is of one symbol: only its bars are in memory
	for _, s := range all {
		if f.symbol != "" && s.Symbol != f.symbol || !atVenue(f.venue, s.Venue) || f.interval != "" && s.Interval.String() != f.interval {
			continue
		}
		if len(group) > 0 && (group[0].series.Venue != s.Venue || group[0].series.Symbol != s.Symbol) {
			f.settle(group)
			group = nil
		}
		one := &checked{series: s, columns: market.MakeColumns(s.Interval, 0), report: &datacheck.Report{}}
		list, group = append(list, one), append(group, one)
		cols, err := r.Bars(s, from, to)
		if err != nil {
			one.unreadable(err)
			continue
		}
		one.columns, one.report = cols, datacheck.Check(cols, f.options(s.Venue))
	}
	f.settle(group)
	if len(list) == 0 {
		return nil, &market.Error{Class: market.Data, Err: errors.New("no stored series is selected"), Hint: "see 'signalman data list'"}
	}
	return list, nil
}

// readChecked looks at files.
func (c *command) readChecked(files []string, f *checkFlags, from, to market.Time) ([]*checked, error) {
	list := []*checked{}
	for _, path := range files {
		s, err := f.series(path)
		if err != nil {
			return nil, err
		}
		one, err := readOne(path, s, f, from, to)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	f.settle(list)
	return list, nil
}

// readOne looks at a file.
func readOne(path string, s store.Series, f *checkFlags, from, to market.Time) (*checked, error) {
	var lines barfile.Lines
	r, err := barfile.ReadFile(path, barfile.Options{Interval: s.Interval, SkipBad: true, Columns: f.columns, From: from, To: to, Lines: &lines})
	var e *market.Error
	if err != nil && (!errors.As(err, &e) || e.Class != market.Data) {
		return nil, err
	}
	s.Interval = r.Columns.Interval
	one := &checked{File: path, series: s, columns: cut(r.Columns, from, to), NewestFirst: r.Falling, report: &datacheck.Report{}}
	if s.Interval > 0 {
		o, first := f.options(s.Venue), r.Columns.Search(from)
		o.Line = func(row int) int { return lines.Of(first + row) }
		one.report = datacheck.Check(one.columns, o)
	}
	for _, b := range r.Bad {
		one.unreadable(b)
	}
	one.unlisted(r)
	if err != nil && !(errors.Is(err, barfile.ErrEmpty) && r.BadCount > 0) {
		one.unreadable(err)
	}
	return one, nil
}

// cut returns the bars with from ≤ open time < to; 0 leaves an end open.
func cut(c *market.Columns, from, to market.Time) *market.Columns {
	hi := c.Len()
	if to > 0 {
		hi = c.Search(to)
	}
	return c.Slice(min(c.Search(from), hi), hi)
}

// badRows are the kinds of bad rows that hold a bar, as the reader of files calls them.
var badRows = map[datacheck.Kind]error{
	datacheck.Unsorted: barfile.ErrUnsorted, datacheck.Duplicate: barfile.ErrDuplicate,
	datacheck.OffGrid: barfile.ErrOffGrid, datacheck.Impossible: barfile.ErrImpossible,
}

// unreadable adds an error of reading, about a row or about the whole.
func (one *checked) unreadable(err error) {
	f := datacheck.Finding{Kind: datacheck.Unreadable, Bars: 1, Text: err.Error()}
	for kind, reason := range badRows {
		if errors.Is(err, reason) {
			f.Kind = kind
		}
	}
	var e *market.Error
	if errors.As(err, &e) {
		where := e.Where[strings.LastIndexByte(e.Where, ':')+1:] // a line, or "row" and a number
		f.Row, _ = strconv.Atoi(strings.TrimPrefix(where, " row "))
		f.Text, f.Hint = e.Where+": "+e.Err.Error(), e.Hint
	}
	if t := barfile.TimeOf(err); t > 0 {
		f.From, f.To = t, t+market.Time(one.series.Interval)
	}
	one.damaged = one.damaged || !errors.Is(err, barfile.ErrRow)
	one.report.Add(f)
}

// unlisted counts the bad rows beyond those that the reader lists.
func (one *checked) unlisted(r *barfile.Result) {
	rest := r.BadCount - len(r.Bad)
	for kind, reason := range badRows {
		n := r.Reasons[reason] - one.report.Of(kind).Count
		one.report.Unlisted(kind, n)
		rest -= n
	}
	one.report.Unlisted(datacheck.Unreadable, rest)
}

// compare holds a series against the finer ones of its symbol, the nearest first. One that
// is of no other time than a nearer one is left to that: it is held against it.
func (one *checked) compare(list []*checked, limit int) {
	one.Compared = []compared{}
	coarse := datacheck.Sound(one.columns)
	var done []*checked
	for _, fine := range one.finer(list) {
		if !overlap(fine.columns, one.columns) || slices.ContainsFunc(done, func(d *checked) bool { return within(fine.columns, d.columns) }) {
			continue
		}
		done = append(done, fine)
		x := datacheck.Compare(datacheck.Sound(fine.columns), coarse, limit)
		one.report.AddComparison(x, coarse)
		one.Compared = append(one.Compared, compared{x.Fine.String(), x.Compared, x.Differ, x.Incomplete, x.Absent})
	}
}

// finer returns the series of which a series can be made, the nearest first.
func (one *checked) finer(list []*checked) (found []*checked) {
	for _, o := range list {
		if o.series.Venue == one.series.Venue && o.series.Symbol == one.series.Symbol &&
			o.series.Interval > market.Trades && o.series.Interval < one.series.Interval && one.series.Interval.Holds(o.series.Interval) {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b *checked) int { return cmp.Compare(b.series.Interval, a.series.Interval) })
	return found
}

// within reports whether a series is of no other time than another.
func within(a, b *market.Columns) bool {
	return a.OpenTime[0] >= b.OpenTime[0] && a.Time(a.Len()-1) <= b.Time(b.Len()-1)
}

// overlap reports whether two series have a time in common.
func overlap(a, b *market.Columns) bool {
	return a.Len() > 0 && b.Len() > 0 && a.OpenTime[0] < b.Time(b.Len()-1) && b.OpenTime[0] < a.Time(a.Len()-1)
}

// sum fills what is printed.
func (one *checked) sum() {
	c, r := one.columns, one.report
	one.Venue, one.Symbol, one.Interval, one.Bars = one.series.Venue, one.series.Symbol, one.series.Interval.String(), c.Len()
	if c.Len() > 0 {
		one.From, one.To = c.OpenTime[0], c.Time(c.Len()-1)
	}
	h := backtest.History{Instruments: []market.Instrument{{}}, Series: []backtest.Series{{Columns: c}}}
	one.Hash = h.InputsHash([]market.Interval{c.Interval}).String()
	one.Errors, one.Warnings = r.Errors(), r.Warnings()
	one.Kinds, one.Findings = append([]datacheck.Tally{}, r.Tallies...), append([]datacheck.Finding{}, r.Findings...)
}

// name is what the text calls it.
func (one *checked) name() string {
	if one.File != "" {
		return one.File
	}
	return one.series.String()
}

// concludeCheck prints what was found. Errors make the command fail.
func (c *command) concludeCheck(list []*checked, f *checkFlags) error {
	result := checkResult{Schema: checkSchema, Series: list}
	hashes, bad := []string{}, 0
	for _, one := range list {
		hashes = append(hashes, fmt.Sprintf("%s\t%s\n", one.series, one.Hash))
		result.Errors += one.Errors
		result.Warnings += one.Warnings
		if one.Errors > 0 || f.strict && one.Warnings > 0 {
			bad++
		}
	}
	slices.Sort(hashes) // in whatever order files are named
	result.Hash = market.Hash(sha256.Sum256([]byte(strings.Join(hashes, "")))).String()
	var err error
	if c.format == "json" {
		err = c.json(result)
	} else {
		err = printCheckResult(c.out, &result, f.all)
	}
	if err != nil || bad == 0 {
		return err
	}
	what := "errors"
	if f.strict {
		what = "errors or warnings"
	}
	return &market.Error{
		Class: market.Data, Err: fmt.Errorf("%d of %d series have %s", bad, len(list), what),
		Hint: advice(list),
	}
}

// advice says what to do about what was found.
func advice(list []*checked) string {
	var damage, rows, stored bool
	for _, one := range list {
		damage = damage || one.damaged
		for _, t := range one.Kinds {
			rows = rows || one.File != "" && t.Kind.Error() && !one.damaged
			stored = stored || one.File == "" && t.Kind.Error() && t.Kind != datacheck.Unreadable
		}
	}
	var parts []string
	for _, p := range []struct {
		so   bool
		text string
	}{
		{damage, "do what each error says"},
		{rows, "repair the file, or leave bad rows out with --skip-bad of 'data import' and 'backtest'"},
		{stored, "leave bad bars out with 'backtest --skip-bad'"},
		{!damage && !rows && !stored, "without --strict warnings are no failure"},
	} {
		if p.so {
			parts = append(parts, p.text)
		}
	}
	return strings.Join(parts, "; ")
}

// printCheckResult prints a table of the series, and then what was found in each.
func printCheckResult(out io.Writer, r *checkResult, all bool) error {
	if err := printCheckTable(out, r); err != nil {
		return err
	}
	for _, one := range r.Series {
		printFindings(out, one, all)
	}
	return nil
}
