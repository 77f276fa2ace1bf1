package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/live"
	livefeeds "github.com/signalman-trading/signalman/live/feeds"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

// sessionFeeds pulls and receives signals beside a session, as 'signals watch' does by
// itself. What arrives is on disk before the session hears it.
type sessionFeeds struct {
	*command
	options     livefeeds.Options
	instruments []market.Instrument
	control     *live.Control
	log         *slog.Logger

	mu   sync.Mutex
	held []market.Subject // by the session, as far as is known
}

// hearSignals lets a session that goes by the clock hear the sources of its configuration.
func (d *daemon) hearSignals(ctx context.Context) (end func(), err error) {
	if d.account.news == nil || d.stepped {
		return nil, nil
	}
	if d.feeds, err = d.sessionFeeds(d.config, d.account.history.Instruments, d.account.news, d.control, d.log); err != nil {
		return nil, err
	}
	return d.feeds.begin(ctx)
}

// sessionFeeds returns the feeds of a session, or nil where no source is to be asked.
func (c *command) sessionFeeds(cfg *config.Config, instruments []market.Instrument, news *live.Signals, control *live.Control, log *slog.Logger) (*sessionFeeds, error) {
	list, err := c.feeds(cfg)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ledger, err := c.ledger()
	if err != nil {
		return nil, err
	}
	dir, err := c.dir()
	if err != nil {
		return nil, err
	}
	f := &sessionFeeds{command: c, instruments: instruments, control: control, log: log}
	f.options = livefeeds.Options{
		Feeds: list, Arrive: c.intake(f.arrived).Arrive, Emit: news.Arrive, Priority: f.priority(traded(cfg)), Told: f.told, Left: callsLeft(ledger),
		File: filepath.Join(dir, feedsFile), Log: log,
	}
	return f, nil
}

// begin lets the feeds work until end is called. Another watch on the same data directory is
// an error: the session would not hear of what that receives.
func (f *sessionFeeds) begin(ctx context.Context) (end func(), err error) {
	if f == nil {
		return nil, nil
	}
	dir := filepath.Dir(f.options.File)
	lock, err := lockWatch(dir)
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		if err := livefeeds.Run(working, f.options); err != nil {
			f.log.Error("no signal is pulled or received", "error", err)
		}
	})
	all.Go(func() { f.foldDaily(working, dir) })
	return func() {
		stop()
		all.Wait()
		_ = lock.Close() // it was only locked
	}, nil
}

// arrived tells of rows that a stand-in made up.
func (f *sessionFeeds) arrived(r intake.Report) {
	if names := syntheticSources(r.News); len(names) > 0 {
		f.log.Warn(syntheticNotes(names[:1])[0], "feed", r.Source)
	}
}

// told says in the log that a feed fails, or that its rows are too old to be used.
func (f *sessionFeeds) told(p livefeeds.Pull) {
	if state, why := p.At(p.Time, true); state == livefeeds.Late {
		f.log.Warn("a feed is late", "feed", p.Feed, "endpoint", p.Endpoint, "reason", why)
	}
}

// priority says how much a subject matters: what the session holds comes first, then what it
// trades.
func (f *sessionFeeds) priority(traded func(market.Subject) signals.Priority) func(market.Subject) signals.Priority {
	var looked time.Time
	return func(s market.Subject) signals.Priority {
		f.mu.Lock()
		defer f.mu.Unlock()
		if now := time.Now(); now.Sub(looked) > time.Second { // one question asks for many subjects
			f.look()
			looked = time.Now()
		}
		if slices.Contains(f.held, s) {
			return signals.Held
		}
		return traded(s)
	}
}

// lookPatience is how long a question may wait for a session that is busy: what was held
// last will do.
const lookPatience = 100 * time.Millisecond

// look asks the session what it holds.
func (f *sessionFeeds) look() {
	if f.control == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookPatience)
	defer cancel()
	seen := make(chan []market.Subject, 1)
	err := f.control.Look(ctx, func(e *engine.Engine) {
		var list []market.Subject
		for _, h := range e.Result().Open {
			list = append(list, market.MarketWide, market.Subject(f.instruments[h.Trade.Instrument].Base))
		}
		seen <- list
	})
	if err == nil {
		f.held = <-seen
	}
}

// health returns how the feeds are doing now: one for each endpoint. It is nil where there
// are none.
func (f *sessionFeeds) health(now time.Time) ([]livefeeds.Health, error) {
	if f == nil {
		return nil, nil
	}
	r, err := livefeeds.Load(f.options.File)
	if err != nil {
		return nil, err
	}
	for i := range r.Feeds {
		h := &r.Feeds[i]
		h.State, h.Reason = h.At(now, true)
	}
	return r.Feeds, nil
}
