package venue

import (
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// algo is a conditional order of USD-M. Once it is triggered, its order speaks for it, whose
// client id is its own.
type algo struct {
	id        int64
	client    string
	kind      string // STOP, STOP_MARKET, TAKE_PROFIT, TAKE_PROFIT_MARKET or TRAILING_STOP_MARKET
	status    string // NEW, TRIGGERING, TRIGGERED, FINISHED, CANCELED, EXPIRED or REJECTED
	order     *order // what it is to the simulator
	whole     bool   // closePosition
	working   string // workingType
	protect   bool
	created   market.Time
	updated   market.Time
	triggered market.Time // 0: not yet
	reason    string      // why it failed
}

// waits reports whether an algo waits for its trigger.
func (a *algo) waits() bool { return a.status == "NEW" }

// firstAlgo is before the first id of conditional orders: they are numbered apart from
// orders.
const firstAlgo = 1_000_000_000_000

// What a conditional order may say.
const algoParams = "algoType symbol side type positionSide timeInForce quantity price triggerPrice workingType priceMatch closePosition priceProtect reduceOnly activatePrice activationPrice callbackRate clientAlgoId newOrderRespType selfTradePreventionMode goodTillDate"

func placeAlgo(c *call) (any, *refusal) {
	f := c.side.futures
	a := c.algo()
	if c.bad != nil {
		return nil, c.bad
	}
	o := a.order
	if r := f.filter(o); r != nil {
		return nil, r
	}
	if old := f.algoNames[a.client]; old != nil && (old.waits() || old.status == "TRIGGERED") {
		return nil, errClientTaken
	}
	if t := &o.want.Trail.Activate; t.IsPositive() && crossed(o, f.side.mark(o.book)) {
		return nil, errTriggers
	}
	if r := c.venue.accounts.orderRoom(c, 1); r != nil {
		return nil, r
	}
	a.id = firstAlgo + int64(len(f.algos)) + 1
	a.created, a.updated = c.venue.clock.now, c.venue.clock.now
	if r := c.side.place(o); r != nil {
		return nil, r
	}
	c.venue.accounts.ordered(c, 1)
	c.side.ends(o)
	return a.answer(), nil
}

// crossed reports whether the price is beyond the activation of a trailing stop already: a
// sell's must be above it, a buy's below.
func crossed(o *order, mark decimal.Decimal) bool {
	if mark.IsZero() {
		return false
	}
	if o.want.Side == market.Sell {
		return !o.want.Trail.Activate.GreaterThan(mark)
	}
	return !o.want.Trail.Activate.LessThan(mark)
}

// algoTypes are the simulator's types of conditional orders.
var algoTypes = map[string]market.Type{"STOP": market.StopLimit, "STOP_MARKET": market.Stop, "TAKE_PROFIT": market.TakeProfitLimit,
	"TAKE_PROFIT_MARKET": market.TakeProfit, "TRAILING_STOP_MARKET": market.TrailingStop}

// algo reads a conditional order.
func (c *call) algo() *algo {
	if c.need("algoType") != "CONDITIONAL" {
		c.reject(errData("algoType"))
	}
	b := c.symbol()
	o := &order{book: b, stp: "EXPIRE_MAKER"}
	a := &algo{kind: c.need("type"), status: "NEW", order: o, working: "CONTRACT_PRICE"}
	o.algo, o.kind = a, a.kind
	o.want.Side, o.want.Type = c.orderSide("side"), algoTypes[a.kind]
	if o.want.Type == 0 {
		c.reject(errOrderType)
		return a
	}
	c.conditions(a)
	o.want.ReduceOnly = c.flag("reduceOnly")
	if a.whole = c.flag("closePosition"); a.whole {
		c.closing(o)
	} else if o.want.Quantity = c.amount("quantity"); c.need("quantity") != "" && !o.want.Quantity.IsPositive() {
		c.reject(errQuantityZero)
	}
	c.readTIF(o, c.text("timeInForce"))
	if o.tif == "" {
		o.tif = "GTC"
	}
	if o.want.TIF == market.IOC || o.want.TIF == market.FOK || o.want.PostOnly {
		c.reject(errTimeInForce) // what waits cannot end at once here
	}
	c.common(o)
	if w := c.text("workingType"); w != "" {
		a.working = w
	}
	a.protect = c.flag("priceProtect")
	a.client = c.futuresClient("clientAlgoId")
	o.client = a.client
	return a
}

// conditions reads what triggers a conditional order, and its limit.
func (c *call) conditions(a *algo) {
	o := a.order
	switch {
	case o.want.Type == market.TrailingStop:
		c.forbid("price", "triggerPrice")
		o.want.Trail.Unit, o.want.Trail.By = market.TrailPercent, c.amount("callbackRate")
		if by := o.want.Trail.By; c.need("callbackRate") != "" && (by.LessThan(decimal.New(1, -1)) || by.GreaterThan(decimal.New(10, 0))) {
			c.reject(errData("callbackRate"))
		}
		o.want.Trail.Activate = decimal.Max(c.amount("activatePrice"), c.amount("activationPrice"))
		return
	case o.want.Priced():
		o.want.Price = c.priced("price")
	default:
		c.forbid("price")
	}
	if o.want.Stop = c.amount("triggerPrice"); c.need("triggerPrice") != "" && !o.want.Stop.IsPositive() {
		c.reject(errStopZero)
	}
	c.forbid("callbackRate", "activatePrice", "activationPrice")
}

// closing makes an order one that closes the position whatever it is then.
func (c *call) closing(o *order) {
	if q := c.amount("quantity"); q.IsPositive() {
		c.reject(errQuantityWhole)
	}
	if c.sent("reduceOnly") {
		c.reject(errNotRequired("reduceOnly"))
	}
	if o.want.Type != market.Stop && o.want.Type != market.TakeProfit {
		c.reject(refuse(-4136, "Target strategy invalid for orderType %s,closePosition true", o.kind))
	}
	o.want.ReduceOnly = true
	if b := o.book; b != nil {
		o.want.Quantity = market.Floor(decimal.New(1, 9), b.Step)
		if b.MaxQuantity.IsPositive() {
			o.want.Quantity = market.Floor(b.MaxQuantity, b.Step)
		}
	}
}

// enterAlgo makes a conditional order one that can be asked for.
func (f *futures) enterAlgo(a *algo) {
	f.algos, f.waiting = append(f.algos, a), append(f.waiting, a)
	f.algoNames[a.client] = a
}

// closed puts right how an order that closes a position ended: the simulator was told of
// more than there is, and lets the rest expire.
func (f *futures) closed(told []execution) []execution {
	kept := told[:0:0]
	for i := range told {
		e := &told[i]
		if o := e.order; o == nil || o.algo == nil || !o.algo.whole {
			kept = append(kept, *e)
			continue
		}
		last, sum := -1, decimal.Zero
		for j := range kept {
			if kept[j].order == e.order && kept[j].update.Fill != nil {
				last, sum = j, sum.Add(kept[j].update.Fill.Quantity)
			}
		}
		if e.update.State == market.Expired && last >= 0 {
			kept[last].update.State, e.order.want.Quantity = market.Filled, sum
			continue
		}
		kept = append(kept, *e)
	}
	return kept
}

// algoSpeaks tells what a conditional order itself says of an execution, and reports
// whether its order has something to say too.
func (f *futures) algoSpeaks(o *order, e *execution) bool {
	a := o.algo
	switch {
	case a.triggered > 0:
		return true
	case e.trade != nil:
		f.trigger(a, e)
		return true
	case e.kind == "NEW":
		f.publishAlgo(a, e.at)
		return false
	case e.kind == "CANCELED":
		a.status = "CANCELED"
	case e.kind == "REJECTED":
		a.status, a.reason = "REJECTED", e.update.Reason
	default:
		if a.status = "EXPIRED"; e.update.Reason != market.TimeInForce {
			a.reason = e.update.Reason
		}
	}
	f.publishAlgo(a, e.at)
	return false
}

// trigger makes an order of a conditional one: a market or a limit order, which is new.
func (f *futures) trigger(a *algo, e *execution) {
	o := a.order
	a.status, a.triggered = "TRIGGERING", e.at
	f.publishAlgo(a, e.at)
	o.kind = "MARKET"
	if o.want.Priced() {
		o.kind = "LIMIT"
	}
	o.created, o.working = e.at, e.at
	if f.side.enter(o); o.ended() {
		o.leave()
	}
	first := *o
	first.status, first.executed, first.spent = "NEW", decimal.Zero, decimal.Zero
	f.publishOrder(&execution{order: &first, book: o.book, id: e.id, kind: "NEW", at: e.at, client: o.client})
}

// algoFollows tells how far a conditional order has come after its order has spoken.
func (f *futures) algoFollows(o *order, e *execution) {
	a := o.algo
	if a.status == "TRIGGERING" {
		a.status = "TRIGGERED"
		f.publishAlgo(a, e.at)
	}
	if o.ended() && a.status == "TRIGGERED" {
		a.status = "FINISHED"
		f.publishAlgo(a, e.at)
	}
}

// triggered finds conditional orders that have become limit orders which rest.
func (f *futures) triggered(at market.Time) {
	f.waiting = slices.DeleteFunc(f.waiting, func(a *algo) bool { return !a.waits() })
	for _, a := range f.waiting {
		if a.order.want.Priced() && f.side.sim.Follows(a.order.want.ID) {
			e := &execution{order: a.order, book: a.order.book, at: at}
			f.trigger(a, e)
			f.algoFollows(a.order, e)
		}
	}
}

// algoReply is what USD-M says of a conditional order in answers.
type algoReply struct {
	ID           int64   `json:"algoId"`
	Client       string  `json:"clientAlgoId"`
	AlgoType     string  `json:"algoType"`
	Type         string  `json:"orderType"`
	Symbol       string  `json:"symbol"`
	Side         string  `json:"side"`
	PositionSide string  `json:"positionSide"`
	TIF          string  `json:"timeInForce"`
	Quantity     string  `json:"quantity"`
	Status       string  `json:"algoStatus"`
	ActualID     *string `json:"actualOrderId,omitempty"` // of queries, with the next three
	ActualPrice  *string `json:"actualPrice,omitempty"`
	ActualType   *string `json:"actualType,omitempty"`
	ActualQty    *string `json:"actualQty,omitempty"`
	Trigger      string  `json:"triggerPrice"`
	Price        string  `json:"price"`
	Iceberg      *string `json:"icebergQuantity"`
	STP          string  `json:"selfTradePreventionMode"`
	WorkingType  string  `json:"workingType"`
	PriceMatch   string  `json:"priceMatch"`
	Close        bool    `json:"closePosition"`
	Protect      bool    `json:"priceProtect"`
	ReduceOnly   bool    `json:"reduceOnly"`
	Activate     *string `json:"activatePrice,omitempty"`
	Callback     *string `json:"callbackRate,omitempty"`
	Created      int64   `json:"createTime"`
	Updated      int64   `json:"updateTime"`
	Triggered    int64   `json:"triggerTime"`
	GoodTill     int64   `json:"goodTillDate"`
}

// quantity is what the order is for: nothing is said of one that closes what there is.
func (a *algo) quantity() decimal.Decimal {
	if a.whole && a.triggered == 0 {
		return decimal.Zero
	}
	return a.order.want.Quantity
}

// answer says where a conditional order stands, in the answer to a request that made it.
func (a *algo) answer() algoReply {
	o := a.order
	b := o.book
	r := algoReply{
		ID: a.id, Client: a.client, AlgoType: "CONDITIONAL", Type: a.kind, Symbol: b.Symbol, Side: spotSide(o.want.Side), PositionSide: "BOTH",
		TIF: o.tif, Quantity: b.quantityText(a.quantity()), Status: a.status, Trigger: b.priceText(o.want.Stop), Price: b.priceText(o.want.Price),
		STP: o.stp, WorkingType: a.working, PriceMatch: "NONE", Close: a.whole, Protect: a.protect, ReduceOnly: o.want.ReduceOnly,
		Created: a.created.Millis(), Updated: a.updated.Millis(), GoodTill: o.goodTill(),
	}
	if a.triggered > 0 {
		r.Triggered = a.triggered.Millis()
	}
	if t := &o.want.Trail; o.want.Type == market.TrailingStop {
		activate, by := b.priceText(t.Activate), t.By.String()
		r.Activate, r.Callback = &activate, &by
	}
	return r
}

// query says where a conditional order stands, and what it has become.
func (a *algo) query() algoReply {
	r, o := a.answer(), a.order
	id, price, kind, filled := "", o.book.priceText(decimal.Zero), "", o.book.quantityText(decimal.Zero)
	if a.triggered > 0 {
		id, price, kind, filled = strconv.FormatInt(o.id, 10), padded(o.average(), -o.book.Tick.Exponent()), o.kind, o.book.quantityText(o.executed)
	}
	r.ActualID, r.ActualPrice, r.ActualType, r.ActualQty = &id, &price, &kind, &filled
	return r
}

// algoNamed returns the conditional order that a request names.
func (c *call) algoNamed(missing *refusal) (*algo, *refusal) {
	f := c.side.futures
	id, client := c.integer("algoId", 0), c.text("clientAlgoId")
	if c.bad == nil && id == 0 && client == "" {
		c.reject(errEither("algoId", "clientAlgoId"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	var a *algo
	if k := id - firstAlgo - 1; id != 0 && k >= 0 && k < int64(len(f.algos)) {
		a = f.algos[k]
	} else if id == 0 {
		a = f.algoNames[client]
	}
	if a == nil || !a.found(c.venue.clock.now) {
		return nil, missing
	}
	return a, nil
}

// found reports whether the venue still knows a conditional order.
func (a *algo) found(now market.Time) bool {
	age := now - a.created
	if (a.status == "CANCELED" || a.status == "EXPIRED") && a.order.executed.IsZero() {
		return age <= market.Time(foundUnfilled)
	}
	return age <= market.Time(foundFor)
}

func algoOrder(c *call) (any, *refusal) {
	a, r := c.algoNamed(errNoOrder)
	if r != nil {
		return nil, r
	}
	return a.query(), nil
}

func cancelAlgo(c *call) (any, *refusal) {
	a, r := c.algoNamed(errCancel)
	switch {
	case r != nil:
		return nil, r
	case !a.waits():
		return nil, errCancel
	}
	c.side.cancel(a.order, "")
	return struct {
		ID     int64  `json:"algoId"`
		Client string `json:"clientAlgoId"`
		Code   string `json:"code"`
		Msg    string `json:"msg"`
	}{a.id, a.client, "200", "success"}, nil
}

func openAlgos(c *call) (any, *refusal) {
	id := c.integer("algoId", 0)
	if t := c.text("algoType"); t != "" && t != "CONDITIONAL" {
		c.reject(errData("algoType"))
	}
	list := []algoReply{}
	books := c.openBooks()
	for _, a := range c.side.futures.waiting {
		if a.waits() && (id == 0 || a.id == id) && slices.Contains(books, a.order.book) {
			list = append(list, a.query())
		}
	}
	return list, c.bad
}

func allAlgos(c *call) (any, *refusal) {
	b, first := c.symbol(), c.integer("algoId", 0)
	from, to := c.week()
	limit, number := c.limit(500, 1000), c.integer("page", 1)
	if c.bad != nil {
		return nil, c.bad
	}
	list := []algoReply{}
	for _, a := range c.side.futures.algos {
		if a.order.book != b || !a.found(c.venue.clock.now) || a.id < first || first == 0 && (a.created < from || a.created > to) {
			continue
		}
		list = append(list, a.query())
	}
	if number > 1 {
		list = list[min(len(list), int(min(number-1, 1e6))*limit):]
		return cut(list, limit, true), nil
	}
	return cut(list, limit, first > 0 || c.sent("startTime") || c.sent("page")), nil
}

func cancelAllAlgos(c *call) (any, *refusal) {
	b := c.symbol()
	if c.bad != nil {
		return nil, c.bad
	}
	c.side.futures.cancelAlgos(b)
	return done{200, "The operation of cancel all open order is done."}, nil
}

// cancelAlgos ends all conditional orders of an instrument that wait.
func (f *futures) cancelAlgos(b *book) {
	for _, a := range slices.Clone(f.waiting) {
		if a.waits() && a.order.book == b {
			f.side.cancel(a.order, "")
		}
	}
}
