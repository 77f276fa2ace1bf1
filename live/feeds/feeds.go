package feeds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A Feed is a source and when it is asked.
type Feed struct {
	Name     string           // of its table in the configuration; no two are alike
	Provider string           // whose budget its calls are charged to
	Source   any              // a signals.Source, or a signals.Pusher, which runs all the time
	Schedule cron.Schedule    // of a signals.Source, in UTC
	Jitter   time.Duration    // the most that a pull is later than the schedule
	Subjects []market.Subject // what it is asked about, the market included; nil is all that it is configured for
	// Setup stands for how the source is set up, its key included, and does not reveal it.
	// Where it is another one, what was disabled or left alone is asked anew.
	Setup string
}

// Options say what Run does. Only Arrive is needed.
type Options struct {
	Feeds []Feed
	// Arrive stores a batch, stamped, and returns the rows that are news. It may be called
	// by several feeds at once. An error that wraps intake.ErrBad is about rows that were
	// left out; with any other, nothing was stored.
	Arrive func(feed string, b signals.Batch) (news []market.Signal, err error)
	// Emit is given the news, once they are durable, one call at a time.
	Emit func(news []market.Signal)
	// Told is told of each question and of each batch that was pushed, one call at a time.
	Told func(Pull)
	// Priority says how much a subject matters; nil is that all matter alike.
	Priority func(market.Subject) signals.Priority
	// Left returns the calls that a provider's budget still allows, and whether it has a
	// limit at all.
	Left func(provider string) (calls int, limited bool)
	File string // where the report is kept; empty: nowhere
	Log  *slog.Logger
	Seed uint64 // of the jitter
}

// A Pull is what came of one question, or one batch that was pushed.
type Pull struct {
	Time   time.Time
	Held   bool  // by Once: nothing was asked, since its time has not come
	Err    error // why not all that was asked for came; or nil
	Health       // of the feed after it, with what came
}

// Run asks and receives until ctx ends. Questions that are under way are given up then,
// and count as not answered, since they may be paid for; what has arrived is stored.
// Nothing is asked while File cannot be written. The error is about the
// options: feeds that fail are reported instead.
func Run(ctx context.Context, o Options) error {
	r, err := newRunner(o)
	if err != nil {
		return err
	}
	defer r.end()
	var all sync.WaitGroup
	for _, f := range r.feeds {
		all.Go(func() { f.run(ctx) })
	}
	all.Wait()
	return nil
}

// Once asks each source one time, whatever its schedule says, and returns. What is
// disabled, or paused by its provider or its budget, is left alone until its time, which
// is told; and so are sources that push.
func Once(ctx context.Context, o Options) error {
	r, err := newRunner(o)
	if err != nil {
		return err
	}
	defer r.end()
	for _, f := range r.feeds {
		for _, l := range f.lines {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			switch {
			case f.source == nil:
			case l.held(r.began):
				l.tell(Pull{Time: now(), Held: true, Health: l.health.clone()}, nil)
			default:
				l.pull(ctx)
			}
		}
	}
	return ctx.Err()
}

// runner is what the feeds share.
type runner struct {
	Options
	feeds []*feed
	began time.Time

	mu    sync.Mutex // over the health of all lines, and the file
	saved time.Time  // when the file was written
	lost  bool       // it could not be

	telling sync.Mutex
}

func newRunner(o Options) (*runner, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &runner{Options: o, began: now()}
	seen := map[string]bool{}
	for _, one := range o.Feeds {
		if one.Name == "" || seen[one.Name] {
			return nil, fmt.Errorf("feed %q: each needs a name of its own", one.Name)
		}
		seen[one.Name] = true
		f, err := newFeed(r, one)
		if err != nil {
			return nil, err
		}
		r.feeds = append(r.feeds, f)
	}
	r.resume()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.save(false)
	return r, nil
}

// resume takes up what an earlier run knew.
func (r *runner) resume() {
	old, err := Load(r.File)
	if err != nil && !errors.Is(err, ErrNoReport) {
		r.Log.Error("what was known of the feeds is lost: they begin anew, also those that were disabled", "err", err)
	}
	missed := 0
	for _, f := range r.feeds {
		for _, l := range f.lines {
			if l.resume(old.find(f.Name, l.health.Endpoint), r.began, missed) {
				missed++
			}
		}
	}
}

// now is the time of the wall clock in UTC, which goes on while a computer sleeps.
func now() time.Time { return time.Now().UTC().Round(0) }

// tell hands on what came of a question, one at a time.
func (r *runner) tell(p Pull, news []market.Signal) {
	r.telling.Lock()
	defer r.telling.Unlock()
	if r.Emit != nil && len(news) > 0 {
		r.Emit(news)
	}
	if r.Told != nil {
		r.Told(p)
	}
}
