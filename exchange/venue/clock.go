package venue

import (
	"container/heap"
	"context"
	"io"
	"math"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// clock is the venue's time: of the wall, scaled, or stepped. now is as far as the state
// machine has come; Venue.mu guards it.
//
// Everything that the venue times goes through Venue.after, so that it happens by this
// clock: in Run, in Step, or in the request that finds it due, whichever comes first.
type clock struct {
	now    market.Time
	start  market.Time
	speed  float64
	began  time.Time
	skew   market.Time // what requests are told beyond now: a fault
	timers timers
	order  uint64
	idle   int           // steps since a market has moved: see landing
	woken  chan struct{} // closed and made anew when an earlier timer comes
}

func newClock(start market.Time, speed float64) clock {
	return clock{now: start, start: start, speed: speed, began: time.Now(), woken: make(chan struct{})}
}

// wall returns where the clock ought to be; a stepped one stays.
func (c *clock) wall() market.Time {
	if c.speed <= 0 {
		return c.now
	}
	return max(c.now, c.start+market.Time(float64(time.Since(c.began))*c.speed))
}

// until returns how long the wall has to wait for a time of the venue.
func (c *clock) until(at market.Time) time.Duration {
	if c.speed <= 0 || at == market.MaxTime {
		return math.MaxInt64
	}
	due := time.Duration(math.Ceil(float64(at-c.start) / c.speed))
	return max(due-time.Since(c.began), 0)
}

// timer is something that happens at a time.
type timer struct {
	at    market.Time
	order uint64
	do    func()
	index int // in the heap; -1 once it is off
}

// timers is a heap by time, then by when they were set.
type timers []*timer

func (t timers) Len() int { return len(t) }
func (t timers) Less(i, j int) bool {
	return t[i].at < t[j].at || t[i].at == t[j].at && t[i].order < t[j].order
}
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i, j
}
func (t *timers) Push(x any) {
	x.(*timer).index = len(*t)
	*t = append(*t, x.(*timer))
}
func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	last.index = -1
	*t = (*t)[:len(*t)-1]
	return last
}

// after lets do be called with mu held once the venue's clock has moved by d, which must
// hold mu too. The timer is turned off by stop.
func (v *Venue) after(d time.Duration, do func()) *timer {
	return v.at(v.clock.now+market.Time(d), do)
}

// at is after, for a time.
func (v *Venue) at(at market.Time, do func()) *timer {
	v.clock.order++
	t := &timer{at: at, order: v.clock.order, do: do}
	heap.Push(&v.clock.timers, t)
	if t.index == 0 {
		v.wake()
	}
	return t
}

// wake lets Run look again at what comes next.
func (v *Venue) wake() {
	close(v.clock.woken)
	v.clock.woken = make(chan struct{})
}

// stop turns a timer off; nil and one that has passed are fine.
func (v *Venue) stop(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&v.clock.timers, t.index)
	}
}

// next returns when something happens next.
func (v *Venue) next() market.Time {
	next := v.tapes()
	if len(v.clock.timers) > 0 {
		next = min(next, v.clock.timers[0].at)
	}
	return next
}

// tapes returns when a market moves next.
func (v *Venue) tapes() market.Time {
	next := market.MaxTime
	for _, s := range v.sides() {
		next = min(next, s.due())
	}
	return next
}

// between is how many steps there are at most between two bars that decide: after a minute
// of what is told every three seconds, everybody has heard what the last bar and its funding
// did.
const between = 20

// landing returns where a step ends: where a market moves or where streams tell how things
// stand; where whole bars decide, not at all the messages between two of them.
func (v *Venue) landing() market.Time {
	if v.o.Fills != ByBar || v.clock.idle < between {
		return min(v.bars(), v.tapes())
	}
	return v.bars()
}

// bars returns when a bar or a funding is played next.
func (v *Venue) bars() market.Time {
	next := market.MaxTime
	for _, s := range v.sides() {
		next = min(next, s.player.due())
	}
	return next
}

// catchUp lets everything happen up to the wall's time. It needs mu.
func (v *Venue) catchUp() { v.advance(v.clock.wall()) }

// advance lets everything happen up to a time, in order: the markets before the timers of
// an instant. It needs mu.
func (v *Venue) advance(to market.Time) {
	for next := v.next(); next <= to; next = v.next() {
		v.clock.now = max(v.clock.now, next)
		for _, s := range v.sides() {
			if s.due() <= v.clock.now {
				s.play(v.clock.now)
			}
		}
		for len(v.clock.timers) > 0 && v.clock.timers[0].at <= v.clock.now {
			heap.Pop(&v.clock.timers).(*timer).do()
		}
	}
	v.clock.now = max(v.clock.now, to)
}

// Stepped is where a step has led.
type Stepped struct {
	Time market.Time `json:"time"`
	// Sent counts the frames that each kind of connection was sent in all: "ws", "stream",
	// "ws-api", "public", "market", "private", "ws-fapi".
	Sent map[string]uint64 `json:"sent"`
}

// Step moves a stepped clock to the next instant at which a market moves, timers before
// it in their turn. It first waits until no request is being served and every frame was
// written to its connection, or until ctx ends. io.EOF is the end of the tape.
func (v *Venue) Step(ctx context.Context) (Stepped, error) { return v.StepUntil(ctx, market.MaxTime) }

// StepUntil is Step, but not beyond a time.
func (v *Venue) StepUntil(ctx context.Context, until market.Time) (Stepped, error) {
	if err := v.back(ctx); err != nil {
		return Stepped{}, err
	}
	if err := v.gate.idle(ctx); err != nil {
		return Stepped{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	next := v.landing()
	if next == market.MaxTime {
		return Stepped{Time: v.clock.now, Sent: v.hub.sent()}, io.EOF
	}
	bars := v.bars()
	v.advance(min(next, max(until, v.clock.now)))
	if v.clock.idle++; v.bars() != bars {
		v.clock.idle = 0
	}
	return Stepped{Time: v.clock.now, Sent: v.hub.sent()}, nil
}

// gate counts what is under way: requests that are served, frames that are not written yet.
type gate struct {
	mu   sync.Mutex
	busy int
	free chan struct{} // closed when busy falls to 0; nil where nobody waits
}

func (g *gate) enter() { g.add(1) }
func (g *gate) leave() { g.add(-1) }

// add counts what has come, or with a number below 0 what is over.
func (g *gate) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy += n; g.busy == 0 && g.free != nil {
		close(g.free)
		g.free = nil
	}
}

// idle waits until nothing is under way.
func (g *gate) idle(ctx context.Context) error {
	for {
		g.mu.Lock()
		if g.busy == 0 {
			g.mu.Unlock()
			return ctx.Err()
		}
		if g.free == nil {
			g.free = make(chan struct{})
		}
		free := g.free
		g.mu.Unlock()
		select {
		case <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sleep waits for a time, a channel or ctx, whose error it returns.
func sleep(ctx context.Context, d time.Duration, woken <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-woken:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
