package exchangetest

import (
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func orderCases() []Case {
	return []Case{
		{Name: "orders/market-buy", Doc: "a market order buys at the price that there is", Says: saysSubmit, run: func(c *trial) {
			o := c.buy("2")
			for _, f := range c.filled(o, "2", "100", "100") {
				if f.Maker {
					c.errorf("a market order trades as maker")
				}
			}
		}},
		{Name: "orders/market-sell", Doc: "what was bought is sold at the price that there is", Says: saysSubmit, run: func(c *trial) {
			c.buy("2")
			o := c.trade(c.order(market.Sell, market.Market, "1", ""))
			c.filled(o, "1", "100", "100")
		}},
		{Name: "orders/market-buy-for-an-amount", Doc: "a market order spends 250 of quote: two whole and a half", Says: saysSubmit, only: spot, run: func(c *trial) {
			o := c.order(market.Buy, market.Market, "0", "")
			o.Quantity, o.Quote = dec("0"), dec("250")
			c.trade(o)
			c.filled(o, "2.5", "100", "100")
		}},
		{Name: "orders/answers-hold-no-fill", Doc: "a market order may trade before it is answered; the answer holds no fill, Updates does", Says: saysSubmit, run: func(c *trial) {
			o := c.order(market.Buy, market.Market, "1", "")
			u, err := c.Broker.Submit(c.ctx, c.Instrument, o)
			c.must("submit", err)
			c.answered(o, u)
			c.Next()
			c.reaches(o, market.Filled)
			c.filled(o, "1", "100", "100")
		}},
		{Name: "orders/limit-rests-and-fills", Doc: "a buy at 95 rests at 100 and trades at 95, as maker, when the price falls to 90", Says: saysLimit, plan: moves("100", "90"), run: func(c *trial) {
			c.resting(c.order(market.Buy, market.Limit, "1", "95"), "95")
		}},
		{Name: "orders/limit-sell-rests-and-fills", Doc: "a sell at 105 rests at 100 and trades at 105, as maker, when the price rises to 110", Says: saysLimit, plan: moves("100", "100", "110"), run: func(c *trial) {
			c.buy("2")
			c.resting(c.order(market.Sell, market.Limit, "1", "105"), "105")
		}},
		{Name: "orders/limit-takes-what-is-better", Doc: "a buy at 101 arrives at 100, and trades at 100, as taker", Says: saysLimit, run: func(c *trial) {
			o := c.trade(c.order(market.Buy, market.Limit, "1", "101"))
			for _, f := range c.filled(o, "1", "100", "100") {
				if f.Maker {
					c.errorf("it trades as maker")
				}
			}
		}},
		{Name: "orders/post-only-rests", Doc: "a post-only buy at 95 rests and trades as maker", Says: saysPostOnly, plan: moves("100", "90"), run: func(c *trial) {
			o := c.order(market.Buy, market.Limit, "1", "95")
			o.PostOnly = true
			c.resting(o, "95")
		}},
		{Name: "orders/post-only-never-takes", Doc: "a post-only buy at 101 arrives at 100: it ends without a fill", Says: saysPostOnly, run: func(c *trial) {
			o := c.order(market.Buy, market.Limit, "1", "101")
			o.PostOnly = true
			c.comesToNothing(o)
		}},
		{Name: "orders/parts-add-up", Doc: "an order that may trade in parts: its fills and Filled add up to its quantity", Says: saysUpdates, run: func(c *trial) {
			o := c.buy("400")
			c.equal("Filled", c.stands(o).Filled, dec("400"))
			c.filled(o, "400", "100", "101")
		}, plan: func(p *Plan) { p.Cash = dec("100000") }},
		{Name: "orders/states", Doc: "an order that rests is accepted and then filled, and Order says so each time", Says: saysOrder, plan: moves("100", "90"), run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			if u := c.stands(o); u.State != market.Accepted || !u.Filled.IsZero() || u.Symbol != c.Instrument.Symbol {
				c.errorf("it stands as %+v", u)
			}
			c.plays(2)
			c.reaches(o, market.Filled)
			if u := c.stands(o); u.State != market.Filled || !u.Filled.Equal(o.Quantity) {
				c.errorf("it stands as %+v", u)
			}
		}},
		{Name: "orders/never-placed-is-not-found", Doc: "Order is asked for what was never sent", Says: saysOrder, run: func(c *trial) {
			c.missing(c.order(market.Buy, market.Limit, "1", "95"))
		}},
		{Name: "orders/an-id-is-one-order", Doc: "the same order is sent twice while it works: there is one", Says: saysUnknown, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			_, _ = c.Broker.Submit(c.ctx, c.Instrument, o)
			c.works(o, true)
		}},
	}
}

// resting plays an order that rests for a bar and trades at its limit in the next.
func (c *trial) resting(o market.Order, price string) {
	c.submit(o)
	c.Next()
	c.settle()
	if n := len(c.traded(o.ID)); n > 0 {
		c.fatalf("%s trades before the price is there", describe(o))
	}
	c.works(o, true)
	c.Next()
	c.reaches(o, market.Filled)
	for _, f := range c.filled(o, o.Quantity.String(), price, price) {
		if !f.Maker {
			c.errorf("%s rests and trades as taker", describe(o))
		}
	}
}

// comesToNothing sends an order that must end without a fill, refused at once or later.
func (c *trial) comesToNothing(o market.Order) {
	u, err := c.Broker.Submit(c.ctx, c.Instrument, o)
	if err != nil {
		c.rejectedOrSkipped(o, err)
		return
	}
	c.answered(o, u)
	c.Next()
	if u = c.ends(o); u.State == market.Filled || !u.Filled.IsZero() {
		c.errorf("%s ends as %s, %s of it filled", describe(o), u.State, u.Filled)
	}
	c.works(o, false)
	if n := len(c.traded(o.ID)); n > 0 {
		c.errorf("%s trades", describe(o))
	}
}

func (c *trial) rejectedOrSkipped(o market.Order, err error) {
	c.fault("submit "+describe(o), err, exchange.ErrRejected)
	c.works(o, false)
}
