package app

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/store"
)

func (c *command) compactCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "give back the room of what was replaced in history.db",
		Long: `Rewrites history.db without the room that nothing is in. The new file takes the place
of the old one when it is on disk: until then, and if anything fails, the old one stays.
There must be room for both. Others wait, or fail, while it takes.`,
		Example: "  signalman data compact\n  signalman data compact --format json",
		Args:    exact(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return c.compact() },
	}
}

func (c *command) compact() error {
	dir, err := c.place()
	if err != nil {
		return err
	}
	st, err := store.Compact(filepath.Join(dir, historyFile), store.Options{Timeout: longWait})
	if err != nil {
		return err
	}
	if c.format == "json" {
		return c.json(struct {
			Before int64 `json:"before"`
			After  int64 `json:"after"`
		}{st.Before, st.After})
	}
	_, err = fmt.Fprintf(c.out, "history.db: %s before, %s now\n", bytesText(st.Before), bytesText(st.After))
	return err
}

// bytesText is a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
