package app

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

func (c *command) signalsExportCommand() *cobra.Command {
	var choice signalChoice
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "write stored signals as CSV or JSON lines",
		Long: `Writes signals with all their columns, which 'signals import' reads back as they were:
JSON lines where the name ends in .jsonl or .ndjson, else CSV; compressed where .gz or .zst
follows. A name that ends as another format does is refused. The file appears whole or not
at all.`,
		Example: `  signalman signals export all.csv.gz
  signalman signals export grades.jsonl --source tokenmetrics --subject BTC --from 2022-01-01`,
		Args: exact(1, "one file"),
		RunE: func(_ *cobra.Command, args []string) error {
			rows, err := choice.read(c, 0)
			if err != nil {
				return err
			}
			return c.exportSignals(args[0], rows)
		},
	}
	choice.flags(cmd)
	return cmd
}

func (c *command) exportSignals(path string, rows []market.Signal) error {
	if len(rows) == 0 {
		return noSignals()
	}
	if err := c.mayReplace(path); err != nil {
		return err
	}
	if err := barfile.WriteSignalsFile(path, rows); err != nil {
		return err
	}
	if c.format == "json" {
		return c.json(map[string]any{"file": path, "rows": len(rows)})
	}
	_, err := fmt.Fprintf(c.out, "%s: %s\n", path, plural(len(rows), "row"))
	return err
}

// What is said where a choice of signals is empty.
const (
	noneFits  = "no stored signal fits"
	notBlends = "a blend is not stored: 'signalman why ORDER' shows what it said"
)

func noSignals() error {
	return &market.Error{Class: market.Data, Err: errors.New(noneFits), Hint: "see 'signalman signals list'; " + notBlends}
}
