package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/filelock"
	livefeeds "github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
)

func (c *command) signalsHealthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "say how the feeds are doing",
		Long: `Says how each feed of 'signalman signals watch' is doing: when it last answered, how old its
newest rows are, when it is asked next, and why it is not well. It works beside a running
watch and after it ended, and says which of the two it is.

A feed is ok, waiting (it was not asked yet), asking, late (its rows are older than of use,
or none came, or nobody asked when it was time), down (no watch runs, so that nothing is
received, or the time of its next pull has passed), failing (it is asked again soon), paused
(by the provider or the budget), open (it failed so often that it is left alone for a
while), or disabled. The exit code is 1 unless all feeds are ok, waiting or asking.`,
		Example: `  signalman signals health
  signalman signals health --format json
  signalman signals health > /dev/null || echo 'a feed needs a look'`,
		Args: exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return c.health(time.Now().UTC()) },
	}
}

// feedHealth is a feed as it is now.
type feedHealth struct {
	livefeeds.Health
	Newest []kindAge `json:"kinds"`
}

// kindAge is a kind of row and how old the newest is now.
type kindAge struct {
	livefeeds.Newest
	Age    market.Duration `json:"age"`
	MaxAge market.Duration `json:"max_age"` // of use, where a strategy does not say otherwise
}

// healthReport is what the command says.
type healthReport struct {
	Running bool            `json:"running"` // a watch is at work
	Began   time.Time       `json:"began"`   // the watch that wrote it
	Written time.Time       `json:"written"` // at the last change
	Age     market.Duration `json:"age"`     // since then
	Ended   bool            `json:"ended"`   // it ended in good order
	Feeds   []feedHealth    `json:"feeds"`
}

func (c *command) health(now time.Time) error {
	dir, err := c.place()
	if err != nil {
		return err
	}
	r, err := livefeeds.Load(filepath.Join(dir, feedsFile))
	if err != nil {
		return &market.Error{Class: market.Data, Err: err, Hint: "'signalman signals watch' writes it"}
	}
	h := healthReport{Running: watched(dir), Began: r.Began, Written: r.Written, Age: age(now, r.Written), Ended: r.Ended, Feeds: []feedHealth{}}
	bad := 0
	for _, f := range r.Feeds {
		f.State, f.Reason = f.At(now, h.Running)
		if !well(f.State) {
			bad++
		}
		one := feedHealth{Health: f, Newest: []kindAge{}}
		for _, k := range f.Kinds {
			info, _ := market.KindOf(k.Kind)
			one.Newest = append(one.Newest, kindAge{k, age(now, k.About), info.MaxAge})
		}
		h.Feeds = append(h.Feeds, one)
	}
	if err := c.printHealth(&h); err != nil {
		return err
	}
	if bad > 0 {
		return &market.Error{Class: market.Failed, Err: fmt.Errorf("not well: %d of %s", bad, plural(len(h.Feeds), "feed")), Hint: "the last column says why"}
	}
	return nil
}

// well reports whether nothing needs to be done about a state.
func well(s livefeeds.State) bool {
	return s == livefeeds.OK || s == livefeeds.Waiting || s == livefeeds.Asking
}

func age(now, then time.Time) market.Duration {
	return market.Duration(now.Sub(then).Truncate(time.Second))
}

// watched reports whether a watch runs on a data directory.
func watched(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, watchFile), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(filelock.Take(f), filelock.ErrHeld)
}

func (c *command) printHealth(h *healthReport) error {
	if c.format == "json" {
		return c.json(h)
	}
	switch {
	case h.Running:
		fmt.Fprintf(c.out, "a watch runs since %s; its last news is %s old\n", h.Began.Format(time.RFC3339), h.Age)
	case h.Ended:
		fmt.Fprintf(c.out, "no watch runs: the last one ended %s ago, and this is what it knew\n", h.Age)
	default:
		fmt.Fprintf(c.out, "no watch runs: the last one died, at most %s ago, and this is what it knew\n", h.Age)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FEED\tENDPOINT\tSTATE\tLAST SUCCESS\tNEWEST ROW\tNEXT\tCALLS LEFT\tREASON")
	for _, f := range h.Feeds {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Feed, dash(f.Endpoint), f.State, timeText(f.Success), newestText(f.Newest), timeText(f.Next), leftText(f.CallsLeft), dash(f.Reason))
	}
	return w.Flush()
}

// newestText tells of the kind that is closest to being too old.
func newestText(list []kindAge) string {
	worst := -1
	for i, k := range list {
		if worst < 0 || float64(k.Age)/float64(k.MaxAge) > float64(list[worst].Age)/float64(list[worst].MaxAge) {
			worst = i
		}
	}
	if worst < 0 {
		return "-"
	}
	return fmt.Sprintf("%s, %s old", list[worst].Kind, list[worst].Age)
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func leftText(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}
