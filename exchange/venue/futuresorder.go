package venue

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Refusals of USD-M. Texts that only memory vouches for are listed in docs/venue.md.
var (
	errMargin        = refuse(-2019, "Margin is insufficient.")
	errTriggers      = refuse(-2021, "Order would immediately trigger.")
	errReduceOnly    = refuse(-2022, "ReduceOnly Order is rejected.")
	errMaxOpen       = refuse(-2025, "Reach max open order limit.")
	errMaxPosition   = refuse(-2027, "Exceeded the maximum allowable position at current leverage.")
	errMinLeverage   = refuse(-2028, "Leverage is smaller than permitted: insufficient margin balance.")
	errPriceZero     = refuse(-4001, "Price less than 0.")
	errPriceMost     = refuse(-4002, "Price greater than max price.")
	errQuantityZero  = refuse(-4003, "Quantity less than zero.")
	errQuantityLow   = refuse(-4004, "Quantity less than min quantity.")
	errQuantityHigh  = refuse(-4005, "Quantity greater than max quantity.")
	errStopZero      = refuse(-4006, "Stop price less than zero.")
	errTick          = refuse(-4014, "Price not increased by tick size.")
	errClientLength  = refuse(-4015, "Client order id length should not be more than 36 chars")
	errPriceHigh     = refuse(-4016, "Price is higher than mark price multiplier cap.")
	errStep          = refuse(-4023, "Qty not increased by step size.")
	errPriceLow      = refuse(-4024, "Price is lower than mark price multiplier floor.")
	errWorkingType   = refuse(-4031, "Invalid parameter working type")
	errMaxStops      = refuse(-4045, "Reach max stop order limit.")
	errPositionSide  = refuse(-4060, "Invalid position side.")
	errSideMismatch  = refuse(-4061, "Order's position side does not match user's setting.")
	errClientTaken   = refuse(-4116, "ClientOrderId is duplicated")
	errUseAlgo       = refuse(-4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.")
	errQuantityWhole = refuse(-4137, "Quantity must be zero with closePosition equals true")
	errSymbolClosed  = refuse(-4141, "Symbol is closed")
	errFOK           = refuse(-5021, "Due to the order could not be filled immediately, the FOK order has been rejected.")
	errGTX           = refuse(-5022, "Due to the order could not be executed as maker, the Post Only order will be rejected.")
	errLimitOnly     = refuse(-5025, "Only limit order is supported.")
	errSame          = refuse(-5027, "No need to modify the order.")
	errPriceMatch    = refuse(-5037, "Invalid price match")
	errSTP           = refuse(-5039, "Invalid self trade prevention mode")
	errGoodTill      = refuse(-5040, "The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than 253402300799000 (UTC 9999-12-31 23:59:59)")
	errNotReduceOnly = refuse(-5047, "The original order is not a reduce-only order")
	errRespType      = refuse(-1136, "Invalid newOrderRespType.")
	errUSDMPrecision = refuse(-1111, "Precision is over the maximum defined for this asset.")
)

func errNotional(least decimal.Decimal) *refusal {
	return refuse(-4164, "Order's notional must be no smaller than %s (unless you choose reduce only)", least)
}

// What a new order of USD-M may say. Conditional ones go elsewhere, and their parameters
// with them.
const futuresParams = "symbol side type positionSide timeInForce quantity reduceOnly price newClientOrderId stopPrice closePosition activationPrice callbackRate workingType priceProtect newOrderRespType priceMatch selfTradePreventionMode goodTillDate"

var legalFuturesClient = regexp.MustCompile(`^[\.A-Z\:/a-z0-9_-]{1,36}$`)

// futuresClient returns the id that a request gives an order, or one of the venue's.
func (c *call) futuresClient(name string) string {
	id := c.text(name)
	switch {
	case id == "":
		c.side.minted++
		return "venue" + strconv.FormatInt(c.side.minted, 36)
	case len(id) > 36:
		c.reject(errClientLength)
	case !legalFuturesClient.MatchString(id):
		c.reject(errIllegal(name, legalFuturesClient.String()))
	}
	return id
}

// placeFutures takes an order.
func placeFutures(c *call) (any, *refusal) {
	o, r := c.newFutures()
	if r != nil {
		return nil, r
	}
	return o.futuresAnswer(), nil
}

func (c *call) newFutures() (*order, *refusal) {
	o := c.futuresOrder()
	if c.bad != nil {
		return nil, c.bad
	}
	if r := c.side.futures.filter(o); r != nil {
		return nil, r
	}
	if old := c.side.clients[o.client]; old != nil && !old.ended() {
		return nil, errClientTaken
	}
	if r := c.venue.accounts.orderRoom(c, 1); r != nil {
		return nil, r
	}
	if r := c.side.place(o); r != nil {
		return nil, r
	}
	c.venue.accounts.ordered(c, 1)
	c.side.ends(o)
	return o, nil
}

// ends lets the simulator end an order that is for a time when that comes, and not only when
// the market moves next.
func (s *side) ends(o *order) {
	if o.want.TIF != market.GTD || o.ended() {
		return
	}
	s.venue.at(o.want.Expire, func() {
		s.drain(max(s.at, s.venue.clock.now))
		s.tell()
	})
}

// futuresOrder reads an order of USD-M.
func (c *call) futuresOrder() *order {
	b := c.symbol()
	o := &order{book: b, stp: "EXPIRE_MAKER"}
	o.want.Side = c.orderSide("side")
	switch o.kind = c.need("type"); o.kind {
	case "LIMIT":
		o.want.Type = market.Limit
		o.want.Price = c.priced("price")
	case "MARKET":
		o.want.Type, o.tif = market.Market, "GTC"
		c.forbid("timeInForce", "price", "goodTillDate")
	case "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET":
		c.reject(errUseAlgo)
	default:
		c.reject(errOrderType)
	}
	c.forbid("stopPrice", "activationPrice", "callbackRate")
	if o.want.Type == market.Limit {
		c.readTIF(o, c.need("timeInForce"))
	}
	if o.want.Quantity = c.amount("quantity"); c.need("quantity") != "" && !o.want.Quantity.IsPositive() {
		c.reject(errQuantityZero)
	}
	if c.flag("closePosition") {
		c.reject(errUseAlgo)
	}
	o.want.ReduceOnly = c.flag("reduceOnly")
	c.common(o)
	o.client = c.futuresClient("newClientOrderId")
	return o
}

// priced reads a price that must be sent.
func (c *call) priced(name string) decimal.Decimal {
	p := c.amount(name)
	if c.need(name) != "" && !p.IsPositive() {
		c.reject(errPriceZero)
	}
	return p
}

// forbid refuses parameters that an order of its type has no use for.
func (c *call) forbid(names ...string) {
	for _, name := range names {
		if s, _ := c.params.get(name); s != "" {
			c.reject(errNotRequired(name))
		}
	}
}

// common reads what all orders may say: how the account trades, and what stays as it is.
func (c *call) common(o *order) {
	switch c.text("positionSide") {
	case "", "BOTH":
	case "LONG", "SHORT":
		c.reject(errSideMismatch)
	default:
		c.reject(errPositionSide)
	}
	switch s, _ := c.params.get("newOrderRespType"); s { // clients send it empty
	case "", "ACK", "RESULT":
	default:
		c.reject(errRespType)
	}
	switch s := c.text("priceMatch"); s {
	case "", "NONE":
	default:
		c.reject(errPriceMatch)
	}
	switch s := c.text("selfTradePreventionMode"); s {
	case "":
	case "NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH":
		o.stp = s
	default:
		c.reject(errSTP)
	}
	switch s := c.text("workingType"); s {
	case "", "CONTRACT_PRICE", "MARK_PRICE":
	default:
		c.reject(errWorkingType)
	}
	c.flag("priceProtect")
}

// soonest is how far away the end of a GTD order must be.
const soonest = 600 * time.Second

// readTIF reads how long an order stays.
func (c *call) readTIF(o *order, tif string) {
	o.tif = tif
	switch tif {
	case "GTC", "":
	case "IOC":
		o.want.TIF = market.IOC
	case "FOK":
		o.want.TIF = market.FOK
	case "GTX":
		o.want.PostOnly = true
	case "GTD":
		ms := c.integer("goodTillDate", 0)
		if ms == 0 {
			c.reject(errMandatory("goodTillDate"))
		}
		o.want.TIF, o.want.Expire = market.GTD, market.Millis(ms/1000*1000)
		if market.Millis(ms) <= c.venue.clock.now+market.Time(soonest) || ms >= 253402300799000 {
			c.reject(errGoodTill)
		}
		return
	default:
		c.reject(errTimeInForce)
	}
	c.forbid("goodTillDate")
}

// filter applies the filters of the instrument to a new order, in the venue's words.
func (f *futures) filter(o *order) *refusal {
	if r := f.fits(o); r != nil {
		return r
	}
	return f.fitsCounts(o)
}

// fits applies the filters of one order.
func (f *futures) fits(o *order) *refusal {
	b, mark := o.book, f.side.mark(o.book)
	if b.halted {
		return errSymbolClosed
	}
	if o.algo == nil || !o.algo.whole {
		if r := b.fitsQuantity(o.want.Quantity); r != nil {
			return r
		}
	}
	for _, p := range [...]decimal.Decimal{o.want.Price, o.want.Stop, o.want.Trail.Activate} {
		if r := b.fitsPrice(p); r != nil {
			return r
		}
	}
	if o.want.Priced() && mark.IsPositive() {
		switch up, down := mark.Mul(b.PriceBandUp), mark.Mul(b.PriceBandDown); {
		case up.IsPositive() && o.want.Price.GreaterThan(up):
			return errPriceHigh
		case down.IsPositive() && o.want.Price.LessThan(down):
			return errPriceLow
		}
	}
	if !o.want.ReduceOnly && market.Notional(&o.want, mark).LessThan(b.MinNotional) {
		return errNotional(b.MinNotional)
	}
	return nil
}

// fitsCounts applies the limits of how many orders work.
func (f *futures) fitsCounts(o *order) *refusal {
	waiting := 0
	for _, a := range f.waiting {
		if a.order.book == o.book && a.waits() {
			waiting++
		}
	}
	switch b := o.book; {
	case o.algo != nil && b.MaxStops > 0 && waiting >= b.MaxStops:
		return errMaxStops
	case b.MaxOrders > 0 && len(b.open)+waiting >= b.MaxOrders && o.want.Type != market.Market:
		return errMaxOpen
	}
	return nil
}

// fitsQuantity applies the filters of a quantity.
func (b *book) fitsQuantity(q decimal.Decimal) *refusal {
	switch {
	case decimals(q) > max(-b.Step.Exponent(), 0):
		return errUSDMPrecision
	case q.LessThan(b.MinQuantity):
		return errQuantityLow
	case q.GreaterThan(bound(b.MaxQuantity, maxQuantity)):
		return errQuantityHigh
	case !market.OnGrid(q, b.Step):
		return errStep
	}
	return nil
}

// fitsPrice applies the filter of prices; 0 is none.
func (b *book) fitsPrice(p decimal.Decimal) *refusal {
	switch {
	case p.IsZero():
	case decimals(p) > max(-b.Tick.Exponent(), 0):
		return errUSDMPrecision
	case p.GreaterThan(maxPrice):
		return errPriceMost
	case !market.OnGrid(p, b.Tick):
		return errTick
	}
	return nil
}

// decimals returns how many decimals an amount needs.
func decimals(d decimal.Decimal) int32 {
	_, part, _ := strings.Cut(d.String(), ".") // without zeros at the end
	return int32(len(part))
}

// futuresRejection says in USD-M's words why the simulator rejected an order.
func futuresRejection(reason string) *refusal {
	for _, r := range [...]*refusal{errMargin, errMaxPosition, errReduceOnly} {
		if reason == r.msg {
			return r
		}
	}
	switch reason {
	case market.WouldTrigger:
		return errTriggers
	case "post-only order would take":
		return errGTX
	}
	return refuse(-2010, "%s", reason)
}
