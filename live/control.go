package live

import (
	"context"
	"errors"
	"sync"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Control is how others look at a session at work, and tell it things. Its methods may be
// called concurrently, and wait until the session is between two instants. The zero value
// is ready; it serves one session.
type Control struct {
	mu    sync.Mutex
	looks []look
	words []*told
	given []*told            // to the engine, in the instant at hand
	wake  context.CancelFunc // ends the wait that the session is in; nil: it is at work
	hears bool               // the journal has been fed again: a wait may be ended, and words be taken
	ended bool
	done  chan struct{} // closed with the session
}

// ErrEnded is returned where the session is over.
var ErrEnded = errors.New("the session has ended")

// look is one who wants to see the engine.
type look struct {
	see  func(*engine.Engine)
	done chan struct{}
}

// told is a word on its way into the journal.
type told struct {
	event market.Event
	done  chan struct{}
}

// Look calls see between two instants, on the session's goroutine: it should not take long,
// and keep nothing of what it is given.
func (c *Control) Look(ctx context.Context, see func(*engine.Engine)) error {
	l := look{see, make(chan struct{})}
	return c.await(ctx, l.done, func() { c.looks = append(c.looks, l) })
}

// Tell gives the session a word, and returns once it is on disk and has been acted on.
func (c *Control) Tell(ctx context.Context, say market.Command, w market.Word) error {
	t := &told{market.Event{Kind: market.KindCommand, Command: say, Instrument: market.NoInstrument, Word: &w}, make(chan struct{})}
	return c.await(ctx, t.done, func() { c.words = append(c.words, t) })
}

func (c *Control) await(ctx context.Context, done <-chan struct{}, enter func()) error {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return ErrEnded
	}
	enter()
	c.ring()
	ended := c.over()
	c.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-ended:
	}
	select {
	case <-done:
		return nil
	default:
		return ErrEnded
	}
}

// ring ends the wait that the session is in, if it hears; mu is held.
func (c *Control) ring() {
	if c.hears && c.wake != nil {
		c.wake()
	}
}

// hear says that words can be taken from now on. Before that nothing of the session may be
// cut short: it feeds its journal again, or connects to a venue.
func (c *Control) hear() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hears = true
	if len(c.looks)+len(c.words) > 0 {
		c.ring()
	}
}

// over returns what is closed with the session; mu is held.
func (c *Control) over() chan struct{} {
	if c.done == nil {
		c.done = make(chan struct{})
	}
	return c.done
}

// end tells those who wait that nobody serves them any more.
func (c *Control) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		close(c.over())
	}
}

// attend returns a context that ends as soon as somebody wants something; the session waits
// under it. rest is called when it waits no longer.
func (c *Control) attend(ctx context.Context) (waiting context.Context, rest func()) {
	waiting, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake = cancel
	if len(c.looks)+len(c.words) > 0 {
		c.ring()
	}
	return waiting, func() {
		c.mu.Lock()
		c.wake = nil
		c.mu.Unlock()
		cancel()
	}
}

// serve answers those whose word was committed with the last instant, and lets those see the
// engine who asked.
func (c *Control) serve(e *engine.Engine) {
	c.mu.Lock()
	looks, given := c.looks, c.given
	c.looks, c.given = nil, nil
	c.mu.Unlock()
	for _, t := range given {
		close(t.done)
	}
	for _, l := range looks {
		l.see(e)
		close(l.done)
	}
}

// word takes the next word that was told; nil is none.
func (c *Control) word() *told {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.words) == 0 {
		return nil
	}
	t := c.words[0]
	c.words = c.words[1:]
	c.given = append(c.given, t)
	return t
}

// worded is a replayed market with the words that are told among its events: each is of the
// time of the instant before it, and comes after all that the venue has to say at that time.
type worded struct {
	source  sim.Source
	control *Control
	last    market.Time // of the last instant; 0: there was none
	event   [1]market.Event
}

// Next returns the next instant of the market, as sim.Source says.
func (w *worded) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if w.last > 0 && limit > w.last {
		if t := w.control.word(); t != nil {
			word := *t.event.Word
			word.After = true
			w.event[0] = t.event
			w.event[0].Time, w.event[0].Word = w.last, &word
			return w.event[:], nil
		}
	}
	events, err := w.source.Next(ctx, limit)
	switch {
	case len(events) > 0:
		w.last = events[0].Time
		events[0].More = 0 // somebody may have a word in between
	case err == nil:
		w.last = max(w.last, limit) // for a timer, or the venue
	}
	return events, err
}

// attended is an engine's feed that serves a Control while it waits.
type attended struct {
	engine.Feed
	control *Control
	engine  *engine.Engine
}

// Next returns every event of the next instant, as engine.Feed says.
func (a *attended) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	for {
		a.control.serve(a.engine)
		waiting, rest := a.control.attend(ctx)
		events, err := a.Feed.Next(waiting, limit)
		asked := waiting.Err() != nil && ctx.Err() == nil
		rest()
		if err == nil || !asked || !errors.Is(err, context.Canceled) {
			return events, err
		}
	}
}
