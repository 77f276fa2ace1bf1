package dca

import (
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// never is later than any time.
const never = market.Time(math.MaxInt64)

// deal is what is under way in one instrument, from the first buy to the sale of all.
type deal struct {
	open     bool            // safety orders were submitted
	money    decimal.Decimal // that the deal may spend, in quote
	bought   decimal.Decimal // base of all its buys
	cost     decimal.Decimal // and what they cost, in quote, without fees
	entry    market.OrderID
	safety   []market.OrderID
	sale     market.OrderID
	replaced market.OrderID // the sale whose place sale takes
	stale    bool           // the sale is not for what is held now
	changed  bool           // something became of an order since the last look
	next     market.Time    // when to look though nothing has changed
}

func newDeal() *deal { return &deal{} }

// adopt takes over a position that no buy of the deal brought.
func (d *deal) adopt(quantity, price decimal.Decimal) {
	d.bought, d.cost = quantity, quantity.Mul(price)
}

// update takes what became of an order, those that rules made included. A first buy or a
// sale that was turned down is asked for again on the next day: at each bar it would help
// nobody.
func (c *Config) update(ctx *strategy.Context, u market.OrderUpdate) {
	o, _, _ := ctx.Order(u.ID)
	d := c.deals.Of(o.Instrument, newDeal)
	if u.Fill != nil {
		d.fill(o, u)
	}
	if !u.State.Final() || u.State == market.Filled {
		return
	}
	switch u.ID {
	case d.entry:
		d.changed = d.changed || u.Filled.IsPositive()
		d.next = ctx.Now().NextDay()
	case d.sale:
		d.stale, d.next = true, ctx.Now().NextDay()
	}
}

// fill counts a buy into the average price. What is bought after the sale is a new deal.
func (d *deal) fill(o market.Order, u market.OrderUpdate) {
	d.changed = true
	switch {
	case o.Side == market.Buy:
		d.stale = true
		d.bought, d.cost = d.bought.Add(u.Fill.Quantity), d.cost.Add(u.Fill.Quantity.Mul(u.Fill.Price))
	case u.ID == d.sale && u.State == market.Filled:
		d.bought, d.cost = decimal.Zero, decimal.Zero
	}
}

// aim keeps one sale working for what is held. In the place of another it leaves together
// with the end of that one, so that no bar goes without.
func (d *deal) aim(ctx *strategy.Context, o market.Order) (err error) {
	if !works(ctx, d.sale) && works(ctx, d.replaced) {
		d.sale = d.replaced // the one that was to take its place was turned down
	}
	if !works(ctx, d.sale) {
		d.sale, err = ctx.Submit(o)
		d.stale = false
		return err
	}
	if !d.stale {
		return nil
	}
	if id, err := ctx.Replace(d.sale, o); err == nil { // else a rule is cancelling it: its update will tell
		d.sale, d.replaced, d.stale = id, d.sale, false
	}
	return nil
}

// works reports whether an order may still trade.
func works(ctx *strategy.Context, id market.OrderID) bool {
	_, state, ok := ctx.Order(id)
	return ok && !state.Final()
}
