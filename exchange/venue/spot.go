package venue

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// orderParams are what a new order of spot may say.
const orderParams = "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode"

// spotEndpoints are the account's endpoints of spot.
func spotEndpoints() []endpoint {
	return []endpoint{
		{method: "POST", path: "/api/v3/order", ws: "order.place", security: trading, params: orderParams, weight: 1, free: true, do: placeOrder},
	}
}

// spotStubs are what clients ask for beside trading.
func spotStubs() []endpoint { return nil }

func placeOrder(c *call) (any, *refusal) {
	o := c.spotOrder()
	if c.bad != nil {
		return nil, c.bad
	}
	if r := c.side.place(o); r != nil {
		return nil, r
	}
	return o.full(), nil
}

var legalClient = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,36}$`)

// clientID returns the id that a request gives an order, or one of the venue's.
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

// spotOrder reads an order.
func (c *call) spotOrder() *order {
	b := c.symbol()
	o := &order{book: b, client: c.clientID("newClientOrderId"), kind: c.need("type"), tif: c.text("timeInForce")}
	switch c.need("side") {
	case "BUY":
		o.want.Side = market.Buy
	case "SELL":
		o.want.Side = market.Sell
	default:
		c.reject(errOrderSide)
	}
	o.want.Quantity, o.want.Quote, o.want.Price = c.amount("quantity"), c.amount("quoteOrderQty"), c.amount("price")
	switch o.kind {
	case "LIMIT":
		o.want.Type = market.Limit
	case "MARKET":
		o.want.Type = market.Market
	default:
		c.reject(errOrderType)
	}
	return o
}

// full is the answer to an order with its fills.
func (o *order) full() any {
	return struct {
		Symbol   string `json:"symbol"`
		ID       int64  `json:"orderId"`
		Client   string `json:"clientOrderId"`
		Status   string `json:"status"`
		Executed string `json:"executedQty"`
	}{o.book.Symbol, o.id, o.client, o.status, o.executed.StringFixed(8)}
}

// spotVoice tells the user streams of spot.
type spotVoice struct{}

func (spotVoice) order(s *side, o *order, e *execution) {}

func (spotVoice) account(s *side, at market.Time, assets ...string) {}

// holdings returns a copy of what the account has.
func (s *side) holdings() *Holdings {
	h := &Holdings{}
	for _, o := range s.orders {
		if o != nil {
			h.Orders = append(h.Orders, Order{ID: o.id, Client: o.client, Symbol: o.book.Symbol, Side: o.want.Side, Type: o.kind, Status: o.status,
				Price: o.want.Price, Stop: o.want.Stop, Quantity: o.want.Quantity, Executed: o.executed, Spent: o.spent, Created: o.created, Updated: o.updated})
		}
	}
	for _, t := range s.trades {
		h.Trades = append(h.Trades, Trade{Fill: market.Fill{Trade: strconv.FormatInt(t.id, 10), Time: t.at, Price: t.price, Quantity: t.quantity, Fee: t.fee, FeeAsset: t.feeAsset, Maker: t.maker},
			Order: t.order.id, Client: t.order.client, Symbol: t.order.book.Symbol})
	}
	for _, asset := range s.assets() {
		h.Balances = append(h.Balances, Balance{Asset: asset, Free: s.sim.Balance(asset), Locked: decimal.Zero})
	}
	return h
}

// assets returns what the instruments are made of, by name.
func (s *side) assets() (list []string) {
	for _, b := range s.books {
		for _, a := range [...]string{b.Base, b.Quote} {
			if i, ok := slices.BinarySearch(list, a); !ok {
				list = slices.Insert(list, i, a)
			}
		}
	}
	return list
}
