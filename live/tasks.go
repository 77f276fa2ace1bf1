package live

import (
	"sync"
	"time"
)

// tasks are goroutines that may be begun while somebody waits for those before them, which
// a sync.WaitGroup does not allow.
type tasks struct {
	mu      sync.Mutex
	running int
	free    chan struct{} // closed once none is running; nil where nobody waits
}

// start runs f in a goroutine of its own.
func (t *tasks) start(f func()) {
	t.enter()
	go func() {
		defer t.done()
		f()
	}()
}

// enter counts one more as running.
func (t *tasks) enter() {
	t.mu.Lock()
	t.running++
	t.mu.Unlock()
}

// done counts one less.
func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running--; t.running == 0 && t.free != nil {
		close(t.free)
		t.free = nil
	}
}

// any reports whether one is running.
func (t *tasks) any() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running > 0
}

// idle returns what is closed once none is running.
func (t *tasks) idle() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free == nil {
		t.free = make(chan struct{})
	}
	free := t.free
	if t.running == 0 {
		close(t.free)
		t.free = nil
	}
	return free
}

// wait waits until none is running, but no longer than a time, and reports whether none is.
func (t *tasks) wait(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-t.idle():
		return true
	case <-timer.C:
		return false
	}
}
