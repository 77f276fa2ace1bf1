package binance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// A lane is how urgent a request is.
type lane int

// The lanes, the most urgent first.
const (
	laneCancel lane = iota
	laneOrder
	laneQuery   // reads nobody can trade without
	laneHistory // reads that can wait
)

// changes reports whether requests of the lane change something at the venue, so that one
// without an answer has an unknown outcome.
func (l lane) changes() bool { return l <= laneOrder }

// shares are how far the lanes go into the venue's limit on the weight of a minute, in
// percent: each leaves room for those before it, and all for others on this host.
var shares = [...]int{laneCancel: 70, laneOrder: 68, laneQuery: 65, laneHistory: 60}

// A governor lets requests wait before the venue's limit is reached. It counts whole
// minutes, as the venue does, and believes the venue's count over its own.
type governor struct {
	*limits                // shared by all clients of the host
	patience time.Duration // the longest pause that the venue may ask for
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	log      *slog.Logger
	requests atomic.Int64 // sent so far
	weighed  atomic.Int64 // of them, as the venue lists it
}

// errBanned says that the venue has asked for a longer pause than anybody waits for.
var errBanned = errors.New("the venue wants no request from this address")

// hurry is the longest pause that cancels and orders make: what is decided on is old then.
const hurry = 10 * time.Second

// glance is how often who waits looks at the clock.
const glance = time.Second

// wait returns when a request may be sent, and counts it as under way; the minute is that
// of the request. After an error nothing is counted; until is when it might be sent.
func (g *governor) wait(ctx context.Context, l lane, w int) (minute int64, until time.Time, err error) {
	for told := false; ; {
		now := g.now()
		pause, why := g.reserve(now, l, w)
		if pause <= 0 {
			if err := ctx.Err(); err != nil {
				g.giveBack(w)
				return 0, now, err
			}
			g.requests.Add(1)
			g.weighed.Add(int64(w))
			return now.Unix() / 60, now, nil
		}
		switch until := now.Add(pause); {
		case why == whyBlocked && (pause > g.patience || l.changes()):
			return 0, until, fmt.Errorf("%w for %s%s", errBanned, pause.Round(time.Second), g.kept())
		case l.changes() && pause > hurry:
			return 0, until, fmt.Errorf("%s, up to %s", why, until.UTC().Format(time.TimeOnly))
		}
		if !told {
			g.log.Info(why, "wait", pause.Round(time.Second))
			told = true
		}
		if err := g.sleep(ctx, min(pause, glance)); err != nil { // clocks may be set, or moved by hand
			return 0, now, err
		}
	}
}

// keep has the ends of pauses kept in a directory, and obeys the one that is there.
func (g *governor) keep(dir string) error { return g.limits.keep(dir, g.now()) }

// done counts a request as answered. An answer of another minute than that of its
// request says nothing of either.
func (g *governor) done(w int, minute int64, a *answer) {
	g.answered(g.now(), w, minute, a)
}

// block lets nothing pass for a while, in this process and after it.
func (g *governor) block(d time.Duration) {
	if err := g.limits.block(g.now().Add(d)); err != nil {
		g.log.Warn("the end of the pause that the venue asks for cannot be kept for a restart", "error", err)
	}
}
