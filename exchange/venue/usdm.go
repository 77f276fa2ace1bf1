package venue

import "encoding/json"

// usdmEndpoints are the account's endpoints of USD-M.
func usdmEndpoints() []endpoint {
	list := []endpoint{
		{method: "POST", path: "/fapi/v1/order", ws: "order.place", security: trading, params: futuresParams, do: placeFutures},
		{method: "POST", path: "/fapi/v1/order/test", security: trading, params: futuresParams, do: testFutures},
		{method: "PUT", path: "/fapi/v1/order", ws: "order.modify", security: trading, params: "symbol side quantity price orderId origClientOrderId priceMatch reduceOnly modifyId", do: amendFutures},
		{method: "DELETE", path: "/fapi/v1/order", ws: "order.cancel", security: trading, params: futuresByOrder, weight: 1, do: cancelFutures},
		{method: "GET", path: "/fapi/v1/order", ws: "order.status", security: signed, params: futuresByOrder, weight: 1, do: futuresOrder},
		{method: "POST", path: "/fapi/v1/batchOrders", security: trading, params: "batchOrders", weight: 5, do: placeBatch},
		{method: "DELETE", path: "/fapi/v1/batchOrders", security: trading, params: "symbol orderIdList origClientOrderIdList", weight: 1, do: cancelBatch},
		{method: "GET", path: "/fapi/v1/openOrder", security: signed, params: futuresByOrder, weight: 1, do: futuresOpenOrder},
		{method: "GET", path: "/fapi/v1/openOrders", security: signed, params: "symbol", weigh: oneOrAll(1, 40), do: futuresOpenOrders},
		{method: "DELETE", path: "/fapi/v1/allOpenOrders", security: trading, params: "symbol", weight: 1, do: cancelAllFutures},
		{method: "GET", path: "/fapi/v1/allOrders", security: signed, params: "symbol orderId startTime endTime limit", weight: 5, do: allFuturesOrders},
		{method: "POST", path: "/fapi/v1/countdownCancelAll", security: trading, params: "symbol countdownTime", weight: 10, do: countdownCancelAll},

		{method: "POST", path: "/fapi/v1/algoOrder", ws: "algoOrder.place", security: trading, params: algoParams, do: placeAlgo},
		{method: "DELETE", path: "/fapi/v1/algoOrder", ws: "algoOrder.cancel", security: trading, params: "algoId clientAlgoId symbol", weight: 1, do: cancelAlgo},
		{method: "GET", path: "/fapi/v1/algoOrder", security: signed, params: "algoId clientAlgoId symbol", weight: 1, do: algoOrder},
		{method: "GET", path: "/fapi/v1/openAlgoOrders", security: signed, params: "algoType symbol algoId", weigh: oneOrAll(1, 40), do: openAlgos},
		{method: "GET", path: "/fapi/v1/allAlgoOrders", security: signed, params: "symbol algoId startTime endTime page limit", weight: 5, do: allAlgos},
		{method: "DELETE", path: "/fapi/v1/algoOpenOrders", security: trading, params: "symbol", weight: 1, do: cancelAllAlgos},

		{method: "GET", path: "/fapi/v2/account", ws: "account.status", security: signed, params: none, weight: 5, do: futuresAccount2},
		{method: "GET", path: "/fapi/v3/account", ws: "v2/account.status", security: signed, params: none, weight: 5, do: futuresAccount3},
		{method: "GET", path: "/fapi/v2/balance", ws: "account.balance", security: signed, params: none, weight: 5, do: futuresBalance},
		{method: "GET", path: "/fapi/v3/balance", ws: "v2/account.balance", security: signed, params: none, weight: 5, do: futuresBalance},
		{method: "GET", path: "/fapi/v2/positionRisk", ws: "account.position", security: signed, params: "symbol", weight: 5, do: positionRisk2},
		{method: "GET", path: "/fapi/v3/positionRisk", ws: "v2/account.position", security: signed, params: "symbol", weight: 5, do: positionRisk3},
		{method: "GET", path: "/fapi/v1/userTrades", security: signed, params: "symbol orderId startTime endTime fromId limit", weight: 5, do: futuresTrades},
		{method: "GET", path: "/fapi/v1/income", security: signed, params: "symbol incomeType startTime endTime page limit", weight: 30, do: futuresIncome},
		{method: "GET", path: "/fapi/v1/forceOrders", security: signed, params: "symbol autoCloseType startTime endTime limit", weigh: oneOrAll(20, 50), do: forceOrders},

		{method: "POST", path: "/fapi/v1/leverage", security: trading, params: "symbol leverage", weight: 1, do: changeLeverage},
		{method: "POST", path: "/fapi/v1/marginType", security: trading, params: "symbol marginType", weight: 1, do: changeMarginType},
		{method: "GET", path: "/fapi/v1/positionSide/dual", security: signed, params: none, weight: 30, do: positionMode},
		{method: "POST", path: "/fapi/v1/positionSide/dual", security: trading, params: "dualSidePosition", weight: 1, do: changeMode("dualSidePosition", errSameSide)},
		{method: "GET", path: "/fapi/v1/multiAssetsMargin", security: signed, params: none, weight: 30, do: assetMode},
		{method: "POST", path: "/fapi/v1/multiAssetsMargin", security: trading, params: "multiAssetsMargin", weight: 1, do: changeMode("multiAssetsMargin", errSameAssets)},
		{method: "GET", path: "/fapi/v1/leverageBracket", security: signed, params: "symbol", weight: 1, do: leverageBrackets},
		{method: "GET", path: "/fapi/v1/commissionRate", security: signed, params: "symbol", weight: 20, do: commissionRate},
		{method: "GET", path: "/fapi/v1/accountConfig", security: signed, params: none, weight: 5, do: futuresConfig},
		{method: "GET", path: "/fapi/v1/symbolConfig", security: signed, params: "symbol", weight: 5, do: symbolConfig},
		{method: "GET", path: "/fapi/v1/apiTradingStatus", security: signed, params: "symbol", weigh: oneOrAll(1, 10), do: tradingStatus},
		{method: "GET", path: "/fapi/v1/rateLimit/order", security: signed, params: none, weight: 1, do: futuresLimits},

		{method: "POST", path: "/fapi/v1/listenKey", ws: "userDataStream.start", security: keyed, params: "listenKey", weight: 1, do: startListening},
		{method: "PUT", path: "/fapi/v1/listenKey", ws: "userDataStream.ping", security: keyed, params: "listenKey", weight: 1, do: keepListening},
		{method: "DELETE", path: "/fapi/v1/listenKey", ws: "userDataStream.stop", security: keyed, params: "listenKey", weight: 1, do: stopListening},
	}
	for i := range list {
		list[i].usdm = true
	}
	return list
}

// futuresByOrder are the parameters that name an order; none those of a request that needs no more
// than a signature.
const (
	futuresByOrder = "symbol orderId origClientOrderId"
	none           = " "
)

// oneOrAll returns the weight of a request that names a symbol, and of one that does not.
func oneOrAll(one, all int) func(*call) int {
	return func(c *call) int {
		if c.sent("symbol") {
			return one
		}
		return all
	}
}

// testFutures reads an order as placeFutures does, and takes it not.
func testFutures(c *call) (any, *refusal) {
	o := c.futuresOrder()
	if c.bad != nil {
		return nil, c.bad
	}
	if r := c.side.futures.filter(o); r != nil {
		return nil, r
	}
	o.status, o.updated = "NEW", c.venue.clock.now
	return o.futuresAnswer(), nil
}

// most is how many orders a batch may place, and how many it may cancel.
const (
	mostPlaced    = 5
	mostCancelled = 10
)

// placeBatch takes several orders, each by itself.
func placeBatch(c *call) (any, *refusal) {
	text := c.need("batchOrders")
	var orders []map[string]any
	if c.bad == nil && json.Unmarshal([]byte(text), &orders) != nil {
		c.reject(errData("batchOrders"))
	}
	switch {
	case c.bad != nil:
		return nil, c.bad
	case len(orders) == 0 || len(orders) > mostPlaced:
		return nil, refuse(-4082, "Invalid number of batch place orders.")
	}
	list := []any{}
	for _, fields := range orders {
		one := *c
		one.bad, one.params = nil, nil
		for name, value := range fields {
			if s, ok := plainText(value); ok {
				one.params = append(one.params, param{name, s})
			}
		}
		if o, r := one.newFutures(); r != nil {
			list = append(list, done{r.code, r.msg})
		} else {
			list = append(list, o.futuresAnswer())
		}
	}
	return list, nil
}

// plainText returns a JSON value as a parameter would say it.
func plainText(value any) (string, bool) {
	if s, ok := value.(string); ok {
		return s, true
	}
	b, err := json.Marshal(value)
	return string(b), err == nil && value != nil
}

// cancelBatch ends several orders, each by itself.
func cancelBatch(c *call) (any, *refusal) {
	b := c.symbol()
	var ids []int64
	var clients []string
	c.jsonList("orderIdList", &ids)
	c.jsonList("origClientOrderIdList", &clients)
	switch {
	case c.bad != nil:
		return nil, c.bad
	case len(ids)+len(clients) == 0:
		return nil, errEither("orderIdList", "origClientOrderIdList")
	case len(ids)+len(clients) > mostCancelled:
		return nil, refuse(-4032, "Exceed maximum cancel order size.")
	}
	list := []any{}
	cancel := func(o *order) {
		if !o.shown() || o.book != b || o.ended() {
			list = append(list, done{errCancel.code, errCancel.msg})
			return
		}
		c.side.cancel(o, "")
		list = append(list, o.futuresAnswer())
	}
	for _, id := range ids {
		cancel(c.side.order(id))
	}
	for _, client := range clients {
		cancel(c.side.clients[client])
	}
	return list, nil
}

// jsonList reads a parameter that is a JSON list.
func (c *call) jsonList(name string, list any) {
	if s := c.text(name); s != "" && json.Unmarshal([]byte(s), list) != nil {
		c.reject(errData(name))
	}
}
