package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/store"
)

func (c *command) foldCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fold",
		Short: "move what sessions received from live.db into history.db",
		Long: `Moves candles, fundings, signals, raw answers and filters from live.db into history.db:
where both have a candle, that of live.db is newer and wins. What is on disk there is then
removed here, so that nothing is lost whenever it is stopped, and it goes on when it is run
again. A signal that history.db has with another value stays, and is an error.
All commands read both files as one.`,
		Example: "  signalman data fold\n  signalman data fold --format json",
		Args:    exact(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return c.fold() },
	}
}

// folded says what was folded.
type folded struct {
	Series      []foldedSeries `json:"series"`
	Fundings    int            `json:"fundings"`
	Instruments int            `json:"filters"`
	Signals     int            `json:"signals"`
	Raw         int            `json:"raw_answers"`
}

type foldedSeries struct {
	Venue    string     `json:"venue"`
	Symbol   string     `json:"symbol"`
	Interval string     `json:"interval"`
	Added    int        `json:"added"`
	Same     int        `json:"unchanged"`
	Restated int        `json:"restated"`
	Changes  []restated `json:"changes,omitempty"` // the first bars that were restated
}

func (c *command) fold() error {
	if dir, err := c.place(); err != nil {
		return err
	} else if _, missing := os.Stat(filepath.Join(dir, liveFile)); missing != nil {
		history, err := c.openStore(false) // an error where there is no store at all
		if err != nil {
			return err
		}
		return errors.Join(c.printFolded(store.FoldStats{}), history.Close())
	}
	st, err := c.foldArrived(longWait)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return err
	}
	return errors.Join(c.printFolded(st), err)
}

// foldArrived folds live.db, which is there, into history.db, for which it waits so long.
func (c *command) foldArrived(wait time.Duration) (st store.FoldStats, err error) {
	// Both in this order, as readers open them: then none waits for the other.
	history, err := c.openFile(historyFile, store.Options{Timeout: wait})
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, history.Close()) }()
	live, err := c.openFile(liveFile, store.Options{})
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	return store.Fold(history, live)
}

func (c *command) printFolded(st store.FoldStats) error {
	f := folded{
		Series: []foldedSeries{}, Instruments: st.Instruments, Signals: st.Signals, Raw: st.Raw,
		Fundings: st.Fundings.Added + st.Fundings.Unchanged + st.Fundings.Restated,
	}
	for _, s := range st.Series {
		f.Series = append(f.Series, foldedSeries{s.Venue, s.Symbol, s.Interval.String(), s.Added, s.Unchanged, s.Restated, restatedBars(s.Changes)})
	}
	if c.format == "json" {
		return c.json(f)
	}
	for i, s := range f.Series {
		fmt.Fprintf(c.out, "%s: %d new, %d unchanged, %d restated\n", st.Series[i].Series, s.Added, s.Same, s.Restated)
		for k, r := range s.Changes[:min(len(s.Changes), shownRows)] {
			fmt.Fprintf(c.out, "  %s restated:%s\n", r.Time, s.Changes[k].changes())
		}
		if more := s.Restated - shownRows; more > 0 {
			fmt.Fprintf(c.out, "  and %d more\n", more)
		}
	}
	_, err := fmt.Fprintf(c.out, "folded %d series, %s, %s, %s, %s\n", len(f.Series),
		plural(f.Fundings, "funding"), plural(f.Signals, "signal"), plural(f.Raw, "raw answer"), plural(f.Instruments, "snapshot")+" of filters")
	return err
}
