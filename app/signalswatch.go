package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/internal/filelock"
	livefeeds "github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/store"
)

// The files of a watch in the data directory.
const (
	feedsFile = "feeds.json" // how each feed is doing
	watchFile = "watch.lock" // locked while a watch runs
)

// addFeedCommands adds what is about feeds at work.
func (c *command) addFeedCommands(to *cobra.Command) {
	to.AddCommand(c.signalsWatchCommand(), c.signalsHealthCommand())
}

func (c *command) signalsWatchCommand() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "pull and receive signals on their schedules, until Ctrl-C",
		Long: `Asks the remote sources of the configuration on their schedules, and runs those that push,
until Ctrl-C or SIGTERM. What arrives is stored with the time at which it came, so that
backtests can use it from then on; they and all other commands work beside it. Nothing is
sent where the schedules do not fit the budget of calls. What was missed while it did not
run is caught up in one pull of each feed. Each pull is a line; 'signalman signals health'
says how the feeds are doing, also after it ended.`,
		Example: `  signalman signals watch
  signalman signals watch --once             ask each source now, and end
  signalman signals watch --format json      a JSON object a line`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.watch(cmd.Context(), once) },
	}
	c.configFlag(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "ask each source one time, whatever its schedule says, and end")
	return cmd
}

func (c *command) watch(ctx context.Context, once bool) error {
	if err := c.refusePlan(nil); err != nil {
		return err
	}
	cfg, err := config.Load(c.config, c.configPlugins())
	if err != nil {
		return err
	}
	list, err := c.feeds(cfg)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return usageError(`add a table such as [signals.tokenmetrics] with a schedule; see docs/feeds.md`, "%s has no source of signals to watch", c.config)
	}
	ledger, err := c.ledger()
	if err != nil {
		return err
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	lock, err := lockWatch(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	w := &watcher{command: c, madeUp: map[string][]string{}}
	if once {
		if err := c.notOnce(list); err != nil {
			return err
		}
	}
	o := livefeeds.Options{
		Feeds: list, Arrive: c.intake(w.arrived).Arrive, Told: w.told, Priority: traded(cfg), Left: callsLeft(ledger),
		File: filepath.Join(dir, feedsFile), Log: slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: max(c.log, slog.LevelError)})),
	}
	if once {
		if err := livefeeds.Once(ctx, o); err != nil {
			return err
		}
		return w.failed()
	}
	c.note("watching %s; Ctrl-C ends it", plural(len(list), "feed"))
	folds, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.foldDaily(folds, dir)
	}()
	err = livefeeds.Run(ctx, o)
	stop()
	<-done
	return err
}

// feeds returns the remote sources of a configuration that are asked or push, opened.
func (c *command) feeds(cfg *config.Config) (list []livefeeds.Feed, err error) {
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if !s.Remote() {
			continue
		}
		f := livefeeds.Feed{Name: s.Name, Provider: s.Quota, Jitter: time.Duration(s.Jitter), Subjects: subjectsOf(s.Value)}
		_, pushes := s.Value.(signals.Pusher)
		switch {
		case s.Schedule != "":
			if f.Schedule, err = cron.ParseStandard(s.Schedule); err != nil {
				return nil, err
			}
		case !pushes:
			c.note("note: signals.%s has no schedule: it is not asked", s.Name)
			continue
		}
		if f.Source, err = c.openSource(cfg, s); err != nil {
			return nil, err
		}
		if !pushes {
			f.Setup = c.keys.setupOf(s)
		}
		list = append(list, f)
	}
	return list, nil
}

// setupOf stands for how a source is set up, its keys included. It is 32 bits of a hash:
// they tell one key from another, and nothing else about it.
func (k *keys) setupOf(s *config.Source) string {
	h := sha256.New()
	setup := s.Hash()
	h.Write(setup[:])
	for i := range s.Secrets {
		key, _ := k.read(&s.Secrets[i]) // where it cannot be read, the source was not opened
		fmt.Fprintf(h, "%d %s", len(key.Reveal()), key.Reveal())
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// notOnce tells which feeds --once leaves out.
func (c *command) notOnce(list []livefeeds.Feed) error {
	asked := 0
	for _, f := range list {
		if f.Schedule != nil {
			asked++
			continue
		}
		c.note("note: signals.%s pushes its rows: --once leaves it out", f.Name)
	}
	if asked == 0 {
		return usageError("leave --once out: 'signalman signals watch' receives what is pushed", "%s has no source that can be asked once", c.config)
	}
	return nil
}

// subjectsOf returns what a source is configured to ask about, or nil where it does not say.
func subjectsOf(source any) []market.Subject {
	if s, ok := source.(interface{ Subjects() []market.Subject }); ok {
		return s.Subjects()
	}
	return nil
}

// callsLeft returns the calls that the budget of a provider still allows.
func callsLeft(l *quota.Ledger) func(provider string) (int, bool) {
	return func(provider string) (int, bool) {
		now, err := l.Left(provider, time.Now())
		if err != nil {
			return 0, true // as the next call will say
		}
		return now.Least()
	}
}

// traded says which subjects matter: those that a strategy trades come before the others.
func traded(cfg *config.Config) func(market.Subject) signals.Priority {
	known := map[market.Subject]bool{market.MarketWide: true}
	for _, a := range cfg.Accounts {
		for _, s := range a.Strategies {
			for _, symbol := range s.Symbols {
				if base, _, err := market.SplitSymbol(symbol); err == nil {
					known[market.Subject(base)] = true
				}
			}
		}
	}
	return func(s market.Subject) signals.Priority {
		if known[s] {
			return signals.Candidate
		}
		return signals.Universe
	}
}

const lockPause = 20 * time.Millisecond

// lockWatch keeps a second watch away from a data directory.
func lockWatch(dir string) (*os.File, error) {
	path := filepath.Join(dir, watchFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for range 20 { // 'signals health' holds it for a moment
		if err = filelock.Take(f); !errors.Is(err, filelock.ErrHeld) {
			break
		}
		time.Sleep(lockPause)
	}
	if err == nil {
		return f, nil
	}
	err = errors.Join(err, f.Close())
	if errors.Is(err, filelock.ErrHeld) {
		err = &market.Error{Class: market.Failed, Where: path, Err: errors.New("another watch runs on this data directory"),
			Hint: "end it first; 'signalman signals health' says what it does"}
	}
	return nil, err
}

// foldDaily moves what arrived into history.db at once and then once a day. Where others
// hold a file, it is tried again within the hour.
func (c *command) foldDaily(ctx context.Context, dir string) {
	for ctx.Err() == nil {
		pause := 24 * time.Hour
		if _, err := os.Stat(filepath.Join(dir, liveFile)); err == nil {
			if _, err := c.foldArrived(time.Second); err != nil {
				pause = time.Hour
				if !errors.Is(err, store.ErrLocked) {
					c.note("note: %s is not folded into %s: %v", liveFile, historyFile, err)
				}
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// watcher prints what arrives.
type watcher struct {
	*command
	bad []string // feeds that failed

	mu     sync.Mutex
	madeUp map[string][]string // sources by feed whose rows a stand-in made up
}

// arrived notes which rows are made up, and says so once.
func (w *watcher) arrived(r intake.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range syntheticSources(slices.Concat(r.News, r.Unchanged)) {
		if !slices.Contains(w.madeUp[r.Source], name) {
			w.madeUp[r.Source] = append(w.madeUp[r.Source], name)
			w.note("note: %s", syntheticNotes([]string{name})[0])
		}
	}
}

func (w *watcher) synthetic(feed string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.madeUp[feed])
}

// told prints what came of a question.
func (w *watcher) told(p livefeeds.Pull) {
	if p.State != livefeeds.OK && !slices.Contains(w.bad, p.Feed) {
		w.bad = append(w.bad, p.Feed)
	}
	if w.format == "json" {
		if b, err := json.Marshal(tellPull(&p, w.synthetic(p.Feed))); err == nil {
			fmt.Fprintf(w.out, "%s\n", b)
		}
		return
	}
	what := p.Feed
	if p.Endpoint != "" {
		what += " " + p.Endpoint
	}
	if p.Held {
		fmt.Fprintf(w.out, "%s  %s: left alone%s\n  %s: %s\n", p.Time.Format(time.RFC3339), what, nextText(p.Next), p.State, p.Reason)
		return
	}
	fmt.Fprintf(w.out, "%s  %s: %s, %d new%s%s\n", p.Time.Format(time.RFC3339), what, plural(p.Rows, "row"), p.News, callsLeftText(p.CallsLeft), nextText(p.Next))
	if p.Err != nil {
		fmt.Fprintf(w.out, "  %s: %v\n", p.State, p.Err)
	} else if state, why := p.At(p.Time, true); state == livefeeds.Late {
		fmt.Fprintf(w.out, "  %s: %s\n", state, why)
	}
}

func callsLeftText(left *int) string {
	if left == nil {
		return ""
	}
	return ", " + plural(*left, "call") + " left"
}

func nextText(next time.Time) string {
	if next.IsZero() {
		return ""
	}
	return ", next " + next.Format(time.RFC3339)
}

// toldPull is a pull as --format json prints it.
type toldPull struct {
	Event string    `json:"event"` // "pull", or "held" of --once: it was left alone until next
	Time  time.Time `json:"time"`
	Error string    `json:"error"` // empty: all that was asked for came
	livefeeds.Health
	Synthetic []string `json:"synthetic,omitempty"` // sources of the feed that a stand-in made up
}

func tellPull(p *livefeeds.Pull, synthetic []string) toldPull {
	t := toldPull{Event: "pull", Time: p.Time, Health: p.Health, Synthetic: synthetic}
	if p.Held {
		t.Event = "held"
	}
	if p.Err != nil {
		t.Error = p.Err.Error()
	}
	return t
}

// failed is the error of --once.
func (w *watcher) failed() error {
	if len(w.bad) == 0 {
		return nil
	}
	return &market.Error{Class: market.Venue, Err: fmt.Errorf("%s did not answer all that was asked: %s", plural(len(w.bad), "feed"), strings.Join(w.bad, ", ")),
		Hint: "see above, and 'signalman signals health'"}
}
