package venue

import (
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// futuresTrades are the fills of the account.
func futuresTrades(c *call) (any, *refusal) {
	type trade struct {
		Buyer        bool   `json:"buyer"`
		Fee          string `json:"commission"`
		FeeAsset     string `json:"commissionAsset"`
		ID           int64  `json:"id"`
		Maker        bool   `json:"maker"`
		OrderID      int64  `json:"orderId"`
		Price        string `json:"price"`
		Quantity     string `json:"qty"`
		Quote        string `json:"quoteQty"`
		Asset        string `json:"marginAsset"`
		Realised     string `json:"realizedPnl"`
		Side         string `json:"side"`
		PositionSide string `json:"positionSide"`
		Symbol       string `json:"symbol"`
		Time         int64  `json:"time"`
	}
	b, order, first := c.symbol(), c.integer("orderId", 0), c.integer("fromId", -1)
	from, to := c.week()
	limit := c.limit(500, 1000)
	if first >= 0 && (c.sent("startTime") || c.sent("endTime")) {
		c.reject(errCombination)
	}
	if c.bad != nil {
		return nil, c.bad
	}
	list := []trade{}
	for _, t := range b.trades {
		if t.id < first || first < 0 && (t.at < from || t.at > to) || order != 0 && t.order.id != order {
			continue
		}
		list = append(list, trade{t.order.want.Side == market.Buy, money(t.fee), t.feeAsset, t.id, t.maker, t.order.id, b.priceText(t.price), b.quantityText(t.quantity), money(t.quote),
			b.Quote, money(t.pnl), spotSide(t.order.want.Side), "BOTH", b.Symbol, t.at.Millis()})
	}
	return cut(list, limit, first >= 0 || c.sent("startTime")), nil
}

// futuresIncome is what moved the wallets.
func futuresIncome(c *call) (any, *refusal) {
	type row struct {
		Symbol string `json:"symbol"`
		Type   string `json:"incomeType"`
		Income string `json:"income"`
		Asset  string `json:"asset"`
		Info   string `json:"info"`
		Time   int64  `json:"time"`
		ID     int64  `json:"tranId"`
		Trade  string `json:"tradeId"`
	}
	kind := c.text("incomeType")
	symbol, _ := c.params.get("symbol") // clients send it empty
	from, to := c.week()
	limit, number := c.limit(100, 1000), c.integer("page", 1)
	if symbol != "" {
		c.symbol()
	}
	if c.bad != nil {
		return nil, c.bad
	}
	list := []row{}
	for _, i := range c.side.futures.incomes {
		if i.at >= from && i.at <= to && (kind == "" || kind == i.kind) && (symbol == "" || symbol == i.symbol) {
			list = append(list, row{i.symbol, i.kind, money(i.amount), i.asset, i.info, i.at.Millis(), i.id, i.trade})
		}
	}
	if number > 1 {
		list = list[min(len(list), int(min(number-1, 1e6))*limit):]
	}
	return cut(list, limit, true), nil
}

// forceOrders are the orders with which the venue closed positions.
func forceOrders(c *call) (any, *refusal) {
	from, to := c.week()
	limit := c.limit(50, 100)
	books := c.openBooks()
	if c.bad != nil {
		return nil, c.bad
	}
	list := []futuresReply{}
	for _, o := range c.side.orders {
		if o != nil && o.kind == "LIQUIDATION" && o.created >= from && o.created <= to && slices.Contains(books, o.book) {
			list = append(list, o.futuresQuery())
		}
	}
	return cut(list, limit, false), nil
}
