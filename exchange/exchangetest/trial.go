package exchangetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// trial is one case being played.
type trial struct {
	*testing.T
	*Stage
	plan     Plan
	virtual  bool          // time costs nothing
	patience time.Duration // how long to wait for what must come

	ctx     context.Context
	cancel  context.CancelFunc
	wait    sync.WaitGroup
	unwatch func() // ends Updates
	next    uint32 // sequence of the last order

	mu       sync.Mutex
	changed  chan struct{} // closed when any of what follows changes
	events   []exchange.AccountEvent
	readies  int
	answers  []market.OrderUpdate // of Submit
	failures []string
	skipped  string
}

// stop ends a case early.
type stop struct{}

// play runs a case while the account is watched.
func (c *trial) play(k Case) {
	c.ctx, c.cancel = context.WithCancel(c.T.Context())
	defer func() {
		if r := recover(); r != nil && r != (stop{}) {
			panic(r)
		}
	}()
	c.watch()
	k.run(c)
}

// end waits for what the case started.
func (c *trial) end() {
	c.cancel()
	done := make(chan struct{})
	go func() { c.wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(c.patience):
		c.errorf("a stream goes on although its context has ended")
	}
}

// watch follows the account's updates, and waits until they are subscribed.
func (c *trial) watch() {
	ctx, cancel := context.WithCancel(c.ctx)
	done, before := make(chan struct{}), c.readies
	c.unwatch = func() { cancel(); <-done }
	c.goes(ctx, "Updates", func() error {
		defer close(done)
		return c.Broker.Updates(ctx, func() { c.note(func() { c.readies++ }) }, func(e exchange.AccountEvent) { c.note(func() { c.events = append(c.events, e) }) })
	})
	c.await("ready, from Updates", func() bool { return c.readies > before })
}

// goes runs a stream, which must end with its context and that one's error alone.
func (c *trial) goes(ctx context.Context, what string, f func() error) {
	c.wait.Go(func() {
		if err := f(); !errors.Is(err, context.Canceled) || ctx.Err() == nil {
			c.errorf("%s ended with %v, and not with the context's error", what, err)
		}
	})
}

func (c *trial) note(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

// await waits until f, which may read what is noted, is true.
func (c *trial) await(what string, f func() bool) {
	if !c.waits(f) {
		c.fatalf("%s did not come; there came %s", what, c.story())
	}
}

func (c *trial) waits(f func() bool) bool {
	late := time.NewTimer(c.patience)
	defer late.Stop()
	for {
		c.mu.Lock()
		ok, changed := f(), c.changed
		c.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-late.C:
			return false
		}
	}
}

// story says what the account was told, for a failure.
func (c *trial) story() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := ""
	for _, e := range c.events {
		switch {
		case e.Update != nil && e.Update.Fill != nil:
			text += fmt.Sprintf(" [%s %s: fill of %s at %s]", e.Update.ID, e.Update.State, e.Update.Fill.Quantity, e.Update.Fill.Price)
		case e.Update != nil:
			text += fmt.Sprintf(" [%s %s %s]", e.Update.ID, e.Update.State, e.Update.Reason)
		case e.Flow != nil:
			text += fmt.Sprintf(" [flow of %s %s]", e.Flow.Amount, e.Flow.Asset)
		case e.Gap != nil:
			text += " [gap]"
		case e.Fault != nil:
			text += " [" + e.Fault.Error() + "]"
		}
	}
	if text == "" {
		return "nothing"
	}
	return text[1:]
}

// errorf notes a failure.
func (c *trial) errorf(format string, args ...any) {
	c.note(func() { c.failures = append(c.failures, fmt.Sprintf(format, args...)) })
}

// fatalf notes a failure and ends the case. Only the case's own goroutine calls it.
func (c *trial) fatalf(format string, args ...any) {
	c.errorf(format, args...)
	panic(stop{})
}

// skipf ends a case that says nothing here.
func (c *trial) skipf(format string, args ...any) {
	c.note(func() { c.skipped = fmt.Sprintf(format, args...) })
	panic(stop{})
}

// needs skips a case where the stage lacks a means.
func (c *trial) needs(there bool, what string) {
	if !there {
		c.skipf("the stage cannot %s", what)
	}
}

// trouble lets the next request go wrong.
func (c *trial) trouble(t Trouble) {
	c.needs(c.Trouble != nil && c.Trouble(t), "make "+t.String())
}

// must ends the case where something that has to work did not.
func (c *trial) must(what string, err error) {
	if err != nil {
		c.fatalf("%s: %v", what, err)
	}
}

// fault checks that an error is a *Fault of a kind, and returns it.
func (c *trial) fault(what string, err error, kinds ...error) *exchange.Fault {
	var f *exchange.Fault
	if !errors.As(err, &f) {
		c.fatalf("%s: the error is %v (%T), and not a *exchange.Fault", what, err, err)
	}
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return f
		}
	}
	c.fatalf("%s: the fault is %q, and not one of %v", what, err, kinds)
	return nil
}

func (c *trial) equal(what string, got, want decimal.Decimal) {
	if !got.Equal(want) {
		c.errorf("%s is %s, and not %s", what, got, want)
	}
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func decNull(s string) decimal.NullDecimal { return decimal.NewNullDecimal(dec(s)) }
