package exchangetest

import "github.com/signalman-trading/signalman/market"

func triggerCases() []Case {
	return []Case{
		{Name: "orders/stop-sell-triggers", Doc: "a stop at 95 below a position sells when the price falls to 90, no better than 95", Says: saysStop, plan: moves("100", "100", "90"), run: func(c *trial) {
			c.triggers(c.order(market.Sell, market.Stop, "1", "95"), "90", "95")
		}},
		{Name: "orders/stop-buy-triggers", Doc: "a stop at 105 buys when the price rises to 110, no better than 105", Says: saysStop, plan: moves("100", "100", "110"), run: func(c *trial) {
			c.triggers(c.order(market.Buy, market.Stop, "1", "105"), "105", "110")
		}},
		{Name: "orders/stop-waits", Doc: "the price comes near a stop and turns; nothing trades, and the order works on", Says: saysStop, plan: moves("100", "96", "104"), run: func(c *trial) {
			c.buy("2")
			o := c.submit(c.order(market.Sell, market.Stop, "1", "95"))
			c.plays(2)
			c.settle()
			c.works(o, true)
			if n := len(c.traded(o.ID)); n > 0 {
				c.errorf("it trades")
			}
		}},
		{Name: "orders/stop-limit-sells-at-its-limit", Doc: "from 95 on a sell at 94 is on the market: it trades no worse than 94", Says: saysStop, plan: moves("100", "100", "94.5", "94.5"), run: func(c *trial) {
			o := c.order(market.Sell, market.StopLimit, "1", "95")
			o.Price = dec("94")
			c.triggers(o, "94", "95")
		}},
		{Name: "orders/stop-limit-rests-where-the-price-is-gone", Doc: "the price falls through stop and limit, and comes back: the order trades at its limit", Says: saysStop, plan: moves("100", "100", "96", "90", "100"), run: func(c *trial) {
			c.buy("2")
			o := c.order(market.Sell, market.StopLimit, "1", "95")
			o.Price = dec("94.9")
			c.submit(o)
			c.plays(4)
			c.reaches(o, market.Filled)
			c.filled(o, "1", "94.9", "95")
		}},
		{Name: "orders/take-profit-sells", Doc: "a take-profit at 105 sells when the price rises to 110", Says: saysStop, plan: moves("100", "100", "110"), run: func(c *trial) {
			c.triggers(c.order(market.Sell, market.TakeProfit, "1", "105"), "105", "110")
		}},
		{Name: "orders/take-profit-buys", Doc: "a take-profit at 95 buys when the price falls to 90", Says: saysStop, plan: moves("100", "100", "90"), run: func(c *trial) {
			c.triggers(c.order(market.Buy, market.TakeProfit, "1", "95"), "90", "95")
		}},
		{Name: "orders/take-profit-limit-sells", Doc: "from 105 on a sell at 105 is on the market, and trades no worse", Says: saysStop, plan: moves("100", "100", "110"), run: func(c *trial) {
			c.triggers(c.order(market.Sell, market.TakeProfitLimit, "1", "105"), "105", "110")
		}},
		{Name: "orders/trailing-stop-follows", Doc: "a stop 5 % behind the price follows it to 120, and sells when it turns to 110", Says: saysStop, plan: moves("100", "100", "120", "110"), run: func(c *trial) {
			c.buy("2")
			o := c.order(market.Sell, market.TrailingStop, "1", "")
			o.Stop, o.Trail = dec("0"), market.Trail{By: dec("5"), Unit: market.TrailPercent}
			c.submit(o)
			c.plays(3)
			c.reaches(o, market.Filled)
			c.filled(o, "1", "110", "114")
		}},
		{Name: "orders/trailing-stop-waits-for-its-activation", Doc: "a stop 5 % behind the price that follows from 110 on does not mind a fall before", Says: saysStop, plan: moves("100", "92", "100"), run: func(c *trial) {
			c.buy("2")
			o := c.order(market.Sell, market.TrailingStop, "1", "")
			o.Stop, o.Trail = dec("0"), market.Trail{By: dec("5"), Unit: market.TrailPercent, Activate: dec("110")}
			c.submit(o)
			c.plays(2)
			c.settle()
			c.works(o, true)
		}},
		{Name: "orders/stop-that-would-trigger-is-rejected", Doc: "a stop sell at 105 arrives at 100, and a stop buy at 95", Says: saysStop, run: func(c *trial) {
			c.buy("2")
			c.refused(c.order(market.Sell, market.Stop, "1", "105"))
			c.refused(c.order(market.Buy, market.Stop, "1", "95"))
		}},
		{Name: "orders/take-profit-that-would-trigger-is-rejected", Doc: "a take-profit sell at 95 arrives at 100", Says: saysStop, run: func(c *trial) {
			c.buy("2")
			c.refused(c.order(market.Sell, market.TakeProfit, "1", "95"))
		}},
		{Name: "orders/stop-is-cancelled", Doc: "a stop that waits is cancelled, and the price that would trigger it does nothing", Says: saysCancel, plan: moves("100", "100", "90"), run: func(c *trial) {
			c.buy("2")
			o := c.submit(c.order(market.Sell, market.Stop, "1", "95"))
			c.Next()
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
			c.reaches(o, market.Cancelled)
			c.Next()
			c.settle()
			if n := len(c.traded(o.ID)); n > 0 {
				c.errorf("it trades")
			}
		}},
	}
}

// triggers plays an order that waits for a bar and trades in the next, within a range.
func (c *trial) triggers(o market.Order, low, high string) {
	c.buy("2")
	c.submit(o)
	c.Next()
	c.works(o, true)
	c.plays(2)
	c.reaches(o, market.Filled)
	c.filled(o, "1", low, high)
}

func forceCases() []Case {
	return []Case{
		{Name: "force/ioc-expires-away-from-the-price", Doc: "an ioc buy at 95 arrives at 100, and expires whole", Says: saysForce, run: func(c *trial) { c.away(market.IOC) }},
		{Name: "force/fok-expires-away-from-the-price", Doc: "a fok buy at 95 arrives at 100, and expires whole", Says: saysForce, run: func(c *trial) { c.away(market.FOK) }},
		{Name: "force/ioc-trades-at-once", Doc: "an ioc buy at 101 arrives at 100, and trades", Says: saysForce, run: func(c *trial) { c.across(market.IOC) }},
		{Name: "force/fok-trades-whole", Doc: "a fok buy at 101 arrives at 100, and trades whole", Says: saysForce, run: func(c *trial) { c.across(market.FOK) }},
		{Name: "force/gtd-ends-at-its-time", Doc: "a buy at 95 that is good for eleven minutes expires then; where the venue has no such order it is refused", Says: saysForce, run: func(c *trial) {
			o := c.order(market.Buy, market.Limit, "1", "95")
			o.TIF, o.Expire = market.GTD, c.now()+11*minute
			u, err := c.Broker.Submit(c.ctx, c.Instrument, o)
			if err != nil {
				c.rejectedOrSkipped(o, err)
				c.skipf("the venue has no orders that end at a time, and the adapter refuses them")
			}
			c.answered(o, u)
			c.plays(12)
			if u := c.ends(o); u.State != market.Expired {
				c.errorf("it ends as %s", u.State)
			}
			c.works(o, false)
		}},
	}
}

func (c *trial) away(tif market.TIF) {
	o := c.order(market.Buy, market.Limit, "1", "95")
	o.TIF = tif
	c.comesToNothing(o)
}

func (c *trial) across(tif market.TIF) {
	o := c.order(market.Buy, market.Limit, "1", "101")
	o.TIF = tif
	c.trade(o)
	c.filled(o, "1", "100", "100")
}
