package exchangetest

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func perpetualCases() []Case {
	cases := []Case{
		{Name: "perpetual/long-is-shown", Doc: "2 are bought at 100: a position of 2, entered at 100, with the account's leverage", Says: saysPerpetual, run: func(c *trial) {
			c.buy("2")
			c.holds("2", "100")
			if p := c.position(); !p.Leverage.Equal(c.plan.Instrument.Margin.Leverage) || p.Isolated != c.plan.Instrument.Margin.Isolated {
				c.errorf("it is %+v", p)
			}
		}},
		{Name: "perpetual/short-is-negative", Doc: "2 are sold at 100: a position of -2, entered at 100", Says: saysPerpetual, run: func(c *trial) {
			c.trade(c.order(market.Sell, market.Market, "2", ""))
			c.holds("-2", "100")
		}},
		{Name: "perpetual/entry-is-the-average", Doc: "1 is bought at 100 and 1 at 110: a position of 2, entered at 105", Says: saysPerpetual, plan: moves("100", "110"), run: func(c *trial) {
			c.buy("1")
			c.Next()
			c.buy("1")
			c.holds("2", "105")
		}},
		{Name: "perpetual/closed-is-left-out", Doc: "2 are bought and sold: there is no position", Says: saysPerpetual, run: func(c *trial) {
			c.buy("2")
			c.trade(c.order(market.Sell, market.Market, "2", ""))
			c.holds("0", "0")
		}},
		{Name: "perpetual/a-sell-flips", Doc: "1 is bought and 3 are sold: a position of -2", Says: saysPerpetual, run: func(c *trial) {
			c.buy("1")
			c.trade(c.order(market.Sell, market.Market, "3", ""))
			c.holds("-2", "100")
		}},
		{Name: "perpetual/reduce-only-reduces", Doc: "of 2 that were bought, 1 is sold by a reduce-only order: a position of 1", Says: saysPerpetual, run: func(c *trial) {
			c.buy("2")
			c.trade(c.reducing(market.Sell, "1"))
			c.holds("1", "100")
		}},
		{Name: "perpetual/reduce-only-never-flips", Doc: "1 was bought, a reduce-only order sells 3: the position is never short", Says: saysPerpetual, run: func(c *trial) {
			c.buy("1")
			o := c.reducing(market.Sell, "3")
			if u, err := c.Broker.Submit(c.ctx, c.Instrument, o); err != nil {
				c.fault("submit "+describe(o), err, exchange.ErrRejected)
			} else {
				c.answered(o, u)
				c.Next()
				c.ends(o)
			}
			if p := c.position(); p.Quantity.IsNegative() {
				c.errorf("the position is %s", p.Quantity)
			}
		}},
		{Name: "perpetual/reduce-only-without-position-is-rejected", Doc: "there is no position; a reduce-only sell is refused", Says: saysPerpetual, run: func(c *trial) {
			c.refused(c.reducing(market.Sell, "1"))
		}},
		{Name: "perpetual/reduce-only-is-listed", Doc: "a reduce-only limit order rests, and Account says that it is one", Says: saysAccount, run: func(c *trial) {
			c.buy("2")
			o := c.reducing(market.Sell, "1")
			o.Type, o.Price = market.Limit, dec("105")
			c.submit(o)
			if open, ok := c.open(o.ID); ok {
				c.shows(open, o)
			} else {
				c.errorf("it is not listed")
			}
		}},
		{Name: "perpetual/reduce-only-stop-protects", Doc: "a reduce-only stop at 95 closes a long when the price falls", Says: saysPerpetual, plan: moves("100", "100", "90"), run: func(c *trial) {
			c.buy("2")
			o := c.order(market.Sell, market.Stop, "2", "95")
			o.ReduceOnly = true
			c.submit(o)
			c.plays(3)
			c.reaches(o, market.Filled)
			c.holds("0", "0")
		}},
		{Name: "perpetual/margin-is-needed", Doc: "1,000 at leverage 10 do not carry 150 at 95", Says: saysRejected, plan: func(p *Plan) { p.Cash = dec("1000") }, run: func(c *trial) {
			c.refused(c.order(market.Buy, market.Limit, "150", "95"))
		}},
		{Name: "perpetual/fees-and-gains-are-in-quote", Doc: "2 are bought at 100 and sold at 110: the wallet has 20 more, less the fees", Says: saysAccount, plan: moves("100", "110"), run: func(c *trial) {
			fees := decimal.Zero
			a := c.buy("2")
			c.Next()
			b := c.trade(c.order(market.Sell, market.Market, "2", ""))
			for _, f := range append(c.traded(a.ID), c.traded(b.ID)...) {
				fees = fees.Add(f.Fee)
			}
			w := c.balance(c.Instrument.Quote)
			c.equal("the wallet", w.Free.Add(w.Locked), c.plan.Cash.Add(dec("20")).Sub(fees))
		}},
	}
	for k := range cases {
		cases[k].only = perpetual
	}
	return cases
}

func (c *trial) reducing(s market.Side, quantity string) market.Order {
	o := c.order(s, market.Market, quantity, "")
	o.ReduceOnly = true
	return o
}

// position returns what is held of the instrument.
func (c *trial) position() exchange.Position {
	for _, p := range c.account().Positions {
		if p.Symbol == c.Instrument.Symbol {
			return p
		}
	}
	return exchange.Position{}
}

func (c *trial) holds(quantity, entry string) {
	p := c.position()
	c.equal("the position", p.Quantity, dec(quantity))
	c.equal("its entry", p.Entry, dec(entry))
}
