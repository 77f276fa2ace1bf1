package app

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) signalsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "signals",
		Short: "import and list stored signals",
		Example: `  signalman signals import grades.csv --source tokenmetrics --kind trader_grade --lag 24h
  signalman signals list --history sample`,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.signalsImportCommand(), c.signalsListCommand())
	return cmd
}

func (c *command) signalsImportCommand() *cobra.Command {
	var source, kind, subject, lag string
	var skip bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "store signals from a CSV or JSON-lines file",
		Long: `Stores signal rows. Columns, in any order: effective and value, and source, kind,
subject, known, revision where the flags do not say them. An empty value is a null row:
the source said that it had none. A row without a known time is known --lag after its
effective time, and marked as assumed.`,
		Example: `  signalman signals import grades.csv --source tokenmetrics --kind trader_grade --subject BTC --lag 24h
  signalman signals import fear.jsonl`,
		Args: exact(1, "one file"),
		RunE: func(_ *cobra.Command, args []string) error {
			o := barfile.SignalOptions{Source: source, Kind: market.SignalKind(kind), Subject: market.Subject(subject), SkipBad: skip}
			if lag != "" {
				o.Lag = new(market.Duration)
				if err := o.Lag.UnmarshalText([]byte(lag)); err != nil {
					return usageError("", "--lag: %w", err)
				}
			}
			return c.importSignals(args[0], o)
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "source of rows that name none")
	cmd.Flags().StringVar(&kind, "kind", "", "kind of rows that name none")
	cmd.Flags().StringVar(&subject, "subject", "", "asset that rows are about, or * for the market, where they do not say")
	cmd.Flags().StringVar(&lag, "lag", "", "how long after its effective time a row was known, where it does not say (24h, 2d)")
	cmd.Flags().BoolVar(&skip, "skip-bad", false, "keep the good rows and list the bad ones")
	return cmd
}

func (c *command) importSignals(path string, o barfile.SignalOptions) (err error) {
	r, err := barfile.ReadSignalsFile(path, o)
	if err != nil {
		return withHint(err, "nothing of this file was stored; --skip-bad keeps the good rows and lists the bad")
	}
	if len(r.Signals) == 0 && r.BadCount > 0 {
		return &market.Error{Class: market.Data, Where: path, Err: fmt.Errorf("none of its %d rows is good: %w", r.BadCount, r.Bad[0])}
	}
	db, err := c.openStore(true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	added, err := db.PutSignals(r.Signals)
	if err != nil {
		return err
	}
	for _, b := range r.Bad {
		c.note("  %s", b)
	}
	if c.format == "json" {
		return c.json(map[string]any{"file": path, "rows": len(r.Signals), "added": added, "bad_rows": r.BadCount})
	}
	_, err = fmt.Fprintf(c.out, "%s: %d rows, %d new, %d bad rows left out\n", path, len(r.Signals), added, r.BadCount)
	return err
}

// feed is one source, kind and subject of stored signals.
type feed struct {
	Source  string            `json:"source"`
	Kind    market.SignalKind `json:"kind"`
	Subject market.Subject    `json:"subject"`
	Rows    int               `json:"rows"`
	Null    int               `json:"null"`
	Assumed int               `json:"assumed"`
	From    market.Time       `json:"from"`
	To      market.Time       `json:"to"`
}

func (c *command) signalsListCommand() *cobra.Command {
	history := "store"
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "list the stored signals, a line for each source, kind and subject",
		Example: "  signalman signals list\n  signalman signals list --history sample",
		Args:    exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			r, done, err := c.reader(history, sampleFlag)
			if err != nil {
				return err
			}
			defer done()
			rows, err := r.Signals(store.SignalFilter{})
			if err != nil {
				return err
			}
			return c.printFeeds(feeds(rows))
		},
	}
	historyFlag(cmd, &history)
	return cmd
}

// feeds counts rows by source, kind and subject, in the order in which they appear.
func feeds(rows []market.Signal) []feed {
	type key struct {
		source  string
		kind    market.SignalKind
		subject market.Subject
	}
	list, at := []feed{}, map[key]int{}
	for i := range rows {
		s := &rows[i]
		k := key{s.Source, s.Kind, s.Subject}
		n, seen := at[k]
		if !seen {
			n = len(list)
			at[k] = n
			list = append(list, feed{Source: s.Source, Kind: s.Kind, Subject: s.Subject, From: s.Effective})
		}
		f := &list[n]
		f.Rows++
		f.From, f.To = min(f.From, s.Effective), max(f.To, s.Effective)
		if s.Null {
			f.Null++
		}
		if s.Assumed {
			f.Assumed++
		}
	}
	return list
}

func (c *command) printFeeds(list []feed) error {
	if c.format == "json" {
		return c.json(list)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tKIND\tSUBJECT\tROWS\tNULL\tASSUMED\tFIRST\tLAST")
	for _, f := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", f.Source, f.Kind, f.Subject, f.Rows, f.Null, f.Assumed, f.From, f.To)
	}
	return w.Flush()
}
