package exchangetest

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func accountCases() []Case {
	return []Case{
		{Name: "account/begins-with-what-there-is", Doc: "10,000 of quote, free, and nothing else; the account may trade", Says: saysAccount, run: func(c *trial) {
			a := c.account()
			c.equal("the free balance", c.balance(c.Instrument.Quote).Free, c.plan.Cash)
			if !a.CanTrade || len(a.Orders) > 0 || len(a.Positions) > 0 {
				c.errorf("it is %+v", a)
			}
		}},
		{Name: "account/leaves-nothing-out", Doc: "no balance and no position of nothing is listed", Says: saysAccount, run: func(c *trial) {
			c.buy("1")
			a := c.account()
			for _, b := range a.Balances {
				if b.Free.IsZero() && b.Locked.IsZero() {
					c.errorf("there is a balance of no %s", b.Asset)
				}
			}
			for _, p := range a.Positions {
				if p.Quantity.IsZero() {
					c.errorf("there is a position of no %s", p.Symbol)
				}
			}
		}},
		{Name: "account/bears-the-venues-time", Doc: "the account's time lies within a minute of the venue's", Says: saysAccount, run: func(c *trial) {
			if d := c.account().Time - c.Now(); d < -minute || d > minute {
				c.errorf("it is %v off", d.UTC())
			}
		}},
		{Name: "account/orders-lock", Doc: "a buy of 2 at 95 locks 190, and frees them when it is cancelled", Says: saysAccount, only: spot, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "2", "95"))
			b := c.balance(c.Instrument.Quote)
			c.equal("what is locked", b.Locked, dec("190"))
			c.equal("what is free", b.Free, c.plan.Cash.Sub(dec("190")))
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
			c.reaches(o, market.Cancelled)
			c.equal("what is free", c.balance(c.Instrument.Quote).Free, c.plan.Cash)
		}},
		{Name: "account/sells-lock-the-base", Doc: "a sell of 1 of 2 locks 1 of the base", Says: saysAccount, only: spot, run: func(c *trial) {
			c.buy("2")
			c.submit(c.order(market.Sell, market.Limit, "1", "105"))
			c.equal("what is locked", c.balance(c.Instrument.Base).Locked, dec("1"))
		}},
		{Name: "account/adds-up-after-a-trade", Doc: "2 are bought at 100: the base is what the fills brought without their fees, the quote what they cost", Says: saysAccount, only: spot, run: func(c *trial) {
			base, quote := decimal.Zero, c.plan.Cash
			for _, f := range c.traded(c.buy("2").ID) {
				base, quote = base.Add(f.Quantity), quote.Sub(f.Quantity.Mul(f.Price))
				switch f.FeeAsset {
				case c.Instrument.Base:
					base = base.Sub(f.Fee)
				case c.Instrument.Quote:
					quote = quote.Sub(f.Fee)
				}
			}
			c.equal("the base", c.balance(c.Instrument.Base).Free, base)
			c.equal("the quote", c.balance(c.Instrument.Quote).Free, quote)
		}},
		{Name: "account/orders-oldest-first", Doc: "three orders rest; Account lists them as they came, with side, type, quantity, price and time", Says: saysAccount, run: func(c *trial) {
			from := c.Now()
			var list []market.Order
			for _, price := range []string{"95", "97", "96"} {
				list = append(list, c.submit(c.order(market.Buy, market.Limit, "1", price)))
			}
			open := c.account().Orders
			if len(open) != 3 {
				c.fatalf("there are %d orders", len(open))
			}
			for k, o := range open {
				if o.Order.ID != list[k].ID || o.Symbol != c.Instrument.Symbol || o.Created < from-minute || o.Created > c.Now()+minute {
					c.errorf("order %d is %+v", k, o)
				}
				c.shows(o, list[k])
			}
		}},
		{Name: "account/shows-stops", Doc: "a stop that waits is listed with its trigger price", Says: saysAccount, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Stop, "1", "105"))
			if open, ok := c.open(o.ID); ok {
				c.shows(open, o)
			} else {
				c.errorf("it is not listed")
			}
		}},
		{Name: "account/deposits-are-told", Doc: "500 of quote are deposited: Updates tells a flow, and the balance has it", Says: saysUpdates, run: func(c *trial) {
			c.needs(c.Pay != nil, "make a deposit")
			c.Pay(c.Instrument.Quote, dec("500"))
			c.await("the flow of a deposit", func() bool {
				for _, e := range c.events {
					if e.Flow != nil && e.Flow.Asset == c.Instrument.Quote && e.Flow.Amount.Equal(dec("500")) {
						return true
					}
				}
				return false
			})
			c.equal("the balance", c.balance(c.Instrument.Quote).Free, c.plan.Cash.Add(dec("500")))
		}},
	}
}

// shows compares an order that is listed as working with what was sent.
func (c *trial) shows(open exchange.Open, sent market.Order) {
	o := open.Order
	if o.Side != sent.Side || o.Type != sent.Type || !o.Quantity.Equal(sent.Quantity) || !o.Price.Equal(sent.Price) || !o.Stop.Equal(sent.Stop) || o.ReduceOnly != sent.ReduceOnly {
		c.errorf("%s is listed as %s, reduce-only %v", describe(sent), describe(o), o.ReduceOnly)
	}
}

func fillCases() []Case {
	return []Case{
		{Name: "fills/each-once", Doc: "two orders trade; Fills yields each trade once", Says: saysFills, run: func(c *trial) {
			a, b := c.buy("1"), c.buy("2")
			c.oncePerTrade(c.fills(exchange.Cursor{}), a, b)
		}},
		{Name: "fills/agree-with-updates", Doc: "trade, time, price, quantity, fee and maker are those that Updates told", Says: saysFills, run: func(c *trial) {
			o := c.buy("2")
			told := c.traded(o.ID)
			for k, f := range of(c.fills(exchange.Cursor{}), o.ID) {
				if k >= len(told) {
					c.fatalf("Fills yields more than Updates told")
				}
				w := told[k]
				same := f.Trade == w.Trade && f.Time == w.Time && f.Maker == w.Maker && f.FeeAsset == w.FeeAsset
				if !same || !f.Price.Equal(w.Price) || !f.Quantity.Equal(w.Quantity) || !f.Fee.Equal(w.Fee) {
					c.errorf("Fills yields %+v, and Updates told %+v", f.Fill, w)
				}
			}
		}},
		{Name: "fills/go-on-after-a-cursor", Doc: "a trade is read, another happens; after the cursor of the first comes the second alone", Says: saysFills, run: func(c *trial) {
			c.buy("1")
			list := c.fills(exchange.Cursor{})
			cursor := after(list)
			b := c.buy("2")
			c.oncePerTrade(c.fills(cursor), b)
		}},
		{Name: "fills/nothing-after-the-last", Doc: "after the cursor of the newest trade there is nothing", Says: saysFills, run: func(c *trial) {
			c.buy("1")
			if n := len(c.fills(after(c.fills(exchange.Cursor{})))); n > 0 {
				c.errorf("there are %d", n)
			}
		}},
		{Name: "fills/none-at-the-start", Doc: "nothing has traded: nothing is yielded, and no error", Says: saysFills, run: func(c *trial) {
			if n := len(c.fills(exchange.Cursor{})); n > 0 {
				c.errorf("there are %d", n)
			}
		}},
		{Name: "fills/oldest-first", Doc: "five trades, a bar apart: their times rise, and none is left out", Says: saysFills, run: func(c *trial) {
			var orders []market.Order
			for range 5 {
				orders = append(orders, c.buy("1"))
			}
			list := c.fills(exchange.Cursor{})
			c.oncePerTrade(list, orders...)
			for k := 1; k < len(list); k++ {
				if list[k].Time < list[k-1].Time {
					c.errorf("after %s comes %s", list[k-1].Time, list[k].Time)
				}
			}
		}},
		{Name: "fills/fees-are-those-of-the-venue", Doc: "the taker's rate of the received asset, or of quote where the venue charges that", Says: saysFills, run: func(c *trial) {
			for _, f := range c.traded(c.buy("2").ID) {
				asset, amount := c.Instrument.Base, f.Quantity
				if c.plan.Instrument.Fees.InQuote {
					asset, amount = c.Instrument.Quote, f.Quantity.Mul(f.Price)
				}
				if f.FeeAsset != asset {
					c.errorf("the fee is charged in %s, and not in %s", f.FeeAsset, asset)
				}
				c.equal("the fee", f.Fee, market.Fee(amount, c.plan.Instrument.Fees.Taker, 8))
			}
		}},
		{Name: "fills/stop-early", Doc: "a reader breaks off after the first, and asks again", Says: saysFills, run: func(c *trial) {
			c.buy("1")
			c.buy("1")
			for range 2 {
				for f, err := range c.Broker.Fills(c.ctx, c.Instrument, exchange.Cursor{}) {
					c.must("fills", err)
					if f.Symbol != c.Instrument.Symbol {
						c.errorf("the symbol is %q", f.Symbol)
					}
					break
				}
			}
		}},
	}
}

// oncePerTrade checks that fills are those of orders, whole, and each trade once.
func (c *trial) oncePerTrade(list []exchange.Fill, orders ...market.Order) {
	seen := map[string]bool{}
	for _, f := range list {
		if seen[f.Trade] {
			c.errorf("the trade %s comes twice", f.Trade)
		}
		seen[f.Trade] = true
	}
	n := 0
	for _, o := range orders {
		sum := decimal.Zero
		for _, f := range of(list, o.ID) {
			if sum, n = sum.Add(f.Quantity), n+1; f.Side != 0 && f.Side != o.Side {
				c.errorf("a fill of a %s is said to be of a %s", o.Side, f.Side)
			}
		}
		c.equal("the sum of the fills of "+describe(o), sum, o.Quantity)
	}
	if n != len(list) {
		c.errorf("%d fills are of other orders", len(list)-n)
	}
}

// after is the cursor of the newest fill.
func after(list []exchange.Fill) exchange.Cursor {
	if len(list) == 0 {
		return exchange.Cursor{}
	}
	last := list[len(list)-1]
	return exchange.Cursor{Trade: last.Trade, Time: last.Time}
}
