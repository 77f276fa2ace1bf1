package control

import (
	"context"
	"time"
)

// turns lets commands in one by one, with some rest between two: each is written to disk by
// the session, which trades in the meantime.
type turns chan time.Time // holds when the last one left, while nobody is in

const turnRest = 10 * time.Millisecond

func newTurns() turns {
	t := make(turns, 1)
	t <- time.Time{}
	return t
}

// enter waits for the turn, or for the end of ctx.
func (t turns) enter(ctx context.Context) (leave func(), err error) {
	var last time.Time
	select {
	case last = <-t:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { t <- time.Now() }
	rest := time.NewTimer(turnRest - time.Since(last))
	defer rest.Stop()
	select {
	case <-rest.C:
		return leave, nil
	case <-ctx.Done():
		t <- last
		return nil, ctx.Err()
	}
}
