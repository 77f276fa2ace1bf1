package exchangetest

import (
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

func updateCases() []Case {
	return []Case{
		{Name: "updates/accepted-then-filled", Doc: "of an order that rests and trades the states come in that order, and none after the end", Says: saysUpdates, plan: moves("100", "90"), run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.plays(2)
			c.reaches(o, market.Filled)
			c.settle()
			var states []string
			for _, u := range c.updates(o.ID) {
				states = append(states, u.State.String())
			}
			if got := strings.Join(states, " "); strings.ReplaceAll(got, " partial", "") != "accepted filled" {
				c.errorf("the states are %s", got)
			}
		}},
		{Name: "updates/filled-adds-up", Doc: "in each update Filled is at least the sum of the fills told so far, and no less than before; in the end it is the sum", Says: saysUpdates, run: func(c *trial) {
			o := c.buy("3")
			c.settle()
			sum, before := decimal.Zero, decimal.Zero
			for _, u := range c.updates(o.ID) {
				if u.Fill != nil {
					sum = sum.Add(u.Fill.Quantity)
				}
				if u.Filled.LessThan(decimal.Max(sum, before)) {
					c.errorf("Filled is %s, after %s and fills of %s", u.Filled, before, sum)
				}
				before = u.Filled
			}
			c.equal("Filled", before, dec("3"))
			c.equal("what has traded", sum, dec("3"))
		}},
		{Name: "updates/each-fill-once", Doc: "three orders trade; no trade is told twice", Says: saysSubmit, run: func(c *trial) {
			seen := map[string]bool{}
			for range 3 {
				c.buy("1")
			}
			c.settle()
			for _, e := range c.events {
				if e.Update == nil || e.Update.Fill == nil {
					continue
				}
				if seen[e.Update.Fill.Trade] {
					c.errorf("the trade %s is told twice", e.Update.Fill.Trade)
				}
				seen[e.Update.Fill.Trade] = true
			}
		}},
		{Name: "updates/bear-symbol-and-time", Doc: "each update of an order has the symbol, and a time of the venue", Says: saysUpdates, run: func(c *trial) {
			from := c.Now()
			o := c.buy("1")
			for _, u := range c.updates(o.ID) {
				if u.Symbol != c.Instrument.Symbol || u.Time < from-minute || u.Time > c.Now()+minute {
					c.errorf("an update between %s and %s is %+v", from, c.Now(), u)
				}
			}
		}},
		{Name: "updates/begin-again", Doc: "the reader ends and another one begins; it is told what happens from then on", Says: saysUpdates, run: func(c *trial) {
			c.buy("1")
			c.unwatch()
			c.watch()
			o := c.buy("2")
			c.settle()
			c.filled(o, "2", "100", "100")
		}},
	}
}

// updates returns what Updates told of an order.
func (c *trial) updates(id market.OrderID) (list []market.OrderUpdate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.Update != nil && e.Update.ID == id {
			list = append(list, *e.Update)
		}
	}
	return list
}

func namingCases() []Case {
	return []Case{
		{Name: "naming/the-venue-calls-it-what-names-says", Doc: "an order rests; Account shows it under its client order id", Says: saysNames, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			open, _ := c.open(o.ID)
			if want := c.Names.Client(o.ID); open.Client != want {
				c.errorf("it is called %q, and not %q", open.Client, want)
			}
		}},
		{Name: "naming/updates-say-what-the-venue-calls-it", Doc: "the updates of an order bear its client order id", Says: saysNames, run: func(c *trial) {
			o := c.buy("1")
			for _, e := range c.events {
				if e.Update != nil && e.Update.ID == o.ID && e.Client != c.Names.Client(o.ID) {
					c.errorf("an update calls it %q, and not %q", e.Client, c.Names.Client(o.ID))
				}
			}
		}},
		{Name: "naming/after-a-cancel", Doc: "venues name a cancel too; the update of the end is the order's own", Says: saysNames, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
			c.reaches(o, market.Cancelled)
			for _, e := range c.events {
				if e.Update != nil && e.Update.ID != o.ID {
					c.errorf("an update is of %q, called %q", e.Update.ID, e.Client)
				}
			}
		}},
		{Name: "naming/strategies-apart", Doc: "two strategies have an order of the same number; one is cancelled, the other works on", Says: saysNames, run: func(c *trial) {
			a := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			b := c.order(market.Buy, market.Limit, "1", "94")
			b.ID = market.OrderID{Strategy: "other", Sequence: a.ID.Sequence}
			b.Strategy = "other"
			c.submit(b)
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, a.ID))
			c.reaches(a, market.Cancelled)
			c.works(b, true)
		}},
		{Name: "naming/fills-are-ours", Doc: "the fills of an order bear its id and its client order id, as far as the venue says it", Says: saysNames, run: func(c *trial) {
			o := c.buy("1")
			for _, f := range c.fills(exchange.Cursor{}) {
				if f.ID != o.ID || f.Client != "" && f.Client != c.Names.Client(o.ID) {
					c.errorf("a fill is of %q, called %q", f.ID, f.Client)
				}
			}
		}},
	}
}

func reconciliationCases() []Case {
	return []Case{
		{Name: "reconciliation/foreign-order-is-shown", Doc: "an order is placed by hand; Account shows it with the ID 0 and what the venue calls it", Says: saysNames, run: func(c *trial) {
			client := c.byHand(market.Limit, "95")
			for _, o := range c.account().Orders {
				if o.Client == client && o.Order.ID == (market.OrderID{}) && o.Order.Quantity.Equal(dec("1")) {
					return
				}
			}
			c.errorf("%s is not among %+v", client, c.account().Orders)
		}},
		{Name: "reconciliation/foreign-updates-have-no-id", Doc: "an order is placed by hand; its update comes with the ID 0 and what the venue calls it", Says: saysUpdates, run: func(c *trial) {
			client := c.byHand(market.Limit, "95")
			c.await("the update of the foreign order", func() bool {
				for _, e := range c.events {
					if e.Update != nil && e.Client == client && e.Update.ID == (market.OrderID{}) {
						return true
					}
				}
				return false
			})
		}},
		{Name: "reconciliation/foreign-fills-have-no-id", Doc: "an order by hand trades; Fills yields it with the ID 0", Says: saysFills, run: func(c *trial) {
			c.byHand(market.Market, "")
			c.Next()
			c.await("the fill of the foreign order", func() bool {
				for _, e := range c.events {
					if e.Update != nil && e.Update.Fill != nil {
						return true
					}
				}
				return false
			})
			list := c.fills(exchange.Cursor{})
			if len(list) == 0 || list[0].ID != (market.OrderID{}) {
				c.errorf("Fills yields %+v", list)
			}
		}},
		{Name: "reconciliation/cancelled-by-hand", Doc: "an order of ours is cancelled by hand; Updates, Order and Account say so", Says: saysUpdates, run: func(c *trial) {
			c.needs(c.Remove != nil, "cancel by hand")
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.Remove(c.Names.Client(o.ID))
			c.reaches(o, market.Cancelled)
			if u := c.stands(o); u.State != market.Cancelled {
				c.errorf("it stands at %s", u.State)
			}
			c.works(o, false)
		}},
		{Name: "reconciliation/restart-finds-working-orders", Doc: "another process of the session finds what rests, under its ID, and cancels it", Says: saysAdopt, run: func(c *trial) {
			o := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.restarts(o)
			c.works(o, true)
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
		}},
		{Name: "reconciliation/restart-finds-what-traded", Doc: "an order trades; another process of the session finds its end and its fills", Says: saysAdopt, run: func(c *trial) {
			o := c.buy("1")
			c.restarts(o)
			if u := c.stands(o); u.State != market.Filled {
				c.errorf("it stands at %s", u.State)
			}
			if n := len(of(c.fills(exchange.Cursor{}), o.ID)); n == 0 {
				c.errorf("its fills are not found")
			}
		}},
		{Name: "reconciliation/restart-finds-what-no-journal-knows", Doc: "an order beyond the last one that the new process knows of is recognised as ours", Says: saysAdopt, run: func(c *trial) {
			known := c.submit(c.order(market.Buy, market.Limit, "1", "94"))
			beyond := c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			c.restarts(known)
			c.works(beyond, true)
		}},
	}
}

// byHand places an order for one, outside the adapter.
func (c *trial) byHand(t market.Type, price string) string {
	c.needs(c.Place != nil, "place orders by hand")
	return c.Place(c.order(market.Buy, t, "1", price))
}

// restarts goes on as another process that knows of orders up to one.
func (c *trial) restarts(known market.Order) {
	c.needs(c.Reopen != nil, "open the account again")
	c.Broker, c.Names = c.Reopen()
	c.Names.Expect(known.ID)
}

func concurrencyCases() []Case {
	return []Case{
		{Name: "concurrency/parallel-submits", Doc: "twenty orders are sent at once: there are twenty, each once", Says: saysConcurrent, run: func(c *trial) {
			var list []market.Order
			for range 20 {
				list = append(list, c.order(market.Buy, market.Limit, "0.5", "95"))
			}
			c.atOnce(list, func(o market.Order) {
				if _, err := c.Broker.Submit(c.ctx, c.Instrument, o); err != nil {
					c.errorf("submit %s: %v", describe(o), err)
				}
			})
			if n := len(c.account().Orders); n != 20 {
				c.errorf("%d work", n)
			}
			for _, o := range list {
				c.await("the update of "+describe(o), func() bool { return c.told(o.ID) })
			}
		}},
		{Name: "concurrency/parallel-cancels", Doc: "ten orders are cancelled at once, each by two: each ends, once", Says: saysConcurrent, run: func(c *trial) {
			var list []market.Order
			for range 10 {
				list = append(list, c.submit(c.order(market.Buy, market.Limit, "0.5", "95")))
			}
			var done sync.Map
			c.atOnce(append(list, list...), func(o market.Order) {
				if err := c.Broker.Cancel(c.ctx, c.Instrument, o.ID); err == nil {
					if _, twice := done.LoadOrStore(o.ID, true); twice {
						c.errorf("both cancels of %s succeed", describe(o))
					}
				}
			})
			for _, o := range list {
				c.reaches(o, market.Cancelled)
			}
			if n := len(c.account().Orders); n != 0 {
				c.errorf("%d work", n)
			}
		}},
		{Name: "concurrency/questions-meanwhile", Doc: "orders are sent while the account, orders, fills and bars are asked for", Says: saysConcurrent, run: func(c *trial) {
			var list []market.Order
			for range 8 {
				list = append(list, c.order(market.Buy, market.Limit, "0.5", "95"))
			}
			c.atOnce(list, func(o market.Order) {
				if _, err := c.Broker.Submit(c.ctx, c.Instrument, o); err != nil {
					c.errorf("submit %s: %v", describe(o), err)
				}
				if _, err := c.Broker.Order(c.ctx, c.Instrument, o.ID); err != nil {
					c.errorf("ask for %s: %v", describe(o), err)
				}
				if _, err := c.Broker.Account(c.ctx); err != nil {
					c.errorf("account: %v", err)
				}
				for _, err := range c.Market.Bars(c.ctx, c.Instrument, market.Minute, c.Now()-5*minute, c.Now()) {
					if err != nil {
						c.errorf("bars: %v", err)
					}
				}
			})
		}},
	}
}

// atOnce does something with orders in parallel.
func (c *trial) atOnce(list []market.Order, f func(market.Order)) {
	var g sync.WaitGroup
	for _, o := range list {
		g.Go(func() { f(o) })
	}
	g.Wait()
}
