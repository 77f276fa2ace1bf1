package exchangetest

import (
	"sync"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func cancelCases() []Case {
	return []Case{
		{Name: "cancel/resting", Doc: "an order that rests is cancelled; Updates, Order and Account say so", Says: saysCancel, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
			c.reaches(o, market.Cancelled)
			if u := c.stands(o); u.State != market.Cancelled {
				c.errorf("it stands at %s", u.State)
			}
			c.works(o, false)
		}},
		{Name: "cancel/twice-is-not-found", Doc: "an order that was cancelled is cancelled again", Says: saysCancel, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
			c.notThere(o)
		}},
		{Name: "cancel/filled-is-not-found", Doc: "an order that has traded is cancelled; Order says that it has traded", Says: saysCancel, run: func(c *trial) {
			o := c.buy("1")
			c.notThere(o)
			if u := c.stands(o); u.State != market.Filled {
				c.errorf("it stands at %s", u.State)
			}
		}},
		{Name: "cancel/never-placed-is-not-found", Doc: "what was never sent is cancelled", Says: saysCancel, run: func(c *trial) {
			c.notThere(c.order(market.Buy, market.Limit, "1", "95"))
		}},
		{Name: "cancel/only-the-one", Doc: "of two orders one is cancelled; the other works on", Says: saysCancel, run: func(c *trial) {
			a, b := c.submit(c.order(market.Buy, market.Limit, "1", "95")), c.submit(c.order(market.Buy, market.Limit, "1", "94"))
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, a.ID))
			c.reaches(a, market.Cancelled)
			c.works(b, true)
		}},
		{Name: "cancel/races-a-fill", Doc: "an order is cancelled while the price comes to it: it has traded or was cancelled, not both", Says: saysCancel, plan: moves("90"), run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			var g sync.WaitGroup
			var err error
			g.Go(func() { err = c.Broker.Cancel(c.ctx, c.Instrument, o.ID) })
			c.Next()
			g.Wait()
			u := c.ends(o)
			switch n := len(c.traded(o.ID)); {
			case u.State == market.Cancelled && (err != nil || n > 0):
				c.errorf("it was cancelled, with %d fills and the error %v", n, err)
			case u.State == market.Filled && (err == nil || n == 0):
				c.errorf("it has traded, with %d fills and the error %v of the cancel", n, err)
			}
			if s := c.stands(o); s.State != u.State {
				c.errorf("Updates says %s and Order %s", u.State, s.State)
			}
		}},
	}
}

// notThere cancels what cannot be cancelled.
func (c *trial) notThere(o market.Order) {
	err := c.Broker.Cancel(c.ctx, c.Instrument, o.ID)
	c.fault("cancel "+describe(o), err, exchange.ErrNotFound)
}
