package quota

import (
	"context"
	"errors"
	"sync"
)

// flights lets those who ask the same at the same time share one call.
type flights struct {
	mu  sync.Mutex
	now map[string]*flight
}

// A flight is a call under way.
type flight struct {
	done   chan struct{}
	answer *answer
	err    error
	left   bool // who made it gave up
}

// do returns what call returns, called by whoever asks first. Where he gives up, another
// who waits makes the call himself.
func (f *flights) do(ctx context.Context, key string, call func() (*answer, error)) (*answer, error) {
	for {
		f.mu.Lock()
		under, waiting := f.now[key]
		if !waiting {
			under = f.begin(key)
			f.mu.Unlock()
			return f.fly(ctx, key, under, call)
		}
		f.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-under.done:
		}
		if !under.left {
			return under.answer, under.err
		}
	}
}

// begin notes a call, for those who hold mu.
func (f *flights) begin(key string) *flight {
	if f.now == nil {
		f.now = map[string]*flight{}
	}
	f.now[key] = &flight{done: make(chan struct{}), err: errors.New("the call ended without an answer")}
	return f.now[key]
}

func (f *flights) fly(ctx context.Context, key string, under *flight, call func() (*answer, error)) (*answer, error) {
	defer func() {
		under.left = ctx.Err() != nil
		f.mu.Lock()
		delete(f.now, key)
		f.mu.Unlock()
		close(under.done)
	}()
	under.answer, under.err = call()
	return under.answer, under.err
}
