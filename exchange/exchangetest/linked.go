package exchangetest

import (
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func linkedCases() []Case {
	return []Case{
		{Name: "linked/oco-target-cancels-stop", Doc: "of a target at 110 and a stop at 90 the price reaches the target: it trades, the stop is cancelled", Says: saysList, plan: moves("100", "100", "112"), run: func(c *trial) {
			list := c.pair()
			c.plays(2)
			c.reaches(list[0], market.Filled)
			c.reaches(list[1], market.Cancelled)
			c.filled(list[0], "1", "110", "110")
		}},
		{Name: "linked/oco-stop-cancels-target", Doc: "of a target at 110 and a stop at 90 the price reaches the stop: it trades, the target is cancelled", Says: saysList, plan: moves("100", "100", "88"), run: func(c *trial) {
			list := c.pair()
			c.plays(2)
			c.reaches(list[1], market.Filled)
			c.await("the end of the target", func() bool { s := c.last(list[0].ID).State; return s == market.Cancelled || s == market.Expired })
			c.filled(list[1], "1", "88", "90")
		}},
		{Name: "linked/oco-is-named-and-listed", Doc: "both orders of a pair work, under their own client order ids", Says: saysNames, run: func(c *trial) {
			for _, o := range c.pair() {
				if open, ok := c.open(o.ID); !ok || open.Client != c.Names.Client(o.ID) {
					c.errorf("%s is listed as %+v", describe(o), open)
				}
			}
		}},
		{Name: "linked/cancel-of-one-ends-the-pair", Doc: "one order of a pair is cancelled: both end", Says: saysList, run: func(c *trial) {
			list := c.pair()
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, list[0].ID))
			c.reaches(list[0], market.Cancelled)
		}},
		{Name: "linked/whole-or-not-at-all", Doc: "the second order of a pair breaks a filter: neither exists", Says: saysList, run: func(c *trial) {
			l := c.lister()
			c.buy("2")
			list := c.exits()
			list[1].Stop = list[1].Stop.Add(half(c.Instrument.Tick))
			_, err := l.SubmitList(c.ctx, c.Instrument, list)
			c.fault("submit the pair", err, exchange.ErrRejected)
			for _, o := range list {
				c.works(o, false)
				c.missing(o)
			}
		}},
		{Name: "linked/exit-waits-for-its-entry", Doc: "a buy at 95 with a target at 110 and a stop at 80: the exits trade only after the entry", Says: saysList, plan: moves("100", "112", "100", "90", "112"), run: func(c *trial) {
			l := c.lister()
			entry := c.order(market.Buy, market.Limit, "1", "95")
			target, stop := c.order(market.Sell, market.Limit, "0.9", "110"), c.order(market.Sell, market.Stop, "0.9", "80")
			for _, x := range []*market.Order{&target, &stop} {
				x.Parent, x.Group = entry.ID, "exits"
			}
			c.sends(l, entry, target, stop)
			c.plays(2)
			c.settle()
			if n := len(c.traded(target.ID)); n > 0 {
				c.fatalf("the target trades before its entry")
			}
			c.plays(3)
			c.reaches(entry, market.Filled)
			c.reaches(target, market.Filled)
			c.filled(target, "0.9", "110", "110")
		}},
	}
}

// lister is the broker as one whose venue links orders.
func (c *trial) lister() exchange.Lister {
	l, ok := c.Broker.(exchange.Lister)
	c.needs(ok, "link orders: the broker is no exchange.Lister")
	return l
}

// exits are a target and a stop that exclude each other.
func (c *trial) exits() []market.Order {
	target, stop := c.order(market.Sell, market.Limit, "1", "110"), c.order(market.Sell, market.Stop, "1", "90")
	target.Group, stop.Group = "exits", "exits"
	return []market.Order{target, stop}
}

// pair buys 2, and sends a target and a stop of 1.
func (c *trial) pair() []market.Order {
	l := c.lister()
	c.buy("2")
	return c.sends(l, c.exits()...)
}

func (c *trial) sends(l exchange.Lister, list ...market.Order) []market.Order {
	updates, err := l.SubmitList(c.ctx, c.Instrument, list)
	c.must("submit the list", err)
	if len(updates) != len(list) {
		c.fatalf("%d orders are answered by %d updates", len(list), len(updates))
	}
	for k, u := range updates {
		c.answered(list[k], u)
	}
	return list
}

func amendCases() []Case {
	return []Case{
		{Name: "amend/smaller-quantity", Doc: "a buy of 2 at 95 becomes one of 1 in place, and trades as that", Says: saysAmend, plan: moves("100", "90"), run: func(c *trial) {
			a := c.amender()
			o := c.submit(c.order(market.Buy, market.Limit, "2", "95"))
			o.Quantity = dec("1")
			c.amends(a, o)
			c.plays(2)
			c.reaches(o, market.Filled)
			c.filled(o, "1", "95", "95")
		}},
		{Name: "amend/keeps-its-name", Doc: "an order that was changed is listed under its client order id, once", Says: saysAmend, run: func(c *trial) {
			a := c.amender()
			o := c.submit(c.order(market.Buy, market.Limit, "2", "95"))
			o.Quantity = dec("1")
			c.amends(a, o)
			open, _ := c.open(o.ID)
			if c.works(o, true); open.Client != c.Names.Client(o.ID) {
				c.errorf("it is called %q", open.Client)
			}
		}},
		{Name: "amend/never-placed-is-an-error", Doc: "what was never sent is changed: ErrNotFound or ErrRejected, and it does not come to exist", Says: saysAmend, run: func(c *trial) {
			a := c.amender()
			o := c.order(market.Buy, market.Limit, "1", "95")
			_, err := a.Amend(c.ctx, c.Instrument, o)
			c.fault("amend", err, exchange.ErrNotFound, exchange.ErrRejected)
			c.missing(o)
		}},
		{Name: "amend/breaks-a-filter", Doc: "a change to a quantity off the step is rejected, and the order is as it was", Says: saysAmend, run: func(c *trial) {
			a := c.amender()
			o := c.submit(c.order(market.Buy, market.Limit, "2", "95"))
			changed := o
			changed.Quantity = dec("1").Add(half(c.Instrument.Step))
			_, err := a.Amend(c.ctx, c.Instrument, changed)
			c.fault("amend", err, exchange.ErrRejected)
			if open, ok := c.open(o.ID); ok {
				c.shows(open, o)
			} else {
				c.errorf("it is gone")
			}
		}},
	}
}

// amender is the broker as one whose venue changes orders in place.
func (c *trial) amender() exchange.Amender {
	a, ok := c.Broker.(exchange.Amender)
	c.needs(ok, "change orders in place: the broker is no exchange.Amender")
	return a
}

func (c *trial) amends(a exchange.Amender, o market.Order) {
	u, err := a.Amend(c.ctx, c.Instrument, o)
	c.must("amend "+describe(o), err)
	if u.ID != o.ID || u.State != market.Accepted {
		c.errorf("amend answers with %s of %q", u.State, u.ID)
	}
	if open, ok := c.open(o.ID); ok {
		c.shows(open, o)
	}
}

func deadmanCases() []Case {
	return []Case{
		{Name: "deadman/silence-cancels", Doc: "a count-down of two minutes runs out: the orders are cancelled", Says: saysDeadMan, run: func(c *trial) {
			o := c.counted(2 * time.Minute)
			c.plays(3)
			c.reaches(o, market.Cancelled)
		}},
		{Name: "deadman/a-word-in-time-keeps-orders", Doc: "the count-down is started anew each minute: the orders work on", Says: saysDeadMan, run: func(c *trial) {
			o := c.counted(2 * time.Minute)
			for range 4 {
				c.Next()
				c.must("keep alive", c.Broker.(exchange.DeadMan).KeepAlive(c.ctx, c.Instrument, 2*time.Minute))
			}
			c.works(o, true)
		}},
		{Name: "deadman/can-be-turned-off", Doc: "the count-down is turned off: the orders work on", Says: saysDeadMan, run: func(c *trial) {
			o := c.counted(2 * time.Minute)
			c.must("turn it off", c.Broker.(exchange.DeadMan).KeepAlive(c.ctx, c.Instrument, 0))
			c.plays(4)
			c.works(o, true)
		}},
	}
}

// counted places an order under a count-down.
func (c *trial) counted(within time.Duration) market.Order {
	d, ok := c.Broker.(exchange.DeadMan)
	c.needs(ok, "count down: the broker is no exchange.DeadMan")
	o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
	c.must("keep alive", d.KeepAlive(c.ctx, c.Instrument, within))
	return o
}
