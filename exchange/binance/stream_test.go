package binance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func subscription(symbol string, d market.Interval, usdm bool) exchange.Subscription {
	sub := exchange.Subscription{Instrument: market.Instrument{Symbol: symbol}, Interval: d}
	if usdm {
		sub.Instrument.Margin = &market.Margin{}
	}
	return sub
}

var hostileHours = flag.Int("hostile", 1, "how many hours, by the venue's clock, TestStreamTellsEachBarOnce lives through with each of twice as many seeds")

// TestStreamTellsEachBarOnce runs against a venue that drops, doubles and reorders frames,
// loses the closing ones, cuts connections and leaves them half open: each bar comes once,
// in order, and behind the gap that announced it.
func TestStreamTellsEachBarOnce(t *testing.T) {
	for seed := range 2 * uint64(*hostileHours) {
		for _, usdm := range []bool{false, true} {
			t.Run(fmt.Sprint(seed, usdm), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { runHostile(t, seed, usdm, time.Duration(*hostileHours)*time.Hour) })
			})
		}
	}
}

func runHostile(t *testing.T, seed uint64, usdm bool, long time.Duration) {
	h := newHostile(seed)
	h.usdm = usdm
	h.funded = market.Hour
	h.absent = func(symbol string, open market.Time) bool { return symbol == "ETHUSDT" && open.Millis()/60_000%7 == 3 }
	later()
	m, n := h.market(t)
	begun := market.TimeOf(time.Now())
	subs := []exchange.Subscription{subscription("BTCUSDT", market.Minute, usdm), subscription("ETHUSDT", market.Minute, usdm), subscription("BTCUSDT", market.Hour, usdm), subscription("BNBUSDT", 5*market.Minute, usdm)}
	subs[3].After = 5 * market.Minute.Floor(begun) / 5
	subs[3].After = (5 * market.Minute).Floor(begun) - 3*market.Time(market.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	c := newChecker(t, h, subs, begun)
	if err := m.Stream(ctx, subs, c.ready, c.emit); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	synctest.Wait()
	if open := n.open.Load(); open != 0 {
		t.Errorf("%d ends of connections are open", open)
	}
	c.finish(market.TimeOf(time.Now()) - market.Time(3*time.Minute))
	t.Logf("%d dials, %d gaps, %d late, %d in all, %d fundings, %d requests", n.dials.Load(), c.gaps, c.late, c.bars, c.fundings, len(h.requests))
}

// A checker holds what a stream says against what the venue had.
type checker struct {
	t                          *testing.T
	h                          *hostile
	subs                       []exchange.Subscription
	begun                      market.Time
	next                       []market.Time
	covered                    []market.Time
	readies                    int
	bars, late, gaps, fundings int
	funded                     map[int]market.Time
}

func newChecker(t *testing.T, h *hostile, subs []exchange.Subscription, begun market.Time) *checker {
	c := &checker{t: t, h: h, subs: subs, begun: begun, next: make([]market.Time, len(subs)), covered: make([]market.Time, len(subs)), funded: map[int]market.Time{}}
	for i, s := range subs {
		c.next[i] = s.Interval.Floor(begun)
		if s.After > 0 {
			c.next[i] = s.After
		}
	}
	return c
}

func (c *checker) ready() {
	c.readies++
	for i := range c.covered {
		c.covered[i] = market.TimeOf(time.Now()) + 60*second // asked for at the start, which takes its time
	}
}

func (c *checker) emit(e exchange.Event) {
	i := e.Subscription
	switch d := market.Time(c.subs[i].Interval); {
	case e.Gap != nil:
		if c.gaps++; e.Gap.From > e.Gap.To || e.Gap.Reason == "" {
			c.t.Errorf("gap %+v", e.Gap)
		}
		c.covered[i] = max(c.covered[i], e.Gap.To)
	case e.Funding != nil:
		if c.fundings++; e.Funding.Time <= c.funded[i] || !c.h.funded.Aligned(e.Funding.Time) {
			c.t.Errorf("funding at %s after %s", e.Funding.Time, c.funded[i])
		}
		if c.funded[i] > 0 && e.Funding.Time != c.funded[i]+market.Time(c.h.funded) {
			c.t.Errorf("no funding between %s and %s", c.funded[i], e.Funding.Time)
		}
		c.funded[i] = e.Funding.Time
	default:
		c.bars++
		for ; c.next[i] < e.Bar.OpenTime; c.next[i] += d {
			c.absent(i)
		}
		if e.Bar.OpenTime != c.next[i] || e.Bar != barAt(c.subs[i].Instrument.Symbol, c.subs[i].Interval, e.Bar.OpenTime) {
			c.t.Errorf("subscription %d: bar %+v, expected that of %s", i, e.Bar, c.next[i])
		}
		if e.Late {
			if c.late++; e.Bar.OpenTime+d > c.covered[i] {
				c.t.Errorf("subscription %d: the late bar of %s was not announced: gap up to %s", i, e.Bar.OpenTime, c.covered[i])
			}
		}
		c.next[i] = e.Bar.OpenTime + d
	}
}

// absent complains of a bar that should have come.
func (c *checker) absent(i int) {
	if c.h.has(c.subs[i].Instrument.Symbol, c.next[i]) {
		c.t.Errorf("subscription %d: the bar of %s is missing", i, c.next[i])
	}
}

// finish checks that everything up to a time has come.
func (c *checker) finish(end market.Time) {
	if c.readies != 1 {
		c.t.Errorf("ready %d times", c.readies)
	}
	for i, s := range c.subs {
		for ; c.next[i]+market.Time(s.Interval) < end; c.next[i] += market.Time(s.Interval) {
			c.absent(i)
		}
		if s.Instrument.Margin != nil && i != 2 && c.funded[i] < c.h.funded.Floor(end) {
			c.t.Errorf("subscription %d: the last funding is that of %s", i, c.funded[i])
		}
	}
}

// later lets the years pass until a day that the venue may have: bubbles begin in 2000.
func later() { time.Sleep(time.Until(time.Date(2024, 5, 1, 8, 29, 40, 0, time.UTC))) }
