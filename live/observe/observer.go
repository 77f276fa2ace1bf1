package observe

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// Desk is a session at work; *live.Control is one.
type Desk interface {
	// Snapshot returns how the session stands between two instants, with the orders that
	// work where all is 0.
	Snapshot(ctx context.Context, all int) (*live.Snapshot, error)
}

// DefaultPatience is how long the trading loop may take to answer.
const DefaultPatience = 5 * time.Second

// Options are what an Observer observes.
type Options struct {
	Desk    Desk
	Account string
	Mode    string // "paper" or "live"
	Version string // of the program
	// Replayed says that the market is history: what is old in it is not late.
	Replayed bool
	Now      func() time.Time  // of the market; nil is time.Now
	Patience time.Duration     // how long the trading loop may take to answer; 0 is DefaultPatience
	Credits  func() []Credit   // nil: nobody is asked for signals
	Notified func() []Notified // nil: nobody is told anything
	Logged   func() []Logged   // nil: nobody counts
}

// Credit is what the budget of a provider still allows.
type Credit struct {
	Provider string
	Calls    int
}

// Notified is what became of messages to one service.
type Notified struct {
	Name, Outcome string
	N             int
}

// Logged is how many lines of a level the log has.
type Logged struct {
	Level string
	N     int
}

// tally is a counter with its labels.
type tally struct {
	name string
	a, b string // labels; "" are none
}

// signalKey is a kind of signal of one source.
type signalKey struct {
	source string
	kind   market.SignalKind
}

// An Observer knows how a session does. Its methods may be called concurrently.
type Observer struct {
	Options
	registry   *prometheus.Registry
	descs      map[string]*prometheus.Desc
	histograms map[string]prometheus.Histogram

	unsyncedBytes, unsynced atomic.Int64
	began                   time.Time

	mu       sync.Mutex
	counts   map[tally]int
	signals  map[signalKey]market.Time // what the newest row is about
	unknown  int                       // orders without an outcome
	opened   time.Time                 // when it began to trade; zero: it has not
	ending   bool
	broken   bool            // the journal could not be written
	away     time.Time       // since when the venue does not answer; zero: it does
	heard    time.Time       // when a bar came last, by the clock
	closed   market.Time     // when the newest bar closed
	interval market.Interval // the shortest among the bars
	answered bool            // the loop did, when it was last asked

	turn chan struct{} // holds a token while one asks the loop: one at a time
}

// New returns an observer of a session that has not begun.
func New(o Options) *Observer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	x := &Observer{Options: o, began: time.Now(), counts: map[tally]int{}, signals: map[signalKey]market.Time{}, answered: true, turn: make(chan struct{}, 1)}
	x.build()
	x.registry = x.register()
	return x
}

// Meter returns what the session is to tell how it does.
func (o *Observer) Meter() *live.Meter {
	timings := map[live.Timing]prometheus.Histogram{
		live.InstantTime: o.histograms[instantTime], live.CommitTime: o.histograms[commitTime], live.DecisionToWire: o.histograms[toWire],
		live.WireToAck: o.histograms[toAck], live.FeedLag: o.histograms[feedLag],
	}
	return &live.Meter{
		Took:  func(what live.Timing, d time.Duration) { timings[what].Observe(d.Seconds()) },
		Count: o.count, Signal: o.signal, Opened: o.open,
		Lag: func(bytes, instants int) {
			o.unsyncedBytes.Store(int64(bytes))
			o.unsynced.Store(int64(instants))
		},
	}
}

// Opened reports whether the session trades, or has traded.
func (o *Observer) Opened() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.opened.IsZero()
}

// open notes that the session trades from now on.
func (o *Observer) open() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.opened, o.heard = time.Now(), time.Now()
}

// End notes that the session is told to end: it is no more ready, and alive without an
// answer of its loop.
func (o *Observer) End() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ending = true
}

func (o *Observer) signal(s *market.Signal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if k := (signalKey{s.Source, s.Kind}); s.Effective > o.signals[k] && !s.Null {
		o.signals[k] = s.Effective
	}
}

// count counts what a meter tells.
func (o *Observer) count(what live.Tally, kind string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch what {
	case live.Reconnects:
		o.counts[tally{reconnects, kind, ""}]++
	case live.Gaps:
		o.counts[tally{gaps, kind, ""}]++
	case live.Faults:
		o.counts[tally{faults, kind, ""}]++
		if kind == "rejected" {
			o.away = time.Time{}
		} else if o.away.IsZero() {
			o.away = time.Now()
		}
	case live.Silent:
		if o.away.IsZero() {
			o.away = time.Now()
		}
	case live.Answers:
		o.away = time.Time{}
	case live.Unknowns:
		o.counts[tally{unknowns, kind, ""}]++
		o.unknown++
	case live.Proven:
		o.unknown--
		o.away = time.Time{}
	case live.Findings:
		o.counts[tally{findings, kind, ""}]++
	case live.Broken:
		o.broken = true
	}
}

// cuts counts the rules that made an order smaller.
func (o *Observer) cuts(d *market.Decision) {
	for _, c := range d.Checks {
		if c.Cut {
			o.counts[tally{cuts, c.Rule, ""}]++
		}
	}
}

// Watch takes a committed record of the session.
func (o *Observer) Watch(r *market.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Decision != nil {
		o.cuts(r.Decision)
	}
	switch d, e := r.Decision, &r.Event; {
	case d != nil && d.Refused != nil:
		o.counts[tally{refusals, d.Refused.Rule, ""}]++
	case d != nil:
		o.counts[tally{decisions, d.Action.String(), ""}]++
	case r.Kind == market.RecordHalt:
		if n := notice(r); n.Event == Halted {
			o.counts[tally{halts, r.Scope, n.Rule}]++
		}
	case r.Kind != market.RecordEvent:
	case e.Kind == market.KindBar:
		o.bar(e)
	case e.Update != nil:
		if e.Update.Fill != nil {
			o.counts[tally{fills, e.Update.Symbol, ""}]++
		}
		if e.Update.State.Final() {
			o.counts[tally{ordersEnded, e.Update.State.String(), ""}]++
		}
	}
}

// bar notes the newest bar; mu is held.
func (o *Observer) bar(e *market.Event) {
	closed := e.Bars.OpenTime[e.Row] + market.Time(e.Interval)
	if closed >= o.closed {
		o.closed, o.heard = closed, time.Now()
	}
	if o.interval == 0 || e.Interval < o.interval {
		o.interval = e.Interval
	}
}
