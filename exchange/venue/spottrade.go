package venue

import (
	"net/http"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

func placeOrder(c *call) (any, *refusal) {
	o := c.spotOrder()
	respond := c.response(o)
	if c.bad != nil {
		return nil, c.bad
	}
	if r := c.submit(o); r != nil {
		return nil, r
	}
	return respond(), nil
}

// submit places orders that were read, which are one request, under the limits of the
// account.
func (c *call) submit(orders ...*order) *refusal {
	for _, o := range orders {
		if r := c.side.filtered(o); r != nil {
			return r
		}
	}
	if r := c.venue.accounts.orderRoom(c, len(orders)); r != nil {
		return r
	}
	if r := c.side.place(orders...); r != nil {
		return r
	}
	c.venue.accounts.ordered(c, len(orders))
	return nil
}

func testOrder(c *call) (any, *refusal) {
	o, rates := c.spotOrder(), c.flag("computeCommissionRates")
	if c.response(o); c.bad != nil {
		return nil, c.bad
	}
	if r := c.side.filtered(o); r != nil {
		return nil, r
	}
	if !rates {
		return struct{}{}, nil
	}
	fees := o.book.Fees
	return object{
		"standardCommissionForOrder": object{"maker": fixed(fees.Maker, 8), "taker": fixed(fees.Taker, 8)},
		"specialCommissionForOrder":  object{"maker": "0.00000000", "taker": "0.00000000"},
		"taxCommissionForOrder":      object{"maker": "0.00000000", "taker": "0.00000000"},
		"discount":                   c.side.discount(),
	}, nil
}

// response returns how an order is to be answered: with all, without fills, or with its id
// alone.
func (c *call) response(o *order) func() any {
	kind := c.text("newOrderRespType")
	if kind == "" && o != nil {
		if kind = "ACK"; o.kind == "MARKET" || o.kind == "LIMIT" {
			kind = "FULL"
		}
	}
	switch kind {
	case "FULL":
		return func() any { return o.full(c.side) }
	case "RESULT":
		return func() any { return o.result() }
	case "ACK":
		return func() any { return o.ack() }
	}
	c.reject(errData("newOrderRespType"))
	return nil
}

// find returns the order that a request means, by the venue's id, the client's or both. Where
// there is none it says absent.
func (c *call) find(b *book, id, client string, absent *refusal) *order {
	n, name := c.integer(id, 0), c.text(client)
	if c.bad != nil {
		return nil
	}
	var o *order
	switch {
	case !c.sent(id) && name == "":
		c.reject(errEither(client, id))
		return nil
	case c.sent(id):
		o = c.side.order(n)
	default:
		o = c.side.clients[name]
	}
	switch {
	case o == nil || o.book != b:
		c.reject(absent)
		return nil
	case name != "" && o.client != name:
		c.reject(refuse(-2039, "Client order ID is not correct for this order ID."))
		return nil
	}
	return o
}

func cancelOrder(c *call) (any, *refusal) {
	b := c.symbol()
	as, only := c.clientID("newClientOrderId"), c.restriction()
	o := c.find(b, "orderId", "origClientOrderId", errCancel)
	if c.bad != nil {
		return nil, c.bad
	}
	if r := c.side.withdraw(o, as, only); r != nil {
		return nil, r
	}
	return o.cancelAnswer(), nil
}

// restriction returns the status that an order must have to be cancelled; "" is any.
func (c *call) restriction() string {
	switch c.text("cancelRestrictions") {
	case "":
	case "ONLY_NEW":
		return "NEW"
	case "ONLY_PARTIALLY_FILLED":
		return "PARTIALLY_FILLED"
	default:
		c.reject(errData("cancelRestrictions"))
	}
	return ""
}

// withdraw cancels an order that works, and those of its list.
func (s *side) withdraw(o *order, as, only string) *refusal {
	switch {
	case o.ended():
		return errCancel
	case only != "" && o.status != only:
		return errRestricted
	case o.list != nil:
		s.cancelAll(o.list, as)
	default:
		s.cancel(o, as)
	}
	if !o.ended() {
		return errCancel
	}
	return nil
}

func cancelAll(c *call) (any, *refusal) {
	b := c.symbol()
	if c.bad != nil {
		return nil, c.bad
	}
	if len(b.open) == 0 {
		return nil, errCancel
	}
	answers := []any{}
	for len(b.open) > 0 {
		o := b.open[0]
		if r := c.side.withdraw(o, c.clientID("newClientOrderId"), ""); r != nil {
			return nil, r
		}
		if o.list != nil {
			answers = append(answers, o.list.cancelled())
			continue
		}
		answers = append(answers, o.cancelAnswer())
	}
	return answers, nil
}

// cancelReplace cancels one order and places another. Half of it may succeed: then the
// status is 409, and data has both halves. Filters and limits are applied before either.
func cancelReplace(c *call) (any, *refusal) {
	o := c.spotOrder()
	respond := c.response(o)
	goOn, force := c.replaceModes()
	as, only := c.clientID("cancelNewClientOrderId"), c.restriction()
	if !c.sent("cancelOrderId") && c.text("cancelOrigClientOrderId") == "" {
		c.reject(errEither("cancelOrigClientOrderId", "cancelOrderId"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	if r := c.side.filtered(o); r != nil && r != errDuplicate { // that may be the one that is cancelled
		return nil, r
	}
	if r := c.venue.accounts.orderRoom(c, 1); r != nil && !force {
		return nil, r
	}
	both := &replacement{Cancel: "SUCCESS", New: "SUCCESS"}
	if r := c.withdrawOld(both, o.book, as, only); r != nil && !goOn {
		c.venue.accounts.ordered(c, 1) // it counts, tried or not
		both.New = "NOT_ATTEMPTED"
	} else if r := c.submit(o); r != nil {
		both.New, both.NewResponse = "FAILURE", spoken(r)
	} else {
		both.NewResponse = respond()
	}
	if both.Cancel != "SUCCESS" || both.New != "SUCCESS" {
		return nil, both.refusal()
	}
	return both, nil
}

// replaceModes reads whether to go on where the cancel fails, and whether to cancel where
// there is no room for another order.
func (c *call) replaceModes() (goOn, force bool) {
	switch mode := c.need("cancelReplaceMode"); mode {
	case "", "STOP_ON_FAILURE":
	case "ALLOW_FAILURE":
		goOn = true
	default:
		c.reject(errData("cancelReplaceMode"))
	}
	switch mode := c.text("orderRateLimitExceededMode"); mode {
	case "", "DO_NOTHING":
	case "CANCEL_ONLY":
		force = true
	default:
		c.reject(errData("orderRateLimitExceededMode"))
	}
	return goOn, force
}

// withdrawOld cancels the order that is to be replaced.
func (c *call) withdrawOld(both *replacement, b *book, as, only string) *refusal {
	old := c.find(b, "cancelOrderId", "cancelOrigClientOrderId", errCancel)
	r := c.bad
	if r == nil {
		r = c.side.withdraw(old, as, only)
	}
	if r != nil {
		both.Cancel, both.CancelResponse = "FAILURE", spoken(r)
		return r
	}
	both.CancelResponse = old.cancelAnswer()
	return nil
}

// replacement is both halves of a cancelReplace.
type replacement struct {
	Cancel         string `json:"cancelResult"`
	New            string `json:"newOrderResult"`
	CancelResponse any    `json:"cancelResponse"`
	NewResponse    any    `json:"newOrderResponse"`
}

func (r *replacement) refusal() *refusal {
	if r.Cancel == "SUCCESS" || r.New == "SUCCESS" {
		return &refusal{http: http.StatusConflict, code: -2021, msg: "Order cancel-replace partially failed.", data: r}
	}
	return &refusal{http: http.StatusBadRequest, code: -2022, msg: "Order cancel-replace failed.", data: r}
}

func spoken(r *refusal) any { return object{"code": r.code, "msg": r.msg} }

// maxAmends is the limit of MAX_NUM_ORDER_AMENDS.
const maxAmends = 10

func amendOrder(c *call) (any, *refusal) {
	b := c.symbol()
	o := c.find(b, "orderId", "origClientOrderId", errNoOrder)
	quantity := c.amount("newQty")
	if !quantity.IsPositive() {
		c.reject(errMandatory("newQty"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	was, renamed := o.client, o.client
	if c.sent("newClientOrderId") {
		if renamed = c.clientID("newClientOrderId"); c.bad != nil {
			return nil, c.bad
		}
		if other := c.side.clients[renamed]; other != nil && other != o && !other.ended() {
			return nil, errDuplicate
		}
	}
	if r := c.side.shrink(o, quantity, renamed); r != nil {
		return nil, r
	}
	return object{"transactTime": o.updated.Millis(), "executionId": c.side.executions, "amendedOrder": object{
		"symbol": b.Symbol, "orderId": o.id, "orderListId": o.listID(), "origClientOrderId": was, "clientOrderId": o.client,
		"price": b.quotes(o.want.Price), "qty": b.bases(o.want.Quantity), "executedQty": b.bases(o.executed), "preventedQty": b.bases(decimal.Zero),
		"quoteOrderQty": b.quotes(o.quote), "cumulativeQuoteQty": b.quotes(o.spent), "status": o.status, "timeInForce": o.tif, "type": o.kind, "side": spotSide(o.want.Side),
		"workingTime": o.workingTime(), "selfTradePreventionMode": o.stp,
	}}, nil
}

// shrink gives a resting order a smaller quantity.
func (s *side) shrink(o *order, quantity decimal.Decimal, renamed string) *refusal {
	rejected := func(why string) *refusal { return refuse(-2038, "Order amend rejected: %s", why) }
	switch {
	case o.ended():
		return errNoOrder
	case o.amends >= maxAmends:
		return errFilter("MAX_NUM_ORDER_AMENDS")
	case !market.OnGrid(quantity, o.book.Step) || quantity.LessThan(o.book.MinQuantity):
		return errFilter("LOT_SIZE")
	case !quantity.LessThan(o.want.Quantity) || !quantity.GreaterThan(o.executed):
		return rejected("the quantity must be below that of the order and above what has traded.")
	}
	to, before := o.want, o.want.Quantity
	to.Quantity = quantity
	s.sim.Amend(s.moment(o.book, true), to)
	o.want.Quantity = quantity
	s.drain(s.moment(o.book, true))
	for i := range s.told {
		if e := &s.told[i]; e.order == o && e.update.Reason == market.AmendRejected {
			o.want.Quantity = before
			s.tell()
			return rejected("it does not rest by itself at a limit.")
		}
	}
	o.amends++
	if renamed != o.client {
		delete(s.clients, o.client)
		o.client, s.clients[renamed] = renamed, o
	}
	s.tell()
	return nil
}
