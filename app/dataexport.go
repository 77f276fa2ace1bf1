package app

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) exportCommand() *cobra.Command {
	var venue, from, to string
	history := "store"
	cmd := &cobra.Command{
		Use:     "export SYMBOL INTERVAL FILE",
		Short:   "write a stored series as CSV",
		Example: "  signalman data export BTCUSDT 1m btc.csv.gz --from 2024-01-01 --to 2024-02-01",
		Args:    exact(3, "a symbol, an interval and a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, done, err := c.reader(history, sampleFlag)
			if err != nil {
				return err
			}
			defer done()
			return c.export(r, venue, args, from, to)
		},
	}
	cmd.Flags().StringVar(&venue, "venue", "", "exchange, where several list the symbol")
	cmd.Flags().StringVar(&from, "from", "", "first open time (RFC 3339 or a date)")
	cmd.Flags().StringVar(&to, "to", "", "open time to stop before (RFC 3339 or a date)")
	historyFlag(cmd, &history)
	return cmd
}

func (c *command) export(r store.Reader, venue string, args []string, from, to string) error {
	d, err := market.ParseInterval(args[1])
	if err != nil {
		return usageError("", "%w", err)
	}
	s, err := findSeries(r, venue, args[0], d)
	if err != nil {
		return err
	}
	lo, hi, err := span(from, to)
	if err != nil {
		return err
	}
	cols, err := r.Bars(s, lo, hi)
	if err != nil {
		return err
	}
	if cols.Len() == 0 {
		return &market.Error{Class: market.Data, Where: s.String(), Err: errors.New("no bars between --from and --to"), Hint: "see 'signalman data list'"}
	}
	if err := barfile.WriteFile(args[2], cols); err != nil {
		return err
	}
	if c.format == "json" {
		return c.json(map[string]any{"file": args[2], "symbol": s.Symbol, "interval": s.Interval.String(), "bars": cols.Len()})
	}
	_, err = fmt.Fprintf(c.out, "%s: %d bars of %s\n", args[2], cols.Len(), s)
	return err
}
