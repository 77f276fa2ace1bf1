package feeds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// line is what a feed asks of one endpoint.
type line struct {
	*feed
	kinds  []market.SignalKind
	due    time.Time  // when it is asked next
	rest   []question // of a question that was cut short, what is still to be asked
	health Health     // written under the runner's lock

	loses   atomic.Bool // what was pushed last could not be stored
	probing bool        // the question under way is to see whether it is open again
}

func newLine(f *feed, endpoint string, kinds []market.SignalKind) *line {
	return &line{feed: f, kinds: kinds, due: never, health: Health{
		Feed: f.Name, Endpoint: endpoint, Provider: f.Provider, Setup: f.Setup, Pushes: f.source == nil, State: Waiting,
	}}
}

// How failures are met.
const (
	firstPause  = 30 * time.Second // before a question is asked again; then twice as long
	firstReturn = time.Second      // before a source that pushes is started again
	patience    = 5                // failures in a row, from which on it is left alone
	firstRest   = time.Hour        // for so long; then twice as long
	longestRest = 24 * time.Hour
	probeAfter  = 23 * time.Hour      // so that a daily schedule asks again the next day
	longestHold = 63 * 24 * time.Hour // that an earlier run may have left, beyond the schedule
	spread      = 5 * time.Second     // between pulls that were missed
)

// resume takes up what an earlier run knew of the line, and returns whether a pull was
// missed since. Those that were follow each other with a pause between.
func (l *line) resume(old *Health, now time.Time, missed int) bool {
	if old == nil || old.Attempt.After(now) || old.Success.After(now) {
		old = &Health{State: Waiting} // or the clock was wrong then
	}
	h := &l.health
	h.State, h.Reason, h.Attempt, h.Success, h.Failures, h.Fault = old.State, old.Reason, old.Attempt, old.Success, old.Failures, old.Fault
	h.Rows, h.News, h.Kinds, h.Missing = old.Rows, old.News, old.Kinds, old.Missing
	l.due = old.Next
	switch {
	case l.source == nil:
		l.due, h.Failures = now, 0
	case h.Setup != old.Setup && (h.State == Disabled || h.State == Open || h.State == Failing):
		h.State, h.Reason, h.Failures, l.due = Waiting, "", 0, now
	case h.State == Asking:
		l.settle(errInterrupted, h.Attempt, false)
	case h.State == OK: // the schedule may be another one now
		l.due = l.regular(h.Attempt)
	case h.State == Disabled && l.due.IsZero(): // it panicked
		h.State = Failing
	}
	if next := l.regular(now); l.due.After(next) && l.due.After(now.Add(longestHold)) {
		l.due = next
	}
	late := !l.due.After(now)
	if late && l.source != nil {
		l.due = now.Add(time.Duration(missed)*spread + l.chance(spread, "missed", now))
		if next := l.regular(now); next.Before(l.due) {
			l.due = next
		}
	}
	h.Next = l.due
	return late
}

var (
	errInterrupted = &signals.Fault{Kind: signals.ErrRetry, Err: errors.New("the process ended while it was asked")}
	errUnsaved     = errors.New("nothing is asked while the report of the feeds cannot be written: a restart would ask again, and pay again; mend the disk or its rights")
)

// held reports whether the line is not to be asked before its time.
func (l *line) held(now time.Time) bool {
	switch l.health.State {
	case Disabled, Open, Paused:
		return l.due.After(now)
	}
	return false
}

// pull asks, stores what comes, and says when to ask again.
func (l *line) pull(ctx context.Context) {
	start := now()
	l.probing = l.health.State == Disabled
	l.change(func(h *Health) { h.State, h.Attempt = Asking, start })
	got := &received{}
	err := errUnsaved
	if l.saves() {
		err = guard(func() error { return l.ask(ctx, start, got) })
	}
	if ctx.Err() != nil { // it may have been paid for
		err = errInterrupted
	}
	l.outcome(got, err)
}

// outcome notes what came of a question, or of a run of a source that pushes.
func (l *line) outcome(got *received, err error) {
	var p *panicked
	if errors.As(err, &p) {
		l.stop(p)
	}
	left := l.callsLeft()
	h := l.change(func(h *Health) {
		got.into(h)
		l.settle(err, now(), got.good > 0)
		if h.CallsLeft = left; err == nil && got.bad != nil {
			h.Fault = newFault(got.bad, now())
		}
	})
	l.report(h, got.news, cmp.Or(err, got.bad))
}

// callsLeft returns the calls that the budget still allows, or nil where it has no limit.
func (l *line) callsLeft() *int {
	if l.Left != nil {
		if left, limited := l.Left(l.Provider); limited {
			return &left
		}
	}
	return nil
}

// report logs what came of a question, and tells it.
func (l *line) report(h Health, news []market.Signal, err error) {
	log := l.Log.With("feed", h.Feed, "endpoint", h.Endpoint, "rows", h.Rows, "news", h.News, "state", h.State, "next", h.Next)
	if err != nil {
		log.Warn("feed fails", "err", err)
	} else {
		log.Info("feed answered")
	}
	l.tell(Pull{Time: now(), Err: err, Health: h}, news)
}

// settle says what an outcome means for the next question. partly is that good rows came
// in spite of the error.
func (l *line) settle(err error, now time.Time, partly bool) {
	h := &l.health
	var p *panicked
	switch f := faultOf(err); {
	case err == nil:
		h.State, h.Reason, h.Failures, h.Success = OK, "", 0, now
		h.Missing = h.missing(l.kinds)
		l.due = l.regular(now)
	case errors.As(err, &p):
		h.State, l.due = Disabled, never
	case f.Kind == signals.ErrDenied || f.Kind == signals.ErrGone:
		h.State, h.Failures = Disabled, 0
		l.due = l.regular(now.Add(probeAfter))
		if l.source == nil {
			l.due = now.Add(longestRest)
		}
	case f.Kind == signals.ErrBudget:
		h.State = Paused
		l.due = l.first(f.Until, now)
	case partly && f.Kind == signals.ErrMalformed: // the good rows came, and will again
		h.State, h.Failures, h.Success = Failing, 0, now
		l.due = l.regular(now)
	default:
		l.fail(f, now, f.Kind != signals.ErrRefused)
	}
	if err != nil {
		h.Fault = newFault(err, now)
		h.Reason = h.Fault.Text
	}
	if h.State != Paused && h.State != Failing || l.due.Equal(l.regular(now)) {
		l.rest = nil
	}
	if h.Next = l.due; l.due.Equal(never) {
		h.Next = time.Time{}
	}
}

// fail counts a failure and pauses. Where the same question would fare no better, it waits
// for its regular time.
func (l *line) fail(f *signals.Fault, now time.Time, again bool) {
	h := &l.health
	h.Failures++
	h.State = Failing
	pause := firstPause
	if l.source == nil {
		pause = firstReturn
	}
	pause <<= min(h.Failures, patience) - 1
	switch {
	case h.Failures >= patience:
		h.State = Open
		pause = min(firstRest<<min(h.Failures-patience, 8), longestRest)
	case f.Kind == signals.ErrLimited:
		h.State = Paused
	}
	until := now.Add(pause + l.chance(pause/4, "pause "+h.Endpoint, now))
	if f.Until.After(until) {
		until = f.Until
	}
	switch {
	case again:
		l.due = l.first(until, now)
	case h.State == Open:
		l.due = l.regular(until.Add(-1))
	default:
		l.due = l.regular(now)
	}
}

// first returns when to ask again where that must not be before until: then, or at the
// regular time if there is one before it.
func (l *line) first(until, now time.Time) time.Time {
	next := l.regular(now)
	if until.After(next) {
		next = l.regular(until.Add(-1))
	} else if until.After(now) {
		next = until.UTC().Round(0)
	}
	return next
}

// stop disables all that a source that panicked is asked for.
func (l *line) stop(p *panicked) {
	l.Log.Error("a source of signals panicked: its feed is disabled until the next start", "feed", l.Name, "panic", fmt.Sprint(p.value), "stack", string(p.stack))
	for _, other := range l.lines {
		if other != l {
			l.change(func(*Health) { other.settle(p, now(), false) })
		}
	}
}

// panicked is a panic of a source.
type panicked struct {
	value any
	stack []byte
}

func newPanic(value any) error { return &panicked{value, debug.Stack()} }

// Error says what happened, without the stack.
func (p *panicked) Error() string {
	return fmt.Sprintf("the source panicked: %v; it is not asked again until the next start: tell its author", p.value)
}

// faultOf returns the fault of a source; what is none is like no answer.
func faultOf(err error) *signals.Fault {
	var f *signals.Fault
	if errors.As(err, &f) && f.Kind != nil {
		return f
	}
	return &signals.Fault{Kind: signals.ErrRetry, Err: err}
}
