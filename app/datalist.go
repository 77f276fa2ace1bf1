package app

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// listed is one stored series, or the fundings of a perpetual.
type listed struct {
	Venue    string      `json:"venue"`
	Symbol   string      `json:"symbol"`
	Interval string      `json:"interval"`
	Bars     int         `json:"bars"`
	From     market.Time `json:"from"`
	To       market.Time `json:"to"`
	Missing  int64       `json:"missing_bars"`
	Bytes    int64       `json:"bytes"`
	// Filters counts the stored snapshots of the instrument's filters; the first holds
	// from FiltersFrom.
	Filters     int         `json:"filters"`
	FiltersFrom market.Time `json:"filters_from,omitzero"`
}

func (c *command) listCommand() *cobra.Command {
	history := "store"
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the stored series and fundings",
		Long: `Lists the stored series and fundings: how many rows, the first and the last open time (UTC),
how many bars are missing between them, bytes, and since when filters are known. data check
tells where bars are missing.`,
		Example: "  signalman data list\n  signalman data list --history sample",
		Args:    exact(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return c.listSeries(history) },
	}
	historyFlag(cmd, &history)
	return cmd
}

// sampleFlag says how to choose the sample where there is --history.
const sampleFlag = "or look at the bundled history with --history sample"

// historyFlag adds --history, the choice between the store and the bundled histories.
func historyFlag(cmd *cobra.Command, history *string) {
	cmd.Flags().StringVar(history, "history", *history, "which history: store, sample or demo")
	pre := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *history != config.Store && !builtIn(*history) {
			return usageError("", "--history %q is not store, sample or demo", *history)
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
		one.Missing = missing(s.Interval, st)
		one.count(snapshotsOf(known, s))
		list = append(list, one)
	}
	fundings, err := listFundings(r)
	if err != nil {
		return err
	}
	if list = append(list, fundings...); c.format == "json" {
		return c.json(list)
	}
	if err := printListed(c.out, list); err != nil {
		return err
	}
	return c.tellSignals(r, history)
}

// missing counts the bars that are not there between the first and the last.
func missing(d market.Interval, st store.SeriesStats) int64 {
	if d == market.Trades || st.Rows == 0 {
		return 0
	}
	return int64((st.Last-st.First)/market.Time(d)) + 1 - int64(st.Rows)
}

// listFundings lists the fundings as series of the interval funding.
func listFundings(r store.Reader) (list []listed, err error) {
	perpetuals, err := r.FundingList()
	for _, p := range perpetuals {
		rows, err := r.Fundings(p.Venue, p.Symbol, 0, 0)
		if err != nil {
			return nil, err
		}
		if n := len(rows); n > 0 {
			list = append(list, listed{Venue: p.Venue, Symbol: p.Symbol, Interval: fundingWord, Bars: n, From: rows[0].Time, To: rows[n-1].Time})
		}
	}
	return list, err
}

func printListed(out io.Writer, list []listed) error {
	var times []market.Time
	for _, l := range list {
		times = append(times, l.From, l.To)
	}
	short := shortTimes(times)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VENUE\tSYMBOL\tINTERVAL\tROWS\tFIRST\tLAST\tMISSING\tBYTES\tFILTERS")
	for _, l := range list {
		filters, bytes := "unknown", fmt.Sprint(l.Bytes)
		switch {
		case l.Interval == fundingWord:
			filters, bytes = "-", "-"
		case l.Filters > 0:
			filters = fmt.Sprintf("%d from %s", l.Filters, shortTimes([]market.Time{l.FiltersFrom})(l.FiltersFrom))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%d\t%s\t%s\n", venueName(l.Venue), l.Symbol, l.Interval, l.Bars, short(l.From), short(l.To), l.Missing, bytes, filters)
	}
	return w.Flush()
}

// shortTimes returns how the times of a table are written: as days where all are, and else
// to the minute, in UTC.
func shortTimes(times []market.Time) func(market.Time) string {
	layout := time.DateOnly
	for _, t := range times {
		if t%market.Day != 0 {
			layout = "2006-01-02 15:04"
		}
	}
	return func(t market.Time) string { return t.UTC().Format(layout) }
}

// tellSignals says that there are signals too, which have a list of their own.
func (c *command) tellSignals(r store.Reader, history string) error {
	rows, err := r.Signals(store.SignalFilter{})
	if err != nil || len(rows) == 0 {
		return err
	}
	sources := map[string]bool{}
	for i := range rows {
		sources[rows[i].Source] = true
	}
	how := "signalman signals list"
	if history != "store" {
		how += " --history " + history
	}
	_, err = fmt.Fprintf(c.out, "\n%s of %s: see '%s'\n", plural(len(rows), "signal row"), plural(len(sources), "source"), how)
	return err
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
