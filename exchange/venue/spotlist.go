package venue

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

func placeOCO(c *call) (any, *refusal) {
	b := c.symbol()
	if b == nil {
		return nil, c.bad
	}
	l := c.newList(b, "OCO")
	side, quantity := c.orderSide("side"), c.amount("quantity")
	above, below := c.pair(l, "above", "below", side, quantity, "quantity")
	if c.bad == nil && !related(above, below) {
		c.reject(errRelation)
	}
	return c.placeList(l)
}

// placeLegacyOCO takes an OCO as it was sent before lists named both their types.
func placeLegacyOCO(c *call) (any, *refusal) {
	b := c.symbol()
	if b == nil {
		return nil, c.bad
	}
	l := c.newList(b, "OCO")
	side, quantity := c.orderSide("side"), c.amount("quantity")
	stop := "STOP_LOSS"
	if c.sent("stopLimitPrice") {
		stop = "STOP_LOSS_LIMIT"
	}
	c.params.rename("price", "limitPrice", "stopPrice", "stopStopPrice", "trailingDelta", "stopTrailingDelta", "stopLimitPrice", "stopPrice", "stopLimitTimeInForce", "stopTimeInForce")
	first := c.member(l, leg{prefix: "limit"}, side, quantity, "LIMIT_MAKER", "quantity")
	second := c.member(l, leg{prefix: "stop"}, side, quantity, stop, "quantity")
	if c.bad == nil {
		above, below := first, second
		if side == market.Buy {
			above, below = second, first
		}
		if !related(above, below) {
			c.reject(errRelation)
		}
	}
	return c.placeList(l)
}

func placeOTO(c *call) (any, *refusal) {
	return c.contingent(func(l *list, side market.Side, quantity decimal.Decimal) {
		c.member(l, leg{prefix: "pending"}, side, quantity, c.need("pendingType"), "pendingQuantity")
	})
}

func placeOTOCO(c *call) (any, *refusal) {
	return c.contingent(func(l *list, side market.Side, quantity decimal.Decimal) {
		c.pair(l, "pendingAbove", "pendingBelow", side, quantity, "pendingQuantity")
	})
}

// contingent reads a list whose first order has to be filled before the others live.
func (c *call) contingent(pending func(*list, market.Side, decimal.Decimal)) (any, *refusal) {
	b := c.symbol()
	if b == nil {
		return nil, c.bad
	}
	l := c.newList(b, "OTO")
	kind := c.need("workingType")
	if kind != "LIMIT" && kind != "LIMIT_MAKER" && kind != "" {
		c.reject(errOrderType)
	}
	o := c.member(l, leg{prefix: "working"}, c.orderSide("workingSide"), c.amount("workingQuantity"), kind, "workingQuantity")
	if l.entry = o; o != nil {
		o.want.PostOnly = kind == "LIMIT_MAKER"
	}
	pending(l, c.orderSide("pendingSide"), c.amount("pendingQuantity"))
	return c.placeList(l)
}

func (c *call) newList(b *book, kind string) *list {
	return &list{client: c.clientID("listClientOrderId"), kind: kind, book: b}
}

// pair reads two orders that exclude each other. One takes the profit and one protects.
func (c *call) pair(l *list, above, below string, side market.Side, quantity decimal.Decimal, named string) (*order, *order) {
	a := c.member(l, leg{prefix: above}, side, quantity, c.need(above+"Type"), named)
	b := c.member(l, leg{prefix: below}, side, quantity, c.need(below+"Type"), named)
	if c.bad == nil && a.want.Protects() == b.want.Protects() {
		c.reject(errUnsupported)
	}
	return a, b
}

// member reads an order of a list. It is not for the venue to refuse that one would take
// which comes to life by a fill: it is maker then. For one that lives at once the prices of
// the list say so.
func (c *call) member(l *list, from leg, side market.Side, quantity decimal.Decimal, kind, named string) *order {
	o := c.leg(from, l.book, side, kind)
	if o == nil {
		return nil
	}
	if !quantity.IsPositive() {
		c.reject(errMandatory(named))
		return nil
	}
	o.want.Quantity, o.want.PostOnly, o.list = quantity, false, l
	l.orders = append(l.orders, o)
	c.precise(o, from, named)
	return o
}

// level returns the price at which an order of a list acts.
func (o *order) level() decimal.Decimal {
	switch {
	case o.want.Triggered():
		return o.want.Stop
	case o.want.Priced():
		return o.want.Price
	case o.want.Trail.Activate.IsPositive():
		return o.want.Trail.Activate
	case (o.want.Side == market.Buy) == (o.want.Type == market.TrailingStop): // it follows from the last price
		return decimal.New(1, 18)
	}
	return decimal.Zero
}

// placeList places a list that was read.
func (c *call) placeList(l *list) (any, *refusal) {
	kind := c.text("newOrderRespType")
	if kind != "" && kind != "ACK" && kind != "RESULT" && kind != "FULL" {
		c.reject(errData("newOrderRespType"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	s := c.side
	if r := s.admit(l); r != nil {
		return nil, r
	}
	s.listed++
	l.id, l.created, l.updated = s.listed, s.venue.clock.now, s.venue.clock.now
	s.lists = append(s.lists, l)
	if r := c.submit(l.orders...); r != nil {
		s.lists = s.lists[:len(s.lists)-1]
		return nil, r
	}
	a := l.answer()
	a.Type, a.Status = "EXEC_STARTED", "EXECUTING"
	for _, o := range l.orders {
		switch kind {
		case "ACK":
			a.Reports = append(a.Reports, o.ack())
		case "FULL":
			a.Reports = append(a.Reports, o.full(s))
		default:
			a.Reports = append(a.Reports, o.result())
		}
	}
	return a, nil
}

// findList returns the list that a request means.
func (c *call) findList(client string, absent *refusal) *list {
	id, name := c.integer("orderListId", 0), c.text(client)
	if c.bad == nil && !c.sent("orderListId") && name == "" {
		c.reject(errEither(client, "orderListId"))
	}
	if c.bad != nil {
		return nil
	}
	for i := len(c.side.lists) - 1; i >= 0; i-- {
		l := c.side.lists[i]
		if (!c.sent("orderListId") || l.id == id) && (name == "" || l.client == name) {
			return l
		}
	}
	c.reject(absent)
	return nil
}

func cancelList(c *call) (any, *refusal) {
	b := c.symbol()
	as := c.clientID("newClientOrderId")
	l := c.findList("listClientOrderId", errCancel)
	if c.bad == nil && (l.book != b || !l.open()) {
		c.reject(errCancel)
	}
	if c.bad != nil {
		return nil, c.bad
	}
	c.side.cancelAll(l, as)
	return l.cancelled(), nil
}

func oneList(c *call) (any, *refusal) {
	l := c.findList("origClientOrderId", errNoOrder)
	if c.bad != nil {
		return nil, c.bad
	}
	return l.answer(), nil
}

func allLists(c *call) (any, *refusal) {
	first, limit := c.integer("fromId", 0), c.limit(500, 1000)
	from, to := c.between()
	if c.bad != nil {
		return nil, c.bad
	}
	found := []listAnswer{}
	for _, l := range c.side.lists {
		if l.id >= first && l.created >= from && l.created <= to {
			found = append(found, l.answer())
		}
	}
	return cut(found, limit, c.sent("fromId") || c.sent("startTime")), nil
}

func openLists(c *call) (any, *refusal) {
	found := []listAnswer{}
	for _, l := range c.side.lists {
		if l.open() {
			found = append(found, l.answer())
		}
	}
	return found, nil
}
