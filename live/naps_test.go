package live

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// TestNaps: a pause ends by a clock that stands until it is moved, and is not waited for.
func TestNaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now, work := market.Time(0), &tasks{}
		n := &naps{now: func() market.Time { return now }}
		ended := make(chan error, 3)
		ctx, cancel := context.WithCancel(t.Context())
		for _, d := range []time.Duration{3 * time.Second, time.Second} {
			work.start(func() { ended <- n.take(ctx, d, work) })
		}
		synctest.Wait()
		if !work.wait(time.Hour) || n.next() != market.Time(time.Second) {
			t.Errorf("tasks that nap are waited for; the next wakes at %s", n.next())
		}
		now = market.Time(2 * time.Second)
		n.wake(false, work)
		if err := <-ended; err != nil || n.next() != market.Time(3*time.Second) {
			t.Errorf("the first ends with %v; the next wakes at %s", err, n.next())
		}
		cancel()
		if err := <-ended; err == nil {
			t.Error("the second does not end with its context")
		}
		n.wake(true, work)
		began := time.Now()
		work.start(func() { ended <- n.take(t.Context(), time.Minute, work) })
		if err := <-ended; err != nil || time.Since(began) != time.Minute {
			t.Errorf("where the clock moves no more, a minute takes %s, with %v", time.Since(began), err)
		}
		if work.wait(time.Hour); work.running != 0 {
			t.Errorf("%d tasks are counted", work.running)
		}
	})
}
