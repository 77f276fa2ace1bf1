package live_test

import (
	"flag"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/market"
)

var soakDays = flag.Int("soak.days", 2, "how many days TestSoak plays; a week takes minutes")

// soaked is what a session holds at the end of a day.
type soaked struct {
	day, orders int64
	heap        uint64
	goroutines  int
}

// perOrder is what all that remembers an order may hold of it, in bytes: the engine for its
// result, the gateway, and the venue, which is in the same process here.
const perOrder = 3 << 10

// perDay is what a day may add besides, in bytes: what this test writes down.
const perDay = 1 << 20

// TestSoak trades for days at a venue that fails in every way it can: memory grows by the orders
// that are made and by nothing else, and goroutines do not grow.
//
//	go test ./live -run TestSoak -soak.days 7 -v
func TestSoak(t *testing.T) {
	days := *soakDays
	if testing.Short() {
		days = 1
	}
	synctest.Test(t, func(t *testing.T) {
		d := newDays(t, 42, false, 24*days)
		var orders atomic.Int64
		d.book.commits = func(n int) {
			if n == 0 {
				return
			}
			for i := range d.book.frames[n-1] {
				if d.book.frames[n-1][i].Kind == market.RecordDecision {
					orders.Add(1)
				}
			}
			if n > 100 {
				d.book.frames = nil
			}
		}
		var list []soaked
		for k := range days {
			time.AfterFunc(time.Duration(k+1)*24*time.Hour-20*time.Minute, func() {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				list = append(list, soaked{int64(k + 1), orders.Load(), m.HeapAlloc, runtime.NumGoroutine()})
			})
		}
		d.trade()
		for k, s := range list {
			t.Logf("day %d: heap %.1f MB, %d goroutines, %d orders", s.day, float64(s.heap)/(1<<20), s.goroutines, s.orders)
			if k == 0 {
				continue
			}
			was := list[k-1]
			if may := was.heap + perDay + uint64(s.orders-was.orders)*perOrder; s.heap > may {
				t.Errorf("day %d: the heap grew to %d bytes, at most %d", s.day, s.heap, may)
			}
			if s.goroutines > list[0].goroutines+10 {
				t.Errorf("day %d: %d goroutines, where there were %d", s.day, s.goroutines, list[0].goroutines)
			}
		}
	})
}
