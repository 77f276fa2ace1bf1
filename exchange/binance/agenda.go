package binance

import (
	"context"
	"time"
)

// An agenda is what one goroutine does for many: so that they need no locks, and a caller
// is called back by one goroutine alone.
type agenda struct {
	ctx context.Context // of the call that it serves
	do  chan func()
	err error // that ends the call
}

func newAgenda(ctx context.Context) *agenda { return &agenda{ctx: ctx, do: make(chan func())} }

// post has something done, and waits for it: a ping that is read after a frame is answered
// once that has been handed on.
func (a *agenda) post(f func()) error {
	done := make(chan struct{})
	select {
	case a.do <- func() { defer close(done); f() }:
		<-done
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

// end ends the call with an error, unless it ends anyway.
func (a *agenda) end(err error) {
	if a.ctx.Err() == nil {
		_ = a.post(func() { a.err = err })
	}
}

// run does what is posted, and every second what is to be done every second, until the
// call ends. It returns why.
func (a *agenda) run(each func()) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for a.err == nil && a.ctx.Err() == nil {
		select {
		case <-a.ctx.Done():
		case f := <-a.do:
			f()
		case <-tick.C:
			each()
		}
	}
	if a.err != nil {
		return a.err
	}
	return a.ctx.Err()
}
