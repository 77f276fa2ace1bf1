package feeds

import (
	"context"
	"errors"
	"time"

	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/intake"
)

// push runs a source that pushes, again after a pause where it fails, until ctx ends.
func (l *line) push(ctx context.Context, p signals.Pusher) {
	for sleep(ctx, l.due) {
		start := now()
		l.change(func(h *Health) { h.State, h.Reason, h.Attempt, h.Next = OK, "", start, time.Time{} })
		err := guard(func() error { return p.Run(ctx, l.emit) })
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errEnded
		}
		if now().Sub(start) > firstRest {
			l.change(func(h *Health) { h.Failures = 0 })
		}
		l.outcome(&received{}, err)
	}
}

// errEnded is what becomes of a source that ends without an error and unasked.
var errEnded = errors.New("it ended by itself")

// received notes whether what was pushed could be stored: who cannot store is not well,
// until he can.
func (l *line) received(h *Health, err error) {
	switch {
	case err == nil:
		h.State, h.Reason, h.Success, h.Failures = OK, "", now(), 0
	case !errors.Is(err, intake.ErrBad):
		h.Fault = newFault(err, now())
		h.State, h.Reason = Failing, h.Fault.Text
	}
}

// emit stores a batch that was pushed. It may be called by several goroutines at once.
func (l *line) emit(b signals.Batch) error {
	news, err := l.Arrive(l.Name, b)
	got := &received{}
	got.add(b.Signals, news)
	change := l.changeSoon
	if lost := err != nil && !errors.Is(err, intake.ErrBad); l.loses.Swap(lost) != lost {
		change = l.change
	}
	h := change(func(h *Health) {
		got.into(h)
		l.received(h, err)
	})
	if err != nil || len(b.Signals) > 0 {
		l.report(h, news, err)
	}
	return err
}
