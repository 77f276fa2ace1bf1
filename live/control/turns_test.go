package control

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns lets a crowd in: one at a time, and not too fast; who has no patience leaves
// the turn to the next.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue, began := newTurns(), time.Now()
		var all sync.WaitGroup
		var entered []time.Duration
		for range 20 {
			all.Go(func() {
				leave, err := queue.enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				entered = append(entered, time.Since(began)) // nobody else is in
				leave()
			})
		}
		all.Wait()
		for k, at := range entered {
			if want := time.Duration(k) * turnRest; at != want {
				t.Errorf("number %d after %v, want %v", k, at, want)
			}
		}
		leave, err := queue.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		impatient, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := queue.enter(impatient); err == nil {
			t.Error("two are in")
		}
		leave()
		hasty, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		if _, err := queue.enter(hasty); err == nil {
			t.Error("there was no rest")
		}
		if leave, err = queue.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		leave()
	})
}
