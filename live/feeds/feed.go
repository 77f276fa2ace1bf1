package feeds

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/signalman-trading/signalman/signals"
)

// feed is a Feed at work. All but its lines' health belongs to its own goroutine, so that
// no two of its questions are ever asked at once.
type feed struct {
	Feed
	*runner
	source signals.Source // nil for one that pushes
	lines  []*line        // at least one
}

func newFeed(r *runner, one Feed) (*feed, error) {
	f := &feed{Feed: one, runner: r}
	source, asked := one.Source.(signals.Source)
	pusher, pushes := one.Source.(signals.Pusher)
	switch {
	case asked && one.Schedule != nil:
		f.source = source
		return f, guard(f.split)
	case pushes:
		f.lines = []*line{newLine(f, "", pusher.Kinds())}
		return f, nil
	case asked:
		return nil, fmt.Errorf("feed %q has no schedule", one.Name)
	}
	return nil, fmt.Errorf("feed %q: %T is no source of signals", one.Name, one.Source)
}

// split makes a line for each endpoint, so that one that is gone does not take the others
// with it. A source that does not say what it asks has one.
func (f *feed) split() error {
	planner, ok := f.source.(signals.Planner)
	if !ok {
		f.lines = []*line{newLine(f, "", f.source.Kinds())}
		return nil
	}
	at := map[string]*line{}
	for _, r := range planner.Plan(signals.Query{Subjects: f.Subjects}) {
		if len(r.Kinds) == 0 {
			continue // it helps another
		}
		if at[r.Endpoint] == nil {
			at[r.Endpoint] = newLine(f, r.Endpoint, nil)
			f.lines = append(f.lines, at[r.Endpoint])
		}
		l := at[r.Endpoint]
		l.kinds = append(l.kinds, r.Kinds...)
	}
	if len(f.lines) == 0 { // asking tells why
		f.lines = []*line{newLine(f, "", f.source.Kinds())}
	}
	return nil
}

// calls returns what a question costs.
func calls(p signals.Planner, q signals.Query) (n int) {
	for _, r := range p.Plan(q) {
		n += r.Calls
	}
	return n
}

// run works until ctx ends.
func (f *feed) run(ctx context.Context) {
	if f.source == nil {
		f.lines[0].push(ctx, f.Source.(signals.Pusher))
		return
	}
	for ctx.Err() == nil {
		l := f.lines[0]
		for _, other := range f.lines[1:] {
			if other.due.Before(l.due) {
				l = other
			}
		}
		if sleep(ctx, l.due) {
			l.pull(ctx)
		}
	}
}

// longestSleep bounds a sleep, since timers stand still while a computer sleeps.
const longestSleep = time.Minute

// sleep returns at a time, and whether ctx goes on.
func sleep(ctx context.Context, until time.Time) bool {
	for ctx.Err() == nil {
		left := until.Sub(now())
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(min(left, longestSleep))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return false
}

// never is later than everything.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// regular returns the first time after t at which the schedule asks, jitter included.
func (f *feed) regular(t time.Time) time.Time {
	if f.source == nil {
		return never
	}
	slot := f.Schedule.Next(t.UTC())
	if slot.IsZero() {
		return never
	}
	most := f.Jitter
	if next := f.Schedule.Next(slot); !next.IsZero() {
		most = min(most, next.Sub(slot)/2)
	}
	return slot.Add(f.chance(most, "jitter", slot))
}

// chance returns a duration from 0 to most, the same for the same seed, feed, purpose and
// time, so that a restart changes nothing.
func (f *feed) chance(most time.Duration, purpose string, t time.Time) time.Duration {
	if most <= 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(f.Name + "\x00" + purpose))
	return time.Duration(rand.New(rand.NewPCG(f.Seed^h.Sum64(), uint64(t.UnixNano()))).Int64N(int64(most) + 1))
}

// guard turns a panic into an error with its stack.
func guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newPanic(p)
		}
	}()
	return do()
}
