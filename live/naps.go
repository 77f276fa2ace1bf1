package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// naps are the pauses of requests at a venue whose clock is moved by the session: they end
// by that clock, so that what only time can tell costs no more of it than at the venue, and
// nobody waits for who naps.
type naps struct {
	now func() market.Time

	mu   sync.Mutex
	list []*nap
	over bool // the clock moves no more
}

// nap is one pause.
type nap struct {
	until market.Time
	woken chan struct{}
}

// take pauses a task of those that are waited for.
func (n *naps) take(ctx context.Context, d time.Duration, work *tasks) error {
	n.mu.Lock()
	if n.over {
		n.mu.Unlock()
		return sleep(ctx, d)
	}
	p := &nap{n.now() + market.Time(d), make(chan struct{})}
	n.list = append(n.list, p)
	n.mu.Unlock()
	work.done()
	select {
	case <-p.woken: // who has woken it has entered for it
		return nil
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if k := slices.Index(n.list, p); k >= 0 {
		n.list = slices.Delete(n.list, k, k+1)
		work.enter()
	}
	return ctx.Err()
}

// next returns when the first of them ends, or MaxTime.
func (n *naps) next() market.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	first := market.MaxTime
	for _, p := range n.list {
		first = min(first, p.until)
	}
	return first
}

// wake ends those that are over or, where the clock moves no more, all.
func (n *naps) wake(over bool, work *tasks) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.over = n.over || over
	now := n.now()
	n.list = slices.DeleteFunc(n.list, func(p *nap) bool {
		if p.until > now && !n.over {
			return false
		}
		work.enter()
		close(p.woken)
		return true
	})
}

// sleep pauses by the clock of the machine.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
