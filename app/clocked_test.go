package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// clocked is a market whose bars come when the clock says so, and whose signals come when
// the feeds hand them over. Bars that were missed while nothing ran stay missing; signals
// that were stored meanwhile are told first.
type clocked struct {
	*virtualMonth
	bars  *backtest.Feed
	rows  []market.Signal // of the store, then those that arrived; not yet told
	wake  chan struct{}
	ready chan struct{} // closed once rows of the store are those that came before
	once  sync.Once
	last  market.Time // of the instant told last
}

func (c *clocked) open() { c.once.Do(func() { close(c.ready) }) }

// Skip implements live.Market.
func (c *clocked) Skip(to market.Time) { c.last = to }

// take takes news of the feeds.
func (c *clocked) take(news []market.Signal) {
	for i := range news {
		c.count("revision", min(1, news[i].Revision))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows = append(c.rows, news...)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Next implements sim.Source.
func (c *clocked) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	c.once.Do(func() {
		c.bars.Skip(market.TimeOf(time.Now()))
		c.rows = slices.DeleteFunc(c.rows, func(s market.Signal) bool { return s.Known <= c.last })
		close(c.ready)
	})
	for ctx.Err() == nil {
		now := market.TimeOf(time.Now())
		due := c.due()
		events, err := c.bars.Next(ctx, min(limit, now, due))
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			events[0].More, c.last = 0, events[0].Time
			return events, nil
		}
		if due <= min(limit, now) {
			return c.tell(due), nil
		}
		if limit <= now {
			return nil, nil
		}
		c.sleep(ctx, min(limit, now/market.Time(market.Hour)*market.Time(market.Hour)+market.Time(market.Hour)))
	}
	return nil, ctx.Err()
}

// due returns when the next signal is told: once it is known, and after what was told.
func (c *clocked) due() market.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) == 0 {
		return market.MaxTime
	}
	return max(c.rows[0].Known, c.last+1)
}

// tell hands out the signals of an instant.
func (c *clocked) tell(at market.Time) (events []market.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.rows[0].Known
	for len(c.rows) > 0 && c.rows[0].Known == known {
		s := c.rows[0]
		c.rows = c.rows[1:]
		events = append(events, market.Event{Time: at, Kind: market.KindSignal, Instrument: market.NoInstrument, Signal: &s})
	}
	slices.SortFunc(events, func(a, b market.Event) int { return a.Signal.Compare(b.Signal) })
	c.last = at
	return events
}

func (c *clocked) sleep(ctx context.Context, until market.Time) {
	timer := time.NewTimer(time.Until(until.UTC()))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.wake:
	case <-ctx.Done():
	}
}
