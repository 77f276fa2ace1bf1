package app

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/datacheck"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// resampleFlags say which bars to make, and what to do with them.
type resampleFlags struct {
	venue, from, to, history   string
	checkOnly, dryRun, replace bool
}

func (c *command) resampleCommand() *cobra.Command {
	f := resampleFlags{history: "store"}
	cmd := &cobra.Command{
		Use:   "resample SYMBOL FINE COARSE...",
		Short: "make coarser bars from stored finer ones, and compare those stored",
		Long: `Makes bars of each coarser interval from the stored bars of the finer one, and stores
those that are not stored yet. A bar is made where at least one finer bar is; it is
flagged as incomplete where some are missing. The last one is left out until finer
bars reach its close.

Stored bars are compared with what all their finer bars make of them: each that
disagrees by more than rounding is listed, and left as it is unless --replace is
given. Bars of which finer ones are missing are not judged. Exit code 3 means that
stored bars disagree.`,
		Example: `  signalman data resample BTCUSDT 1m 5m 15m 1h
  signalman data resample BTCUSDT 1h 1d --check-only
  signalman data resample BTCUSDT 1h 4h --from 2024-01-01 --to 2025-01-01 --dry-run`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 3 {
				return usageError("see 'signalman data resample --help'", "need a symbol, the finer interval and at least one coarser")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.resample(args, f) },
	}
	cmd.Flags().StringVar(&f.venue, "venue", "", "exchange, where several list the symbol")
	cmd.Flags().StringVar(&f.from, "from", "", "make no coarser bar that opens before (RFC 3339 or a date)")
	cmd.Flags().StringVar(&f.to, "to", "", "make no coarser bar that opens then or later (RFC 3339 or a date)")
	cmd.Flags().BoolVar(&f.checkOnly, "check-only", false, "compare with stored bars, and store nothing")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be stored, and store nothing")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "overwrite stored bars that disagree")
	historyFlag(cmd, &f.history)
	return cmd
}

// resampled says what became of the bars of one coarser interval.
type resampled struct {
	Venue      string      `json:"venue"`
	Symbol     string      `json:"symbol"`
	Fine       string      `json:"from_interval"`
	Coarse     string      `json:"interval"`
	Bars       int         `json:"bars"`
	Incomplete int         `json:"incomplete"` // of Bars
	Compared   int         `json:"compared"`
	Disagree   int         `json:"disagree"`
	Unjudged   int         `json:"not_judged"` // stored ones of which finer bars are missing
	Added      int         `json:"added"`
	Replaced   int         `json:"replaced"`
	Unlisted   int         `json:"differences_left_out"`
	Differ     []different `json:"differences"`

	series store.Series
	put    *market.Columns // what is to be stored
}

// different is one field of a stored bar that its finer bars do not make.
type different struct {
	Time   market.Time `json:"open_time"`
	Field  string      `json:"field"`
	Stored float64     `json:"stored"`
	Made   float64     `json:"made"`
	text   string
}

// maxDifferent bounds how many differences are listed for each interval.
const maxDifferent = 100

func (c *command) resample(args []string, f resampleFlags) error {
	write := !f.checkOnly && !f.dryRun
	switch {
	case write && builtIn(f.history):
		return usageError("add --check-only or --dry-run", "the bundled sample cannot be written")
	case f.replace && f.checkOnly:
		return usageError("leave one out", "--check-only and --replace exclude each other")
	}
	list, err := c.makeCoarser(args, f)
	if err != nil {
		return err
	}
	if write {
		if err := c.putCoarser(list); err != nil {
			return err
		}
	}
	if err := c.printResampled(list, f); err != nil {
		return err
	}
	for _, one := range list {
		if one.Disagree > 0 && !f.replace {
			return &market.Error{Class: market.Data, Where: one.series.String(),
				Err:  fmt.Errorf("%s %s with those of %s", plural(one.Disagree, "stored bar"), either(one.Disagree, "disagrees", "disagree"), one.Fine),
				Hint: "import the wrong ones of the two again, or overwrite these with --replace"}
		}
	}
	return nil
}

// makeCoarser reads the finer bars, and makes and compares all that are asked for.
func (c *command) makeCoarser(args []string, f resampleFlags) ([]*resampled, error) {
	fine, coarse, err := coarserIntervals(args[1], args[2:])
	if err != nil {
		return nil, err
	}
	from, to, err := span(f.from, f.to)
	if err != nil {
		return nil, err
	}
	r, done, err := c.reader(f.history, sampleFlag)
	if err != nil {
		return nil, err
	}
	defer done()
	s, err := findSeries(r, f.venue, args[0], fine)
	if err != nil {
		return nil, err
	}
	var list []*resampled
	for _, d := range coarse {
		one, err := makeOne(r, s, d, ceil(from, d), ceil(to, d), f)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// coarserIntervals reads an interval and those that can be made of its bars.
func coarserIntervals(fine string, texts []string) (market.Interval, []market.Interval, error) {
	from, err := market.ParseInterval(fine)
	if err != nil {
		return 0, nil, usageError("", "%w", err)
	}
	var list []market.Interval
	for _, text := range strings.Split(strings.Join(texts, ","), ",") {
		d, err := market.ParseInterval(text)
		switch {
		case err != nil:
			return 0, nil, intervalError(text, err)
		case d <= from || !d.Holds(from) || !from.Aligned(d.Floor(0)):
			return 0, nil, usageError("name a multiple of it that starts where its bars do", "bars of %s cannot be made from bars of %s", d, from)
		}
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return from, list, nil
}

// intervalError says what is wrong with a text that is no interval.
func intervalError(text string, err error) error {
	if strings.HasSuffix(text, "M") || strings.HasSuffix(text, "mo") {
		return usageError("name weeks or days, such as 4w", "months have no length that bars could have: %s", text)
	}
	return usageError("", "%w", err)
}

// ceil returns the first open time of bars of length d from t on; 0 stays 0, which
// means no bound.
func ceil(t market.Time, d market.Interval) market.Time {
	if d.Aligned(t) || t == 0 {
		return t
	}
	return d.Floor(t) + market.Time(d)
}

// makeOne makes the bars of length d that open in [from, to), and compares the stored.
func makeOne(r store.Reader, s store.Series, d market.Interval, from, to market.Time, f resampleFlags) (*resampled, error) {
	fine, err := r.Bars(s, from, to)
	if err != nil {
		return nil, err
	}
	if fine.Len() == 0 {
		return nil, &market.Error{Class: market.Data, Where: s.String(), Err: errors.New("no bars between --from and --to"), Hint: "see 'signalman data list'"}
	}
	one := &resampled{Venue: s.Venue, Symbol: s.Symbol, Fine: s.Interval.String(), Coarse: d.String(), Differ: []different{}}
	one.series = store.Series{Venue: s.Venue, Symbol: s.Symbol, Interval: d}
	stored, err := r.Bars(one.series, from, to)
	if errors.Is(err, store.ErrNoSeries) {
		stored, err = market.MakeColumns(d, 0), nil
	}
	if err != nil {
		return nil, err
	}
	made := market.Resample(fine, d, fine.Time(fine.Len()-1))
	one.Bars = made.Len()
	for _, flag := range made.Incomplete {
		if flag {
			one.Incomplete++
		}
	}
	differ := one.compare(fine, whole(stored))
	if !f.checkOnly {
		one.choose(made, stored, f.replace, differ)
	}
	return one, nil
}

// whole returns the bars that are not flagged as incomplete: no exchange flags bars, so
// those are of an earlier resample, and finer bars may have come since.
func whole(c *market.Columns) *market.Columns {
	out := market.MakeColumns(c.Interval, c.Len())
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for row := range c.Len() {
		if c.Incomplete == nil || !c.Incomplete[row] {
			out.Append(c.Bar(row))
		}
	}
	return out
}

// compare counts and lists where stored bars disagree, and returns the times of all.
func (one *resampled) compare(fine, stored *market.Columns) map[market.Time]bool {
	x := datacheck.Compare(fine, stored, math.MaxInt)
	one.Compared, one.Disagree, one.Unjudged = x.Compared, x.Differ, x.Incomplete
	differ := map[market.Time]bool{}
	for i, d := range x.Differences {
		differ[d.Time] = true
		if i < maxDifferent {
			one.Differ = append(one.Differ, different{d.Time, d.Field, d.Coarse, d.Fine, d.String()})
		}
	}
	one.Unlisted = len(x.Differences) - len(one.Differ)
	return differ
}

// choose takes the made bars that are to be stored: where none is yet, where the stored
// one is incomplete, and with replace where it disagrees.
func (one *resampled) choose(made, stored *market.Columns, replace bool, differ map[market.Time]bool) {
	one.put = market.MakeColumns(made.Interval, made.Len())
	one.put.PriceScale, one.put.VolumeScale = made.PriceScale, made.VolumeScale
	one.put.Incomplete = []bool{}
	for row, t := range made.OpenTime {
		b, flag := made.Bar(row), made.Incomplete[row]
		at := stored.Search(t)
		switch {
		case at == stored.Len() || stored.OpenTime[at] != t:
			one.Added++
		case stored.Incomplete != nil && stored.Incomplete[at]:
			if b == stored.Bar(at) && flag {
				continue
			}
			one.Replaced++
		case replace && differ[t]:
			one.Replaced++
		default:
			continue
		}
		one.put.Append(b)
		one.put.Incomplete[one.put.Len()-1] = flag
	}
}

// putCoarser stores what was chosen, each interval whole or not at all.
func (c *command) putCoarser(list []*resampled) (err error) {
	db, err := c.openStore(true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, one := range list {
		if _, err := db.PutBars(one.series, one.put); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) printResampled(list []*resampled, f resampleFlags) error {
	if c.format == "json" {
		return c.json(list)
	}
	for _, one := range list {
		fmt.Fprintf(c.out, "%s from %s: %s, %d of them incomplete; %d compared, %d disagree", one.series, one.Fine, plural(one.Bars, "bar"), one.Incomplete, one.Compared, one.Disagree)
		if one.Unjudged > 0 {
			fmt.Fprintf(c.out, ", %d not judged", one.Unjudged)
		}
		switch {
		case f.dryRun:
			fmt.Fprintf(c.out, "; %d would be new, %d would be replaced", one.Added, one.Replaced)
		case !f.checkOnly:
			fmt.Fprintf(c.out, "; %d new, %d replaced", one.Added, one.Replaced)
		}
		fmt.Fprintln(c.out)
		for _, d := range one.Differ {
			fmt.Fprintf(c.out, "  %s: %s\n", d.Time, d.text)
		}
		if one.Unlisted > 0 {
			fmt.Fprintf(c.out, "  and %s\n", plural(one.Unlisted, "more difference"))
		}
	}
	return nil
}
