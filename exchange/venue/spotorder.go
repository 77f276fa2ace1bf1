package venue

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// form is an order type of spot: what it must say beside a quantity, and what it may.
type form struct {
	kind     market.Type
	postOnly bool
	price    bool // it has one
	stop     bool // it has a stopPrice, a trailingDelta or both
	tif      bool // it has a timeInForce
}

var forms = map[string]form{
	"LIMIT":             {kind: market.Limit, price: true, tif: true},
	"LIMIT_MAKER":       {kind: market.Limit, price: true, postOnly: true},
	"MARKET":            {kind: market.Market},
	"STOP_LOSS":         {kind: market.Stop, stop: true},
	"STOP_LOSS_LIMIT":   {kind: market.StopLimit, price: true, stop: true, tif: true},
	"TAKE_PROFIT":       {kind: market.TakeProfit, stop: true},
	"TAKE_PROFIT_LIMIT": {kind: market.TakeProfitLimit, price: true, stop: true, tif: true},
}

var tifs = map[string]market.TIF{"GTC": market.GTC, "IOC": market.IOC, "FOK": market.FOK}

var legalClient = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,36}$`)

// clientID returns the id that a request gives something, or one of the venue's.
func (c *call) clientID(name string) string {
	id := c.text(name)
	if id == "" {
		c.side.minted++
		return "venue" + strconv.FormatInt(c.side.minted, 36)
	}
	if !legalClient.MatchString(id) {
		c.reject(errIllegal(name, legalClient.String()))
	}
	return id
}

// leg names the parameters of one order among those of a request: with the prefix "above"
// they are aboveType, abovePrice and so on; those of an order by itself have none.
type leg struct{ prefix string }

func (l leg) of(name string) string {
	if l.prefix == "" {
		return name
	}
	return l.prefix + strings.ToUpper(name[:1]) + name[1:]
}

func (l leg) clientParam() string {
	if l.prefix == "" {
		return "newClientOrderId"
	}
	return l.prefix + "ClientOrderId"
}

// spotOrder reads an order by itself.
func (c *call) spotOrder() *order {
	b := c.symbol()
	if b == nil {
		return nil
	}
	side, kind := c.orderSide("side"), c.need("type")
	o := c.leg(leg{}, b, side, kind)
	if o != nil {
		c.quantities(o)
		c.precise(o, leg{}, "quantity")
	}
	return o
}

func (c *call) orderSide(name string) market.Side {
	switch c.need(name) {
	case "BUY":
		return market.Buy
	case "SELL":
		return market.Sell
	case "":
	default:
		c.reject(errOrderSide)
	}
	return 0
}

// leg reads an order but for its quantity; nil with c.bad set.
func (c *call) leg(l leg, b *book, side market.Side, kind string) *order {
	f, known := forms[kind]
	if !known && kind != "" {
		c.reject(errOrderType)
	}
	if c.bad != nil {
		return nil
	}
	o := &order{book: b, client: c.clientID(l.clientParam()), kind: kind, stp: c.selfTrade(), tif: "GTC"}
	o.want.Side, o.want.Type, o.want.PostOnly = side, f.kind, f.postOnly
	c.timeInForce(o, l, f)
	c.prices(o, l, f)
	o.iceberg = c.amount(l.of("icebergQty"))
	if o.iceberg.IsPositive() && (o.tif != "GTC" || !f.price) {
		c.reject(errNotRequired(l.of("icebergQty")))
	}
	o.strategy = [2]int64{c.integer(l.of("strategyId"), 0), c.integer(l.of("strategyType"), 0)}
	if o.strategy[1] > 0 && o.strategy[1] < 1_000_000 {
		c.reject(errData(l.of("strategyType")))
	}
	if c.bad != nil {
		return nil
	}
	return o
}

func (c *call) timeInForce(o *order, l leg, f form) {
	name := l.of("timeInForce")
	switch tif, known := tifs[c.text(name)]; {
	case !f.tif && c.sent(name):
		c.reject(errNotRequired(name))
	case !f.tif:
	case !c.sent(name):
		c.reject(errMandatory(name))
	case !known:
		c.reject(errTimeInForce)
	case f.stop && tif != market.GTC:
		c.reject(errUnsupported) // the simulator knows no order that waits and then must not
	default:
		o.tif, o.want.TIF = c.text(name), tif
	}
}

// prices reads price, stopPrice and trailingDelta.
func (c *call) prices(o *order, l leg, f form) {
	price, stop, delta := l.of("price"), l.of("stopPrice"), l.of("trailingDelta")
	o.want.Price, o.want.Stop = c.amount(price), c.amount(stop)
	trail := c.integer(delta, 0)
	switch {
	case f.price && !o.want.Price.IsPositive():
		c.reject(errMandatory(price))
	case !f.price && c.sent(price):
		c.reject(errNotRequired(price))
	case !f.stop && c.sent(stop):
		c.reject(errNotRequired(stop))
	case !f.stop && c.sent(delta):
		c.reject(errNotRequired(delta))
	case f.stop && !c.sent(stop) && !c.sent(delta):
		c.reject(errEither(stop, delta))
	case c.sent(stop) && !o.want.Stop.IsPositive():
		c.reject(errMandatory(stop))
	case c.sent(delta) && o.want.Type != market.Stop:
		c.reject(errUnsupported) // nor one that trails and then has a limit, or takes profit
	case c.sent(delta):
		o.trail(c, trail)
	}
}

// The bounds of TRAILING_DELTA, in hundredths of a percent.
const (
	leastDelta = 10
	mostDelta  = 2000
)

// trail makes a stop one that trails, from its stop price on where it has one.
func (o *order) trail(c *call, delta int64) {
	if delta < leastDelta || delta > mostDelta {
		c.reject(errFilter("TRAILING_DELTA"))
		return
	}
	o.want.Type = market.TrailingStop
	o.want.Trail = market.Trail{By: decimal.New(delta, 0), Unit: market.TrailBps, Activate: o.want.Stop}
	o.want.Stop = decimal.Zero
}

// stop returns the stopPrice that an order was given.
func (o *order) stop() decimal.Decimal {
	if o.want.Type == market.TrailingStop {
		return o.want.Trail.Activate
	}
	return o.want.Stop
}

var selfTrades = []string{"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"}

func (c *call) selfTrade() string {
	mode := c.text("selfTradePreventionMode")
	if mode == "" {
		return "EXPIRE_MAKER"
	}
	if !slices.Contains(selfTrades, mode) {
		c.reject(errData("selfTradePreventionMode"))
	}
	return mode
}

// quantities reads what an order by itself is for: of a MARKET order that may be quote.
func (c *call) quantities(o *order) {
	quantity, quote := c.amount("quantity"), c.amount("quoteOrderQty")
	switch {
	case o.want.Type != market.Market && c.sent("quoteOrderQty"):
		c.reject(errNotRequired("quoteOrderQty"))
	case o.want.Type != market.Market && !c.sent("quantity"):
		c.reject(errMandatory("quantity"))
	case c.sent("quantity") && c.sent("quoteOrderQty"):
		c.reject(errNotRequired("quoteOrderQty"))
	case !c.sent("quantity") && !c.sent("quoteOrderQty"):
		c.reject(errEither("quantity", "quoteOrderQty"))
	case !quantity.IsPositive() && !quote.IsPositive():
		c.reject(refuse(-1013, "Invalid quantity."))
	}
	if o.want.Quantity, o.quote = quantity, quote; c.bad == nil && quote.IsPositive() {
		o.byQuote(c)
	}
}

// byQuote turns an amount of quote into what the simulator takes: a sale is for as much base
// as brings it at the last price.
func (o *order) byQuote(c *call) {
	switch last := o.book.lastPrice(); {
	case o.want.Side == market.Buy:
		o.want.Quote = o.quote
	case last.IsPositive():
		if o.want.Quantity = market.Affordable(o.quote, last, o.book.Step); o.want.Quantity.IsZero() {
			c.reject(errFilter("LOT_SIZE"))
		}
	default:
		c.reject(errClosed)
	}
}

// precise refuses amounts with more decimals than the assets have.
func (c *call) precise(o *order, l leg, quantity string) {
	b := o.book
	for _, a := range [...]struct {
		name      string
		value     decimal.Decimal
		precision int32
	}{
		{quantity, o.want.Quantity, b.BasePrecision}, {l.of("icebergQty"), o.iceberg, b.BasePrecision}, {"quoteOrderQty", o.quote, b.QuotePrecision},
		{l.of("price"), o.want.Price, b.QuotePrecision}, {l.of("stopPrice"), o.stop(), b.QuotePrecision},
	} {
		if !a.value.Equal(a.value.Truncate(a.precision)) {
			c.reject(errPrecision(a.name))
		}
	}
}

// lastPrice returns the last price; 0 before the first.
func (b *book) lastPrice() decimal.Decimal {
	if b.last.OpenTime == 0 {
		return decimal.Zero
	}
	return market.Price(b.last.Close, b.scale)
}

// maxIcebergParts is the limit of ICEBERG_PARTS.
const maxIcebergParts = 100

// filtered applies the filters of an instrument to an order that arrives, and what else can
// be known of it without the account.
func (s *side) filtered(o *order) *refusal {
	if o.book.halted {
		return errClosed
	}
	switch {
	case o.want.Price.GreaterThan(maxPrice), o.stop().GreaterThan(maxPrice):
		return errFilter("PRICE_FILTER")
	case o.want.Quantity.GreaterThan(bound(o.book.MaxQuantity, maxQuantity)):
		return errFilter("LOT_SIZE")
	}
	if reason := s.sim.Check(o.want, o.book.ID); reason != "" {
		return rejection(reason)
	}
	if o.iceberg.IsPositive() {
		switch {
		case o.iceberg.GreaterThan(o.want.Quantity):
			return errIceberg
		case !market.OnGrid(o.iceberg, o.book.Step) || o.iceberg.LessThan(o.book.MinQuantity):
			return errFilter("LOT_SIZE")
		case market.DivideUp(o.want.Quantity, o.iceberg, 0).GreaterThan(decimal.New(maxIcebergParts, 0)):
			return errFilter("ICEBERG_PARTS")
		}
	}
	if other := s.clients[o.client]; other != nil && !other.ended() {
		return errDuplicate
	}
	if o.want.Type == market.Market && o.book.last.OpenTime == 0 && s.venue.o.Fills == ByTrade {
		return errClosed
	}
	return nil
}

// rejection says in the venue's words why the simulator rejects an order.
func rejection(reason string) *refusal {
	for _, r := range [...]struct {
		part string
		says *refusal
	}{
		{"insufficient balance", errNoFunds},
		{market.WouldTrigger, errWouldTrigger},
		{"post-only order would take", errWouldTake},
		{"relationship of the prices", errRelation},
		{"unsupported order combination", errUnsupported},
		{"multiple of tick", errFilter("PRICE_FILTER")},
		{"outside the band", errFilter("PERCENT_PRICE_BY_SIDE")},
		{"quantity ", errFilter("LOT_SIZE")},
		{"less than one step", errFilter("LOT_SIZE")},
		{"notional ", errFilter("NOTIONAL")},
		{"too many working orders", errFilter("MAX_NUM_ORDERS")},
		{"too many orders waiting", errFilter("MAX_NUM_ALGO_ORDERS")},
	} {
		if strings.Contains(reason, r.part) {
			return r.says
		}
	}
	return refuse(-2010, "%s", reason)
}
