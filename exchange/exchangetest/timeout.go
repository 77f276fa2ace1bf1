package exchangetest

import (
	"context"
	"errors"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func timeoutCases() []Case {
	return []Case{
		{Name: "timeouts/accepted-then-lost-is-unknown-and-found", Doc: "the venue takes an order and its answer is lost: ErrUnknown, and Order finds it", Says: saysUnknown, run: func(c *trial) {
			c.found(c.lost(LoseReply))
		}},
		{Name: "timeouts/lost-on-the-way-is-unknown-and-absent", Doc: "a request never arrives: ErrUnknown, since nobody can tell, and Order does not find it", Says: saysUnknown, run: func(c *trial) {
			o := c.lost(LoseRequest)
			c.missing(o)
			c.works(o, false)
		}},
		{Name: "timeouts/said-unknown-is-found", Doc: "the venue takes an order and answers that it does not know: ErrUnknown, and Order finds it", Says: saysUnknown, run: func(c *trial) {
			c.found(c.lost(SayUnknown))
		}},
		{Name: "timeouts/garbage-is-unknown", Doc: "the venue takes an order and answers with what is no answer: ErrUnknown, and Order finds it", Says: saysUnknown, run: func(c *trial) {
			c.found(c.lost(TroubledBody))
		}},
		{Name: "timeouts/never-resent", Doc: "an answer is lost; the venue was asked once, however long one waits", Says: saysUnknown, run: func(c *trial) {
			c.needs(c.Sent != nil, "count requests")
			before := c.Sent()
			o := c.lost(LoseReply)
			c.plays(2)
			c.stands(o)
			if n := c.Sent() - before; n != 1 {
				c.errorf("the order was sent %d times", n)
			}
		}},
		{Name: "timeouts/lost-orders-are-told-by-updates", Doc: "the answer to a market order is lost; its fill comes from Updates all the same, once", Says: saysUnknown, run: func(c *trial) {
			c.trouble(LoseReply)
			o := c.order(market.Buy, market.Market, "1", "")
			_, err := c.Broker.Submit(c.ctx, c.Instrument, o)
			c.fault("submit", err, exchange.ErrUnknown)
			c.Next()
			c.reaches(o, market.Filled)
			c.settle()
			c.filled(o, "1", "100", "100")
		}},
		{Name: "timeouts/resolved-as-found", Doc: "an answer is lost; exchange.Resolve finds the order by asking", Says: saysUnknown, run: func(c *trial) {
			o, err := c.lostFault(LoseReply)
			u, err := c.resolves(o, err)
			c.must("resolve", err)
			if u.ID != o.ID || u.State != market.Accepted {
				c.errorf("it is resolved as %s of %q", u.State, u.ID)
			}
		}},
		{Name: "timeouts/resolved-as-absent", Doc: "a request never arrives; exchange.Resolve proves by asking that the order does not exist, within two minutes", Says: saysUnknown, run: func(c *trial) {
			o, err := c.lostFault(LoseRequest)
			began := time.Now()
			_, err = c.resolves(o, err)
			c.fault("resolve", err, exchange.ErrNotFound)
			if d := time.Since(began); d > 2*time.Minute {
				c.errorf("it takes %s", d)
			}
			c.works(o, false)
		}},
		{Name: "timeouts/found-late-is-not-absent", Doc: "the venue does not find an order for a while: ErrNotFound, and later it is there", Says: saysOrder, run: func(c *trial) {
			c.needs(c.Hide != nil, "hide orders")
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.Hide(1)
			c.missing(o)
			c.found(o)
		}},
		{Name: "timeouts/lost-cancel-is-unknown", Doc: "the venue cancels an order and its answer is lost: ErrUnknown, and Order says what became of it", Says: saysUnknown, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.trouble(LoseCancel)
			c.fault("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID), exchange.ErrUnknown)
			if u := c.stands(o); u.State != market.Cancelled {
				c.errorf("it stands at %s", u.State)
			}
		}},
		{Name: "timeouts/a-busy-venue", Doc: "a page of HTML says that the service is unavailable: ErrUnknown or ErrUnavailable, never ErrRejected, and it was sent once", Says: saysUnknown, run: func(c *trial) {
			before := 0
			if c.Sent != nil {
				before = c.Sent()
			}
			c.trouble(Busy)
			_, err := c.Broker.Submit(c.ctx, c.Instrument, c.order(market.Buy, market.Limit, "1", "95"))
			f := c.fault("submit", err, exchange.ErrUnknown, exchange.ErrUnavailable)
			if errors.Is(f, exchange.ErrUnknown) && c.Sent != nil && c.Sent()-before != 1 {
				c.errorf("it was sent %d times", c.Sent()-before)
			}
		}},
		{Name: "timeouts/rate-limit-says-until", Doc: "the venue says that there were too many requests: ErrUnavailable, with the time to wait", Says: saysUnavailable, run: func(c *trial) {
			c.trouble(Limited)
			o := c.order(market.Buy, market.Limit, "1", "95")
			_, err := c.Broker.Submit(c.ctx, c.Instrument, o)
			if f := c.fault("submit", err, exchange.ErrUnavailable); f.Until.IsZero() {
				c.errorf("it does not say until when: %v", f)
			}
		}},
		{Name: "timeouts/clock-off-is-mended", Doc: "the adapter's clock goes two minutes wrong; orders are taken all the same", Says: saysUnavailable, run: func(c *trial) {
			c.needs(c.Skew != nil, "set a clock off")
			for _, by := range []time.Duration{2 * time.Minute, -2 * time.Minute} {
				c.Skew(by)
				c.works(c.submit(c.order(market.Buy, market.Limit, "1", "95")), true)
			}
		}},
	}
}

// lost sends an order whose outcome must be unknown.
func (c *trial) lost(t Trouble) market.Order {
	o, _ := c.lostFault(t)
	return o
}

// resolves finds out what became of an order, where waiting for that costs nothing.
func (c *trial) resolves(o market.Order, failed error) (market.OrderUpdate, error) {
	c.needs(c.virtual, "let time pass without waiting")
	return exchange.Resolve(c.ctx, c.Broker, c.Instrument, o.ID, failed, time.Now, nil)
}

// lostFault is lost, and returns why the outcome is unknown.
func (c *trial) lostFault(t Trouble) (market.Order, error) {
	c.trouble(t)
	o := c.order(market.Buy, market.Limit, "1", "95")
	_, err := c.Broker.Submit(c.ctx, c.Instrument, o)
	return o, c.fault("submit, with "+t.String(), err, exchange.ErrUnknown)
}

// found checks that an order works, once, and says so.
func (c *trial) found(o market.Order) {
	if u := c.stands(o); u.State != market.Accepted {
		c.errorf("it stands at %s", u.State)
	}
	c.works(o, true)
}

func contextCases() []Case {
	return []Case{
		{Name: "context/ended-before-sends-nothing", Doc: "the context has ended before Submit: its error comes back, and the venue was not asked", Says: saysContext, run: func(c *trial) {
			before := 0
			if c.Sent != nil {
				before = c.Sent()
			}
			ctx, cancel := context.WithCancel(c.ctx)
			cancel()
			o := c.order(market.Buy, market.Limit, "1", "95")
			if _, err := c.Broker.Submit(ctx, c.Instrument, o); !errors.Is(err, context.Canceled) || errors.Is(err, exchange.ErrUnknown) {
				c.errorf("the error is %v", err)
			}
			if c.Sent != nil && c.Sent() != before {
				c.errorf("the venue was asked")
			}
			c.missing(o)
		}},
		{Name: "context/ended-while-sent-is-unknown", Doc: "the context ends while an answer is awaited: ErrUnknown, and Order finds what the venue took", Says: saysContext, run: func(c *trial) {
			c.trouble(LoseReply)
			ctx, cancel := context.WithTimeout(c.ctx, 50*time.Millisecond)
			defer cancel()
			o := c.order(market.Buy, market.Limit, "1", "95")
			_, err := c.Broker.Submit(ctx, c.Instrument, o)
			c.fault("submit", err, exchange.ErrUnknown)
			c.found(o)
		}},
		{Name: "context/questions-end-with-it", Doc: "Account, Order and Cancel with a context that has ended return its error", Says: saysContext, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			ctx, cancel := context.WithCancel(c.ctx)
			cancel()
			_, account := c.Broker.Account(ctx)
			_, order := c.Broker.Order(ctx, c.Instrument, o.ID)
			for what, err := range map[string]error{"Account": account, "Order": order, "Cancel": c.Broker.Cancel(ctx, c.Instrument, o.ID)} {
				if !errors.Is(err, context.Canceled) {
					c.errorf("%s returns %v", what, err)
				}
			}
			c.works(o, true)
		}},
		{Name: "context/updates-end-with-it", Doc: "the context of Updates ends; it returns its error, and another one may begin", Says: saysStreamEnd, run: func(c *trial) {
			c.unwatch()
			ctx, cancel := context.WithCancel(c.ctx)
			done, ready := make(chan error, 1), make(chan struct{}, 9)
			go func() {
				done <- c.Broker.Updates(ctx, func() { ready <- struct{}{} }, func(exchange.AccountEvent) {})
			}()
			<-ready
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				c.errorf("it returns %v", err)
			}
			c.watch()
			c.settle()
		}},
		{Name: "context/fills-end-with-it", Doc: "Fills with a context that has ended yields its error and no more", Says: saysContext, run: func(c *trial) {
			c.buy("1")
			ctx, cancel := context.WithCancel(c.ctx)
			cancel()
			var last error
			for _, err := range c.Broker.Fills(ctx, c.Instrument, exchange.Cursor{}) {
				last = err
			}
			if !errors.Is(last, context.Canceled) {
				c.errorf("it ends with %v", last)
			}
		}},
	}
}
