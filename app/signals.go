package app

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) signalsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "signals",
		Short: "fetch, watch, import, list, study and export signals, and plan feeds",
		Example: `  signalman signals import grades.csv --subject BTC
  signalman signals fetch
  signalman signals watch
  signalman signals list --at 2024-03-01
  signalman signals study trader_grade
  signalman signals plan
  signalman signals export grades.csv.gz --kind trader_grade`,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.signalsFetchCommand(), c.signalsRawCommand(), c.signalsImportCommand(), c.signalsListCommand(), c.signalsStudyCommand(), c.signalsExportCommand(), c.signalsRemoveCommand(), c.signalsKindsCommand(), c.signalsTokensCommand(), c.signalsPlanCommand())
	c.addFeedCommands(cmd)
	return cmd
}

// signalChoice is which stored signals a command is about.
type signalChoice struct {
	history               string
	source, kind, subject string
	from, to              string
	lo, hi                market.Time // of from and to
}

func (f *signalChoice) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.kind, "kind", "", "signals of this kind only")
	f.flagsOfKind(cmd)
}

// flagsOfKind adds the flags of commands that are told the kind otherwise.
func (f *signalChoice) flagsOfKind(cmd *cobra.Command) {
	f.history = "store"
	cmd.Flags().StringVar(&f.source, "source", "", "signals of this source only")
	cmd.Flags().StringVar(&f.subject, "subject", "", "signals about this asset only, or * for the market")
	cmd.Flags().StringVar(&f.from, "from", "", "first effective time (RFC 3339 or a date)")
	cmd.Flags().StringVar(&f.to, "to", "", "effective time to stop before (RFC 3339 or a date)")
	historyFlag(cmd, &f.history)
}

// read returns the signals chosen that were known before a time; 0 is all.
func (f *signalChoice) read(c *command, known market.Time) (rows []market.Signal, err error) {
	if f.lo, f.hi, err = span(f.from, f.to); err != nil {
		return nil, err
	}
	r, done, err := c.reader(f.history, sampleFlag)
	if errors.Is(err, store.ErrMissing) {
		dir, _ := c.place() // it was found already
		err = &market.Error{Class: market.Data, Where: filepath.Join(dir, historyFile), Err: store.ErrMissing,
			Hint: "fill it with 'signalman signals import', " + sampleFlag}
	}
	if err != nil {
		return nil, err
	}
	defer done()
	rows, err = r.Signals(store.SignalFilter{Source: f.source, Kind: market.SignalKind(f.kind), Subject: market.Subject(f.subject), To: known})
	kept := rows[:0]
	for _, s := range rows {
		if s.Effective >= f.lo && (f.hi == 0 || s.Effective < f.hi) {
			kept = append(kept, s)
		}
	}
	return kept, err
}
