package control

import (
	"context"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/live"
)

// viewer looks at a session for all who ask. Nobody is shown what was seen before he asked,
// and still there is one look at a time, and some rest between two.
type viewer struct {
	desk  Desk
	all   int                            // see Desk.Snapshot
	waits func(context.Context) []string // nil: nobody asks
	turn  sync.Mutex
	last  time.Time // of the last look; with turn

	mu   sync.Mutex
	next *view // that has not begun
}

// view is one look.
type view struct {
	done  chan struct{}
	seen  *live.Snapshot
	waits []string
	err   error
}

// The distance of looks, and how long one may take.
const (
	lookRest     = 20 * time.Millisecond
	lookPatience = 5 * time.Second
)

// get returns a snapshot that is taken after the call; it belongs to all.
func (v *viewer) get(ctx context.Context) (*live.Snapshot, error) {
	w, err := v.view(ctx)
	if err != nil {
		return nil, err
	}
	return w.seen, nil
}

func (v *viewer) view(ctx context.Context) (*view, error) {
	v.mu.Lock()
	w := v.next
	if w == nil {
		w = &view{done: make(chan struct{})}
		v.next = w
		go v.look(w)
	}
	v.mu.Unlock()
	select {
	case <-w.done:
		return w, w.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (v *viewer) look(w *view) {
	v.turn.Lock()
	defer v.turn.Unlock()
	time.Sleep(lookRest - time.Since(v.last))
	v.mu.Lock()
	v.next = nil // who comes now waits for the next
	v.mu.Unlock()
	ctx, stop := context.WithTimeout(context.Background(), lookPatience)
	defer stop()
	if w.seen, w.err = v.desk.Snapshot(ctx, v.all); w.err == nil && v.waits != nil {
		w.waits = v.waits(ctx)
	}
	v.last = time.Now()
	close(w.done)
}
