package venue

import "net/http"

// spotStubs are what clients ask for beside trading: enough that they go on.
func spotStubs() []endpoint {
	list := []endpoint{
		{method: "GET", path: "/sapi/v1/account/apiRestrictions", security: signed, weight: 1, account: true, do: restrictions},
		{method: "GET", path: "/sapi/v1/capital/config/getall", security: signed, weight: 10, do: coins},
		{method: "GET", path: "/sapi/v1/asset/tradeFee", security: signed, weight: 1, do: tradeFees},
		{method: "GET", path: "/sapi/v1/bnbBurn", security: signed, weight: 1, do: burning},
	}
	for _, path := range [...]string{"/sapi/v1/margin/allPairs", "/sapi/v1/margin/isolated/allPairs"} {
		list = append(list, endpoint{method: "GET", path: path, weight: 1, do: nothing})
	}
	list = append(list, endpoint{method: "GET", path: "/dapi/v1/exchangeInfo", weight: 1, do: noCoinMargined})
	for _, method := range [...]string{"POST", "PUT", "DELETE"} {
		list = append(list, endpoint{method: method, path: "/api/v3/userDataStream", weight: 2, do: gone})
	}
	return list
}

func nothing(*call) (any, *refusal) { return []any{}, nil }

func noCoinMargined(c *call) (any, *refusal) {
	return object{"timezone": "UTC", "serverTime": c.venue.clock.now.Millis(), "rateLimits": []any{}, "exchangeFilters": []any{}, "symbols": []any{}}, nil
}

func gone(*call) (any, *refusal) { return nil, errGone }

// errGone is what is left of the listen keys of spot.
var errGone = &refusal{http: http.StatusGone, page: "<html><head><title>410 Gone</title></head><body><center><h1>410 Gone</h1></center></body></html>"}

// restrictions says what the key may do.
func restrictions(c *call) (any, *refusal) {
	k := c.key
	return object{
		"ipRestrict": false, "createTime": c.venue.o.Start.Millis(), "enableReading": true, "enableSpotAndMarginTrading": k.Trade, "enableWithdrawals": k.Withdraw,
		"enableInternalTransfer": false, "enableMargin": false, "enableFutures": k.Trade && c.venue.usdm != nil, "permitsUniversalTransfer": false,
		"enableVanillaOptions": false, "enableFixApiTrade": false, "enableFixReadOnly": false, "enablePortfolioMarginTrading": false,
	}, nil
}

// coins lists the assets and what there is of them.
func coins(c *call) (any, *refusal) {
	list := []any{}
	for _, a := range c.side.assets() {
		free, locked := c.side.balance(a)
		list = append(list, object{
			"coin": a, "name": a, "depositAllEnable": true, "withdrawAllEnable": true, "free": fixed(free, 8), "locked": fixed(locked, 8), "freeze": "0", "ipoable": "0",
			"ipoing": "0", "isLegalMoney": false, "storage": "0", "trading": true, "withdrawing": "0", "networkList": []any{},
		})
	}
	return list, nil
}

// tradeFees lists what trading costs, of one pair or of all.
func tradeFees(c *call) (any, *refusal) {
	list := []any{}
	for _, b := range c.side.books {
		if name, one := c.params.get("symbol"); !one || name == b.Symbol {
			list = append(list, object{"symbol": b.Symbol, "makerCommission": fixed(b.Fees.Maker, 8), "takerCommission": fixed(b.Fees.Taker, 8)})
		}
	}
	return list, nil
}

func burning(c *call) (any, *refusal) {
	return object{"spotBNBBurn": c.side.burn.On(), "interestBNBBurn": false}, nil
}
