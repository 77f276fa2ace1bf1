package venue

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// futuresReply is what USD-M says of an order in answers.
type futuresReply struct {
	OrderID      int64  `json:"orderId"`
	Symbol       string `json:"symbol"`
	Status       string `json:"status"`
	Client       string `json:"clientOrderId"`
	Price        string `json:"price"`
	Average      string `json:"avgPrice"`
	Quantity     string `json:"origQty"`
	Executed     string `json:"executedQty"`
	CumQty       string `json:"cumQty,omitempty"`
	CumQuote     string `json:"cumQuote"`
	TIF          string `json:"timeInForce"`
	Type         string `json:"type"`
	ReduceOnly   bool   `json:"reduceOnly"`
	Close        bool   `json:"closePosition"`
	Side         string `json:"side"`
	PositionSide string `json:"positionSide"`
	StopPrice    string `json:"stopPrice"`
	WorkingType  string `json:"workingType"`
	PriceProtect bool   `json:"priceProtect"`
	OrigType     string `json:"origType"`
	PriceMatch   string `json:"priceMatch"`
	STP          string `json:"selfTradePreventionMode"`
	GoodTill     int64  `json:"goodTillDate"`
	Time         int64  `json:"time,omitempty"` // of queries
	UpdateTime   int64  `json:"updateTime"`
}

// futuresAnswer says where an order stands, in the answer to a request that changed it.
func (o *order) futuresAnswer() futuresReply {
	b := o.book
	zero := b.priceText(decimal.Zero)
	return futuresReply{
		OrderID: o.id, Symbol: b.Symbol, Status: o.status, Client: o.client,
		Price: b.priceText(o.want.Price), Average: zero, Quantity: b.quantityText(o.want.Quantity),
		Executed: b.quantityText(o.executed), CumQty: b.quantityText(o.executed), CumQuote: padded(o.spent, 5),
		TIF: o.tif, Type: o.kind, ReduceOnly: o.want.ReduceOnly, Close: o.algo != nil && o.algo.whole, Side: spotSide(o.want.Side), PositionSide: "BOTH",
		StopPrice: zero, WorkingType: "CONTRACT_PRICE", OrigType: o.kind, PriceMatch: "NONE", STP: o.stp,
		GoodTill: o.goodTill(), UpdateTime: o.updated.Millis(),
	}.averaging(o)
}

// averaging fills in the average price of what has traded.
func (r futuresReply) averaging(o *order) futuresReply {
	if o.executed.IsPositive() {
		r.Average = padded(o.average(), -o.book.Tick.Exponent())
	}
	return r
}

// average is the average price of what has traded of an order, to 8 decimals.
func (o *order) average() decimal.Decimal {
	if !o.executed.IsPositive() {
		return decimal.Zero
	}
	return market.Divide(o.spent, o.executed, 8)
}

// futuresQuery says where an order stands, and when it was made.
func (o *order) futuresQuery() futuresReply {
	r := o.futuresAnswer()
	r.Time, r.CumQty = o.created.Millis(), ""
	return r
}

func (o *order) goodTill() int64 {
	if o.want.TIF != market.GTD {
		return 0
	}
	return o.want.Expire.Millis()
}

// priceText writes a price with the decimals of the tick, quantityText a quantity with those of the step: more
// where there are more.
func (b *book) priceText(d decimal.Decimal) string    { return padded(d, -b.Tick.Exponent()) }
func (b *book) quantityText(d decimal.Decimal) string { return padded(d, -b.Step.Exponent()) }

// padded writes an amount exactly, with at least so many decimals.
func padded(d decimal.Decimal, places int32) string {
	return d.StringFixed(max(places, decimals(d), 0))
}

// money writes an amount of a wallet: what the venue has is never rounded, and fundings make
// more than its 8 decimals of it.
func money(d decimal.Decimal) string { return padded(d, 8) }

// shown reports whether an order of USD-M can be asked for: a conditional one is an order
// only once it was triggered.
func (o *order) shown() bool { return o != nil && (o.algo == nil || o.algo.triggered > 0) }

// How long orders can be found: those that ended unfilled, and all others.
const (
	foundUnfilled = 3 * 24 * time.Hour
	foundFor      = 90 * 24 * time.Hour
)

// found reports whether the venue still knows an order.
func (o *order) found(now market.Time) bool {
	if !o.shown() {
		return false
	}
	age := time.Duration(now - o.created)
	if (o.status == "CANCELED" || o.status == "EXPIRED") && o.executed.IsZero() {
		return age <= foundUnfilled
	}
	return age <= foundFor
}

// futuresNamed returns the order that a request names by orderId or origClientOrderId.
func (c *call) futuresNamed(missing *refusal) (*order, *refusal) {
	b := c.symbol()
	id, client := c.integer("orderId", 0), c.text("origClientOrderId")
	if c.bad == nil && id == 0 && client == "" {
		c.reject(errEither("origClientOrderId", "orderId"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	o := c.side.order(id)
	if id == 0 {
		o = c.side.clients[client]
	}
	if o == nil || o.book != b || !o.found(c.venue.clock.now) {
		return nil, missing
	}
	return o, nil
}

func futuresOrder(c *call) (any, *refusal) {
	o, r := c.futuresNamed(errNoOrder)
	switch {
	case r != nil:
		return nil, r
	case c.lags(o):
		return nil, errNoOrder
	}
	return o.futuresQuery(), nil
}

func futuresOpenOrder(c *call) (any, *refusal) {
	o, r := c.futuresNamed(errNoOrder)
	switch {
	case r != nil:
		return nil, r
	case o.ended() || c.lags(o):
		return nil, errNoOrder
	}
	return o.futuresQuery(), nil
}

func cancelFutures(c *call) (any, *refusal) {
	o, r := c.futuresNamed(errCancel)
	switch {
	case r != nil:
		return nil, r
	case o.ended():
		return nil, errCancel
	}
	c.side.cancel(o, "")
	return o.futuresAnswer(), nil
}

// openBooks returns the instrument that a request names, or all.
func (c *call) openBooks() []*book {
	if !c.sent("symbol") {
		return c.side.books
	}
	if b := c.symbol(); b != nil {
		return []*book{b}
	}
	return nil
}

func futuresOpenOrders(c *call) (any, *refusal) {
	list := []futuresReply{}
	for _, b := range c.openBooks() {
		for _, o := range b.open {
			if !c.lags(o) {
				list = append(list, o.futuresQuery())
			}
		}
	}
	return list, c.bad
}

// done is the answer to requests that have nothing to tell.
type done struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

func cancelAllFutures(c *call) (any, *refusal) {
	b := c.symbol()
	if c.bad != nil {
		return nil, c.bad
	}
	c.side.cancelOpen(b)
	return done{200, "The operation of cancel all open order is done."}, nil
}

// cancelOpen ends all orders of an instrument that can be asked for.
func (s *side) cancelOpen(b *book) {
	for _, o := range slices.Clone(b.open) {
		if !o.ended() {
			s.cancel(o, "")
		}
	}
}

// week reads startTime and endTime, which lie at most 7 days apart: by default the last 7.
func (c *call) week() (from, to market.Time) {
	const week = market.Time(7 * 24 * time.Hour)
	start, end := c.integer("startTime", -1), c.integer("endTime", -1)
	if c.bad != nil {
		return 0, 0
	}
	from, to = market.Millis(start), market.Millis(end)+market.Millis(1)-1
	switch {
	case start < 0 && end < 0:
		return c.venue.clock.now - week, c.venue.clock.now
	case start < 0:
		from = to - week
	case end < 0:
		to = min(from+week, c.venue.clock.now)
	case end < start:
		c.reject(refuse(-1023, "Start time is greater than end time."))
	case to-from > week:
		c.reject(refuse(-4165, "Maximum time interval is 7 days"))
	}
	return from, to
}

func allFuturesOrders(c *call) (any, *refusal) {
	b, first := c.symbol(), c.integer("orderId", 0)
	from, to := c.week()
	limit := c.limit(500, 1000)
	if c.bad != nil {
		return nil, c.bad
	}
	list := []futuresReply{}
	for _, o := range c.side.orders {
		if o == nil || o.book != b || !o.found(c.venue.clock.now) || o.id < first || first == 0 && (o.created < from || o.created > to) {
			continue
		}
		list = append(list, o.futuresQuery())
	}
	return cut(list, limit, first > 0 || c.sent("startTime")), nil
}

// amendFutures gives a limit order another quantity and price, and the last place in the
// queue. A change that is refused leaves it as it was.
func amendFutures(c *call) (any, *refusal) {
	o, r := c.futuresNamed(errNoOrder)
	if r != nil {
		return nil, r
	}
	to := o.want
	to.Quantity, to.Price = c.amount("quantity"), c.priced("price")
	if c.need("quantity") != "" && !to.Quantity.IsPositive() {
		c.reject(errQuantityZero)
	}
	way, reduce := c.orderSide("side"), c.flag("reduceOnly")
	c.common(o)
	switch {
	case c.bad != nil:
		return nil, c.bad
	case o.ended() || way != o.want.Side:
		return nil, errNoOrder
	case o.want.Type != market.Limit || o.algo != nil:
		return nil, errLimitOnly
	case reduce && !o.want.ReduceOnly:
		return nil, errNotReduceOnly
	case to.Quantity.Equal(o.want.Quantity) && to.Price.Equal(o.want.Price):
		return nil, errSame
	}
	if r := c.venue.accounts.orderRoom(c, 1); r != nil {
		return nil, r
	}
	c.venue.accounts.ordered(c, 1)
	if o.executed.IsPositive() && to.Quantity.LessThanOrEqual(o.executed) {
		c.side.cancel(o, "")
		return o.futuresAnswer(), nil
	}
	if r := c.side.amendFutures(o, to); r != nil {
		return nil, r
	}
	return o.futuresAnswer(), nil
}

// amendFutures changes an order at the simulator.
func (s *side) amendFutures(o *order, to market.Order) *refusal {
	changed := *o
	changed.want = to
	changed.want.Quantity = to.Quantity.Sub(o.executed) // what is left is what must pass
	if r := s.futures.fits(&changed); r != nil {
		return r
	}
	was := o.want
	o.want = to
	at := s.moment(o.book, true)
	s.sim.Amend(at, to)
	s.drain(at)
	var r *refusal
	for i := range s.told {
		if e := &s.told[i]; e.order == o && e.update.Reason == market.AmendRejected {
			o.want, r = was, errMargin
		}
	}
	if s.venue.o.Fills == ByTrade && r == nil {
		s.present(o.book)
	}
	s.tell()
	return r
}
