package feeds

import (
	"context"
	"errors"
	"time"

	"github.com/signalman-trading/signalman/signals"
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

// emit stores a batch that was pushed. It may be called by several goroutines at once.
func (l *line) emit(b signals.Batch) error {
	news, err := l.Arrive(l.Name, b)
	got := &received{}
	got.add(b.Signals, news)
	h := l.changeSoon(func(h *Health) {
		got.into(h)
		if err == nil {
			h.Success, h.Failures = now(), 0
		}
	})
	if err != nil || len(b.Signals) > 0 {
		l.report(h, news, err)
	}
	return err
}
