package app

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) signalsRemoveCommand() *cobra.Command {
	var source, kind, subject, from, to string
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "remove stored signals that should never have been imported",
		Long: `Removes the stored signals of a source, a kind and a subject, those of them that were
known from a time on and before another. It is for imports that were a mistake, such as under
the wrong subject: what is removed is gone from earlier backtests too, and they come out
otherwise when they are run again. A value that changed is no mistake: import it with a
higher revision or a later known time, and both stay. What is to go is listed, and goes at
once, or stays as it was. On a terminal you are asked before; elsewhere --yes is needed.`,
		Example: `  signalman signals remove --source tokenmetrics --subject BCT
  signalman signals remove --source mine --kind trader_grade --from 2024-05-01 --to 2024-05-02 --yes`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			lo, hi, err := span(from, to)
			if err != nil {
				return err
			}
			if source+kind+subject == "" {
				return usageError("name one with --source, --kind or --subject", "this would be all signals")
			}
			return c.removeSignals(cmd, store.SignalFilter{Source: source, Kind: market.SignalKind(kind), Subject: market.Subject(subject), From: lo, To: hi}, yes)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&source, "source", "", "signals of this source only")
	flags.StringVar(&kind, "kind", "", "signals of this kind only")
	flags.StringVar(&subject, "subject", "", "signals about this asset only, or * for the market")
	flags.StringVar(&from, "from", "", "first time when they were known (RFC 3339 or a date)")
	flags.StringVar(&to, "to", "", "time when they were known to stop before (RFC 3339 or a date)")
	flags.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// removedSignals says how many rows of a source, kind and subject are removed.
type removedSignals struct {
	Source     string            `json:"source"`
	Kind       market.SignalKind `json:"kind"`
	Subject    market.Subject    `json:"subject"`
	Rows       int               `json:"rows"`
	FirstKnown market.Time       `json:"first_known"`
	LastKnown  market.Time       `json:"last_known"`
}

func (c *command) removeSignals(cmd *cobra.Command, f store.SignalFilter, yes bool) error {
	list, err := c.signalsToRemove(f)
	if err != nil {
		return err
	}
	if c.format != "json" || !yes {
		if err := printRemovedSignals(c.err, list); err != nil {
			return err
		}
	}
	if err := c.confirm(cmd, yes); err != nil {
		return err
	}
	db, err := c.patientStore(true)
	if err != nil {
		return err
	}
	n, answers, err := db.RemoveSignals(f)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if v, err := c.openCoverage(); err != nil {
		return err
	} else if err := v.forget(f.Kind, f.Subject); err != nil {
		return err
	}
	if c.format == "json" {
		return c.json(list)
	}
	text := "removed " + plural(n, "signal row")
	if answers > 0 {
		text += ", and " + plural(answers, "answer") + " that no other row stood in"
	}
	_, err = fmt.Fprintln(c.out, text)
	return err
}

// signalsToRemove counts what is to be removed.
func (c *command) signalsToRemove(f store.SignalFilter) ([]removedSignals, error) {
	db, err := c.openStore(false)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Signals(f)
	if err != nil {
		return nil, err
	}
	live, err := c.openLive()
	if err != nil {
		return nil, err
	}
	if live != nil {
		defer live.Close()
		if more, err := live.Signals(f); err != nil || len(more) > 0 {
			return nil, errors.Join(err, &market.Error{Class: market.Failed, Err: errors.New(liveFile + " has some of these signals too"), Hint: "run 'signalman data fold' first"})
		}
	}
	if len(rows) == 0 {
		return nil, &market.Error{Class: market.Data, Err: errors.New("no such signals are stored"), Hint: "see 'signalman signals list'"}
	}
	var list []removedSignals
	for _, s := range feeds(rows) {
		list = append(list, removedSignals{s.Source, s.Kind, s.Subject, s.Rows, s.FirstKnown, s.LastKnown})
	}
	return list, nil
}

// shownRemoved bounds the feeds that are listed before the question.
const shownRemoved = 20

func printRemovedSignals(out io.Writer, list []removedSignals) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tKIND\tSUBJECT\tROWS\tFIRST KNOWN\tLAST KNOWN")
	for _, s := range list[:min(len(list), shownRemoved)] {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", s.Source, s.Kind, s.Subject, s.Rows, s.FirstKnown, s.LastKnown)
	}
	if more := len(list) - shownRemoved; more > 0 {
		rows := 0
		for _, s := range list[shownRemoved:] {
			rows += s.Rows
		}
		fmt.Fprintf(w, "and %d more\t\t\t%d\n", more, rows)
	}
	return w.Flush()
}
