package exchangetest

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// order returns the next order of the case: limits in quote are price or, of what waits for
// one, the trigger.
func (c *trial) order(s market.Side, t market.Type, quantity, price string) market.Order {
	c.next++
	o := market.Order{ID: market.OrderID{Strategy: "suite", Sequence: c.next}, Strategy: "suite", Side: s, Type: t, Quantity: dec(quantity)}
	if price == "" {
		return o
	}
	switch {
	case t == market.Limit:
		o.Price = dec(price)
	case o.Priced():
		o.Price, o.Stop = dec(price), dec(price)
	default:
		o.Stop = dec(price)
	}
	return o
}

// submit sends an order that must be taken.
func (c *trial) submit(o market.Order) market.Order {
	u, err := c.Broker.Submit(c.ctx, c.Instrument, o)
	c.must("submit "+describe(o), err)
	c.answered(o, u)
	return o
}

// answered checks what Submit says.
func (c *trial) answered(o market.Order, u market.OrderUpdate) {
	switch {
	case u.ID != o.ID:
		c.errorf("submit %s answers for the order %q", describe(o), u.ID)
	case u.Fill != nil:
		c.errorf("submit %s answers with a fill, which belongs to Updates", describe(o))
	case u.State < market.Accepted || u.State == market.Refused:
		c.errorf("submit %s answers with the state %s", describe(o), u.State)
	}
	c.note(func() { c.answers = append(c.answers, u) })
}

// refused sends an order that must not be taken.
func (c *trial) refused(o market.Order) *exchange.Fault {
	_, err := c.Broker.Submit(c.ctx, c.Instrument, o)
	if err == nil {
		c.fatalf("submit %s is taken, and must be rejected", describe(o))
	}
	return c.fault("submit "+describe(o), err, exchange.ErrRejected)
}

// buy is a market order, traded: what is to be sold is bought first.
func (c *trial) buy(quantity string) market.Order {
	return c.trade(c.order(market.Buy, market.Market, quantity, ""))
}

// trade sends an order and plays on until all of it has traded.
func (c *trial) trade(o market.Order) market.Order {
	c.submit(o)
	c.Next()
	c.reaches(o, market.Filled)
	return o
}

// reaches waits until an order is in a state, and its fills have been told: the answer may
// have overtaken them.
func (c *trial) reaches(o market.Order, s market.State) {
	c.await(describe(o)+" "+s.String(), func() bool {
		u := c.last(o.ID)
		return u.State == s && sum(c.toldFills(o.ID)).GreaterThanOrEqual(u.Filled)
	})
}

// ends waits until nothing can happen to an order any more, and returns the end.
func (c *trial) ends(o market.Order) (u market.OrderUpdate) {
	c.await("the end of "+describe(o), func() bool { u = c.last(o.ID); return u.State.Final() })
	return u
}

// last returns the newest update of an order, or what Submit said where none came. It reads
// what is noted.
func (c *trial) last(id market.OrderID) (u market.OrderUpdate) {
	for _, a := range c.answers {
		if a.ID == id {
			u = a
		}
	}
	for _, e := range c.events {
		if e.Update != nil && e.Update.ID == id && (!u.State.Final() || e.Update.State.Final()) {
			u = *e.Update
		}
	}
	return u
}

// traded returns the fills of an order that Updates told.
func (c *trial) traded(id market.OrderID) []market.Fill {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.toldFills(id)
}

func sum(fills []market.Fill) (total decimal.Decimal) {
	for _, f := range fills {
		total = total.Add(f.Quantity)
	}
	return total
}

// toldFills is traded. It reads what is noted.
func (c *trial) toldFills(id market.OrderID) (fills []market.Fill) {
	for _, e := range c.events {
		if e.Update != nil && e.Update.ID == id && e.Update.Fill != nil {
			fills = append(fills, *e.Update.Fill)
		}
	}
	return fills
}

// filled checks the fills of an order: their sum, that each has a price in a range, and who
// made them.
func (c *trial) filled(o market.Order, quantity, low, high string) []market.Fill {
	fills := c.traded(o.ID)
	for _, f := range fills {
		if f.Price.LessThan(dec(low)) || f.Price.GreaterThan(dec(high)) {
			c.errorf("%s trades at %s, and not from %s to %s", describe(o), f.Price, low, high)
		}
		if f.Trade == "" || f.Time == 0 || f.FeeAsset == "" {
			c.errorf("a fill of %s lacks its trade, time or fee asset: %+v", describe(o), f)
		}
	}
	c.equal("the sum of the fills of "+describe(o), sum(fills), dec(quantity))
	return fills
}

// settle returns once everything that was told before has come: a mark is placed far from the
// market, and taken away.
func (c *trial) settle() {
	mark := c.submit(c.order(market.Buy, market.Limit, "0.5", "60"))
	c.await("the update of an order that rests", func() bool { return c.told(mark.ID) })
	c.must("cancel "+describe(mark), c.Broker.Cancel(c.ctx, c.Instrument, mark.ID))
	c.reaches(mark, market.Cancelled)
}

// told reports whether any update of an order came.
func (c *trial) told(id market.OrderID) bool {
	for _, e := range c.events {
		if e.Update != nil && e.Update.ID == id {
			return true
		}
	}
	return false
}

// stands asks where an order stands.
func (c *trial) stands(o market.Order) market.OrderUpdate {
	u, err := c.Broker.Order(c.ctx, c.Instrument, o.ID)
	c.must("ask for "+describe(o), err)
	if u.ID != o.ID || u.Fill != nil {
		c.errorf("asked for %s: the answer is about %q, fill %v", describe(o), u.ID, u.Fill)
	}
	return u
}

// missing checks that the venue does not find an order.
func (c *trial) missing(o market.Order) {
	u, err := c.Broker.Order(c.ctx, c.Instrument, o.ID)
	if err == nil {
		c.fatalf("the venue finds %s, %s, which was never placed", describe(o), u.State)
	}
	c.fault("ask for "+describe(o), err, exchange.ErrNotFound)
}

func (c *trial) account() exchange.Account {
	a, err := c.Broker.Account(c.ctx)
	c.must("account", err)
	return a
}

// balance returns what the account has of an asset.
func (c *trial) balance(asset string) (b exchange.Balance) {
	for _, x := range c.account().Balances {
		if x.Asset == asset {
			b = x
		}
	}
	return b
}

// open returns the working order of an id, and whether there is one.
func (c *trial) open(id market.OrderID) (exchange.Open, bool) {
	for _, o := range c.account().Orders {
		if o.Order.ID == id {
			return o, true
		}
	}
	return exchange.Open{}, false
}

// works checks whether an order works, and no more than once.
func (c *trial) works(o market.Order, want bool) {
	n := 0
	for _, x := range c.account().Orders {
		if x.Order.ID == o.ID {
			n++
		}
	}
	if n > 1 || (n == 1) != want {
		c.errorf("the account shows %s %d times as working", describe(o), n)
	}
}

// fills collects what Fills yields after a cursor.
func (c *trial) fills(after exchange.Cursor) (list []exchange.Fill) {
	for f, err := range c.Broker.Fills(c.ctx, c.Instrument, after) {
		c.must("fills", err)
		list = append(list, f)
	}
	return list
}

// of are the fills of an order.
func of(list []exchange.Fill, id market.OrderID) (fills []exchange.Fill) {
	for _, f := range list {
		if f.ID == id {
			fills = append(fills, f)
		}
	}
	return fills
}

// describe names an order in a failure.
func describe(o market.Order) string {
	text := o.ID.String() + " (" + o.Side.String() + " " + o.Type.String() + " " + o.Quantity.String()
	if o.Price.IsPositive() {
		text += " at " + o.Price.String()
	}
	if o.Stop.IsPositive() {
		text += " from " + o.Stop.String()
	}
	return text + ")"
}
