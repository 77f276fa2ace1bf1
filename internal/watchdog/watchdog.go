// Package watchdog runs code that may never return, or end its goroutine.
package watchdog

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
)

// ErrExit says that the code ended its goroutine, by runtime.Goexit.
var ErrExit = errors.New("it ended its goroutine (runtime.Goexit)")

// Hang says that the code gave no sign of life. It is abandoned, and may run on.
type Hang struct {
	Patience time.Duration // for which there was none
	Stack    string        // where it is, as a panic would print it
}

// Error says how long it was waited for.
func (h *Hang) Error() string { return fmt.Sprintf("no sign of life for %s", h.Patience) }

// Dog waits for code that gives signs of life. Its zero value is ready to use.
type Dog struct {
	beats   atomic.Int64
	resting atomic.Bool
}

// Beat is a sign of life.
func (d *Dog) Beat() {
	d.resting.Store(false)
	d.beats.Add(1)
}

// Rest says that until the next Beat no sign of life is to be expected, as while waiting for
// a lock.
func (d *Dog) Rest() { d.resting.Store(true) }

// ticks is in how many parts patience is counted: of a machine that sleeps, or a process that
// is stopped, the time in between is one part.
const ticks = 20

// Run calls f in a goroutine of its own. It returns nil once f has returned, ErrExit where it
// ended its goroutine, a *Hang where it gave no sign of life for so long, and an error with
// the stack where it panicked.
func (d *Dog) Run(f func(), patience time.Duration) error {
	d.Beat()
	done, id := make(chan error, 1), make(chan string, 1)
	go func() {
		err := ErrExit
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			done <- err
		}()
		id <- name()
		f()
		err = nil
	}()
	tick := time.NewTicker(patience / ticks)
	defer tick.Stop()
	for seen, silent := int64(0), 0; ; {
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
		if now := d.beats.Load(); now != seen || d.resting.Load() {
			seen, silent = now, 0
		} else if silent++; silent == ticks {
			return &Hang{patience, stack(<-id)}
		}
	}
}

// name returns how stacks call the goroutine.
func name() string {
	var text [64]byte
	before, _, _ := strings.Cut(string(text[:runtime.Stack(text[:], false)]), "[")
	return before
}

// stack returns the stack of a goroutine, or "".
func stack(name string) string {
	text := make([]byte, 1<<20)
	for one := range strings.SplitSeq(string(text[:runtime.Stack(text, true)]), "\n\n") {
		if strings.HasPrefix(one, name) {
			return one
		}
	}
	return ""
}
