package binance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// The venue's limits on the weight of requests, a minute and address, and the share of
// them that is used, in percent: others on this host may need the rest.
const (
	spotLimit = 6000
	usdmLimit = 2400
	share     = 70
)

// A governor lets requests wait before the venue's limit is reached. It counts whole
// minutes, as the venue does, and believes the venue's count over its own.
type governor struct {
	budget   int           // weight a minute
	patience time.Duration // the longest pause that the venue may ask for
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	log      *slog.Logger

	mu      sync.Mutex
	minute  int64
	used    int // weight of answered requests in minute
	flying  int // weight of requests under way
	blocked time.Time
	total   Usage
	heard   bool // the venue has answered at least once
}

// errBanned says that the venue has asked for a longer pause than anybody waits for.
var errBanned = errors.New("the venue wants no request from this address")

// wait returns when a request of weight w may be sent, and counts it as under way; the
// minute is that of the request.
func (g *governor) wait(ctx context.Context, w int) (minute int64, err error) {
	for {
		pause, why := g.reserve(w)
		if pause <= 0 {
			return g.minuteNow(), ctx.Err()
		}
		if pause > g.patience && pause > time.Minute {
			return 0, fmt.Errorf("%w for %s", errBanned, pause.Round(time.Second))
		}
		g.log.Info(why, "wait", pause.Round(time.Second))
		if err := g.sleep(ctx, pause); err != nil {
			return 0, err
		}
	}
}

func (g *governor) minuteNow() int64 { return g.now().Unix() / 60 }

// reserve takes w of the budget, or says how long to wait for it.
func (g *governor) reserve(w int) (pause time.Duration, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if pause := g.blocked.Sub(now); pause > 0 {
		return pause, "the venue asked for a pause"
	}
	if m := now.Unix() / 60; m != g.minute {
		g.minute, g.used = m, 0
	}
	if busy := g.used + g.flying; busy > 0 && busy+w > g.budget {
		return time.Unix((g.minute+1)*60, 0).Sub(now), "most of the venue's weight a minute is used"
	}
	g.flying += w
	g.total.Requests++
	g.total.Weight += w
	return 0, ""
}

// done counts a request as answered. An answer of another minute than that of its
// request says nothing of either.
func (g *governor) done(w int, minute int64, a *answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying -= w
	g.heard = g.heard || a.status != 0
	switch {
	case minute != g.now().Unix()/60 || minute != g.minute:
	case a.used > 0:
		g.used = a.used
	default:
		g.used += w
	}
}

// block lets nothing pass for a while.
func (g *governor) block(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := g.now().Add(d); until.After(g.blocked) {
		g.blocked = until
	}
}

// answered reports whether the venue has ever answered: before, an address that cannot
// be reached is most likely a wrong one.
func (g *governor) answered() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.heard
}

func (g *governor) usage() Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total
}
