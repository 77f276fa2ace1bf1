package venue

// orderParams are what a new order of spot may say.
const orderParams = "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode"

// spotEndpoints are the account's endpoints of spot.
func spotEndpoints() []endpoint {
	list := append(spotOrderEndpoints(), spotListEndpoints()...)
	return append(list, spotQueryEndpoints()...)
}

func spotOrderEndpoints() []endpoint {
	return []endpoint{
		{method: "POST", path: "/api/v3/order", ws: "order.place", security: trading, weight: 1, free: true, do: placeOrder,
			params: orderParams},
		{method: "POST", path: "/api/v3/order/test", ws: "order.test", security: trading, weigh: byCommission, do: testOrder,
			params: orderParams + " computeCommissionRates"},
		{method: "DELETE", path: "/api/v3/order", ws: "order.cancel", security: trading, weight: 1, free: true, do: cancelOrder,
			params: "symbol orderId origClientOrderId newClientOrderId cancelRestrictions"},
		{method: "DELETE", path: "/api/v3/openOrders", ws: "openOrders.cancelAll", security: trading, weight: 1, free: true, do: cancelAll,
			params: "symbol"},
		{method: "POST", path: "/api/v3/order/cancelReplace", ws: "order.cancelReplace", security: trading, weight: 1, free: true, do: cancelReplace,
			params: orderParams + " cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId cancelRestrictions orderRateLimitExceededMode"},
		{method: "PUT", path: "/api/v3/order/amend/keepPriority", ws: "order.amend.keepPriority", security: trading, weight: 4, free: true, do: amendOrder,
			params: "symbol orderId origClientOrderId newClientOrderId newQty"},
	}
}

func spotListEndpoints() []endpoint {
	const both = "symbol listClientOrderId newOrderRespType selfTradePreventionMode"
	const oco = " side quantity aboveType aboveClientOrderId aboveIcebergQty abovePrice aboveStopPrice aboveTrailingDelta aboveTimeInForce aboveStrategyId aboveStrategyType" +
		" belowType belowClientOrderId belowIcebergQty belowPrice belowStopPrice belowTrailingDelta belowTimeInForce belowStrategyId belowStrategyType"
	const working = " workingType workingSide workingClientOrderId workingPrice workingQuantity workingIcebergQty workingTimeInForce workingStrategyId workingStrategyType"
	const legacy = " limitClientOrderId limitIcebergQty limitStrategyId limitStrategyType price side quantity stopClientOrderId stopPrice stopLimitPrice stopLimitTimeInForce stopIcebergQty stopStrategyId stopStrategyType trailingDelta"
	var pending string
	for _, leg := range [...]string{"pending", "pendingAbove", "pendingBelow"} {
		for _, what := range [...]string{"Type", "ClientOrderId", "Price", "StopPrice", "TrailingDelta", "IcebergQty", "TimeInForce", "StrategyId", "StrategyType"} {
			pending += " " + leg + what
		}
	}
	pending += " pendingSide pendingQuantity"
	return []endpoint{
		{method: "POST", path: "/api/v3/orderList/oco", ws: "orderList.place.oco", security: trading, weight: 1, free: true, do: placeOCO, params: both + oco},
		{method: "POST", path: "/api/v3/order/oco", ws: "orderList.place", security: trading, weight: 1, free: true, do: placeLegacyOCO, params: both + legacy},
		{method: "POST", path: "/api/v3/orderList/oto", ws: "orderList.place.oto", security: trading, weight: 1, free: true, do: placeOTO, params: both + working + pending},
		{method: "POST", path: "/api/v3/orderList/otoco", ws: "orderList.place.otoco", security: trading, weight: 1, free: true, do: placeOTOCO, params: both + working + pending},
		{method: "DELETE", path: "/api/v3/orderList", ws: "orderList.cancel", security: trading, weight: 1, free: true, do: cancelList,
			params: "symbol orderListId listClientOrderId newClientOrderId"},
		{method: "GET", path: "/api/v3/orderList", ws: "orderList.status", security: signed, weight: 4, do: oneList,
			params: "orderListId origClientOrderId"},
		{method: "GET", path: "/api/v3/allOrderList", ws: "allOrderLists", security: signed, weight: 20, do: allLists,
			params: "fromId startTime endTime limit"},
		{method: "GET", path: "/api/v3/openOrderList", ws: "openOrderLists.status", security: signed, weight: 6, do: openLists,
			params: "timestamp"},
	}
}

func spotQueryEndpoints() []endpoint {
	return []endpoint{
		{method: "GET", path: "/api/v3/order", ws: "order.status", security: signed, weight: 4, do: oneOrder,
			params: "symbol orderId origClientOrderId"},
		{method: "GET", path: "/api/v3/openOrders", ws: "openOrders.status", security: signed, weigh: bySymbol(6, 80), do: openOrders,
			params: "symbol"},
		{method: "GET", path: "/api/v3/allOrders", ws: "allOrders", security: signed, weight: 20, do: allOrders,
			params: "symbol orderId startTime endTime limit"},
		{method: "GET", path: "/api/v3/myTrades", ws: "myTrades", security: signed, weigh: byTrades, do: myTrades,
			params: "symbol orderId startTime endTime fromId limit"},
		{method: "GET", path: "/api/v3/account", ws: "account.status", security: signed, weight: 20, do: account,
			params: "omitZeroBalances"},
		{method: "GET", path: "/api/v3/account/commission", ws: "account.commission", security: signed, weight: 20, do: commission,
			params: "symbol"},
		{method: "GET", path: "/api/v3/rateLimit/order", ws: "account.rateLimits.orders", security: signed, weight: 40, do: orderLimits,
			params: "timestamp"},
	}
}

func byCommission(c *call) int {
	if rates, _ := c.params.get("computeCommissionRates"); rates == "true" {
		return 20
	}
	return 1
}

// bySymbol weighs a request that may ask for one symbol or for all.
func bySymbol(one, all int) func(*call) int {
	return func(c *call) int {
		if c.sent("symbol") {
			return one
		}
		return all
	}
}

func byTrades(c *call) int {
	if c.sent("orderId") {
		return 5
	}
	return 20
}
