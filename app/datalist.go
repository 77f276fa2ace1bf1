package app

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

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
