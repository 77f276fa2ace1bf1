package app

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) dataCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "fetch, import, list, check, export, resample and remove stored candles",
		Example: `  signalman data import BTCUSDT-1m-2024-01.zip
  signalman data list
  signalman data check
  signalman data export BTCUSDT 1m btc.csv.gz`,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.fetchCommand(),
		c.importCommand(),
		c.listCommand(),
		c.dataCheckCommand(),
		c.exportCommand(),
		c.resampleCommand(),
		c.instrumentsCommand(),
		c.statsCommand(),
		c.foldCommand(),
		c.compactCommand(),
		c.removeCommand(),
	)
	return cmd
}

// seriesFlags name a series where a file's name does not.
type seriesFlags struct{ venue, symbol, interval string }

func (f *seriesFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.venue, "venue", "", "exchange the candles come from, or none (default: none)")
	cmd.Flags().StringVar(&f.symbol, "symbol", "", "symbol, such as BTCUSDT (default: from the file's name)")
	cmd.Flags().StringVar(&f.interval, "interval", "", "length of a bar, such as 1m (default: from the file's name, or its times)")
}

// series returns the series of a file: by flags, and then by its name. The interval
// may still be 0.
func (f *seriesFlags) series(path string) (store.Series, error) {
	s := store.Series{Venue: storedVenue(f.venue), Symbol: f.symbol}
	name := nameOf(path)
	s.Symbol = cmp.Or(s.Symbol, name.symbol)
	interval := cmp.Or(f.interval, name.interval)
	if s.Symbol == "" {
		return s, usageError("name it with --symbol", "the name of %s does not say which symbol it holds", path)
	}
	if interval == "" {
		return s, nil
	}
	d, err := market.ParseInterval(interval)
	if err != nil {
		return s, intervalError(interval, err)
	}
	s.Interval = d
	return s, nil
}

// span reads --from and --to.
func span(from, to string) (lo, hi market.Time, err error) {
	for _, f := range []struct {
		text string
		into *market.Time
	}{{from, &lo}, {to, &hi}} {
		if f.text != "" && err == nil {
			*f.into, err = market.ParseTime(f.text)
		}
	}
	if err == nil && hi > 0 && hi <= lo {
		err = fmt.Errorf("--to %s is not after --from %s", hi, lo)
	}
	if err != nil {
		return 0, 0, usageError("", "%w", err)
	}
	return lo, hi, nil
}
