package venue_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// TestRefusalsOfOrders: each wrong order gets the code and the words of the venue.
func TestRefusalsOfOrders(t *testing.T) {
	const limit = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
	for name, test := range map[string]struct {
		query, says string
	}{
		"no symbol":         {"side=BUY&type=LIMIT", "-1102 Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."},
		"symbol":            {"symbol=NOUSDT&side=BUY&type=LIMIT", "-1121 Invalid symbol."},
		"no side":           {"symbol=BTCUSDT&type=MARKET&quantity=1", "-1102 Mandatory parameter 'side' was not sent, was empty/null, or malformed."},
		"side":              {"symbol=BTCUSDT&side=HOLD&type=MARKET&quantity=1", "-1117 Invalid side."},
		"type":              {"symbol=BTCUSDT&side=BUY&type=STOP&quantity=1", "-1116 Invalid orderType."},
		"no tif":            {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90", "-1102 Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."},
		"tif":               {"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=DAY&quantity=1&price=90", "-1115 Invalid timeInForce."},
		"tif of market":     {"symbol=BTCUSDT&side=BUY&type=MARKET&timeInForce=GTC&quantity=1", "-1106 Parameter 'timeInForce' sent when not required."},
		"price of market":   {"symbol=BTCUSDT&side=BUY&type=MARKET&price=9&quantity=1", "-1106 Parameter 'price' sent when not required."},
		"no price":          {limit + "&quantity=1", "-1102 Mandatory parameter 'price' was not sent, was empty/null, or malformed."},
		"no quantity":       {limit + "&price=90", "-1102 Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."},
		"neither amount":    {"symbol=BTCUSDT&side=BUY&type=MARKET", "-1102 Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"},
		"both amounts":      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&quoteOrderQty=9", "-1106 Parameter 'quoteOrderQty' sent when not required."},
		"no stop":           {"symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1", "-1102 Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"},
		"stop of limit":     {limit + "&quantity=1&price=90&stopPrice=90", "-1106 Parameter 'stopPrice' sent when not required."},
		"empty":             {limit + "&quantity=1&price=90&newOrderRespType=", "-1105 Parameter 'newOrderRespType' was empty."},
		"unknown":           {limit + "&quantity=1&price=90&colour=red", "-1104 Not all sent parameters were read; read '8' parameter(s) but was sent '9'."},
		"twice":             {limit + "&quantity=1&price=90&price=91", "-1101 Duplicate values for a parameter detected."},
		"letters":           {limit + "&quantity=1e3&price=90", "-1100 Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'."},
		"client id":         {limit + "&quantity=1&price=90&newClientOrderId=a.b", "-1100 Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."},
		"long client id":    {limit + "&quantity=1&price=90&newClientOrderId=1234567890123456789012345678901234567", "-1100 Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."},
		"precision":         {limit + "&quantity=0.1234567891&price=90", "-1111 Parameter 'quantity' has too much precision."},
		"precision, price":  {limit + "&quantity=1&price=90.1234567891", "-1111 Parameter 'price' has too much precision."},
		"step":              {limit + "&quantity=0.1234&price=90", "-1013 Filter failure: LOT_SIZE"},
		"too little":        {limit + "&quantity=0&price=90", "-1013 Invalid quantity."},
		"too much":          {limit + "&quantity=9001&price=90", "-1013 Filter failure: LOT_SIZE"},
		"tick":              {limit + "&quantity=1&price=90.001", "-1013 Filter failure: PRICE_FILTER"},
		"dear":              {limit + "&quantity=0.001&price=1000000000.01", "-1013 Filter failure: PRICE_FILTER"},
		"dear stop":         {"symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1&stopPrice=1000000000.01", "-1013 Filter failure: PRICE_FILTER"},
		"tick of a stop":    {"symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1&stopPrice=110.001", "-1013 Filter failure: PRICE_FILTER"},
		"notional":          {limit + "&quantity=0.01&price=90", "-1013 Filter failure: NOTIONAL"},
		"notional, market":  {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01", "-1013 Filter failure: NOTIONAL"},
		"band":              {limit + "&quantity=1&price=300", "-1013 Filter failure: PERCENT_PRICE_BY_SIDE"},
		"iceberg":           {limit + "&quantity=1&price=90&icebergQty=0.001", "-1013 Filter failure: ICEBERG_PARTS"},
		"large iceberg":     {limit + "&quantity=1&price=90&icebergQty=2", "-2010 IcebergQty exceeds QTY."},
		"iceberg, ioc":      {"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=1&price=90&icebergQty=0.1", "-1106 Parameter 'icebergQty' sent when not required."},
		"delta":             {"symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1&trailingDelta=5", "-1013 Filter failure: TRAILING_DELTA"},
		"funds":             {limit + "&quantity=1000&price=90", "-2010 Account has insufficient balance for requested action."},
		"funds, sell":       {"symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1000", "-2010 Account has insufficient balance for requested action."},
		"trigger":           {"symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=1&stopPrice=50", "-2010 Order would trigger immediately."},
		"take":              {"symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=120", "-2010 Order would immediately match and take."},
		"self trade":        {limit + "&quantity=1&price=90&selfTradePreventionMode=YES", "-1130 Data sent for parameter 'selfTradePreventionMode' is not valid."},
		"answer":            {limit + "&quantity=1&price=90&newOrderRespType=SHORT", "-1130 Data sent for parameter 'newOrderRespType' is not valid."},
		"it waits and then": {"symbol=BTCUSDT&side=BUY&type=STOP_LOSS_LIMIT&timeInForce=IOC&quantity=1&stopPrice=110&price=111", "-1014 Unsupported order combination."},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Spot.Instruments[0].PriceBandUp, o.Spot.Instruments[0].PriceBandDown = decimal.New(2, 0), decimal.New(5, -1)
			d := open(t, o)
			d.step()
			before := d.venue.State()
			code, a := d.sign("POST", "/api/v3/order", test.query)
			if got := fmt.Sprintf("%.0f %s", a["code"], a["msg"]); got != test.says || code != 400 {
				t.Errorf("%d %s\nwant %s", code, got, test.says)
			}
			if d.header.Get("X-Mbx-Used-Weight-1m") != "1" && name != "twice" {
				t.Errorf("a failed order weighs %q", d.header.Get("X-Mbx-Used-Weight-1m"))
			}
			same(t, before, d.venue.State())
		})
	}
}

// has compares some fields of an answer, as text.
func has(t *testing.T, a map[string]any, want ...string) {
	t.Helper()
	for i := 0; i < len(want); i += 2 {
		if got := fmt.Sprint(a[want[i]]); got != want[i+1] {
			t.Errorf("%s is %s, want %s in\n%v", want[i], got, want[i+1], a)
		}
	}
}

// balances compares what the account has, free and locked.
func (d *desk) balances(want ...string) {
	d.t.Helper()
	got := map[string]string{}
	for _, b := range d.venue.State().Spot.Balances {
		got[b.Asset] = b.Free.String() + " " + b.Locked.String()
	}
	for i := 0; i < len(want); i += 2 {
		if got[want[i]] != want[i+1] {
			d.t.Errorf("%s: %s, want %s", want[i], got[want[i]], want[i+1])
		}
	}
}

func TestAnOrderFromBeginToEnd(t *testing.T) {
	o := options()
	o.Spot.Balances = map[string]decimal.Decimal{"USDT": decimal.New(1000, 0), "XYZ": decimal.New(7, 0)}
	d := open(t, o)
	d.step()
	d.balances("USDT", "1000 0", "XYZ", "7 0")
	code, a := d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=50&newClientOrderId=one")
	if code != 200 || d.header.Get("X-Mbx-Order-Count-10s") != "1" || d.header.Get("X-Mbx-Order-Count-1d") != "1" || d.header.Get("X-Mbx-Used-Weight-1m") != "0" {
		t.Errorf("%d %v", code, d.header)
	}
	has(t, a, "symbol", "BTCUSDT", "orderId", "1", "orderListId", "-1", "clientOrderId", "one", "price", "50.00000000", "origQty", "2.00000000", "executedQty", "0.00000000",
		"cummulativeQuoteQty", "0.00000000", "origQuoteOrderQty", "0.00000000", "status", "NEW", "timeInForce", "GTC", "type", "LIMIT", "side", "BUY", "fills", "[]",
		"workingTime", fmt.Sprint(float64(d.venue.Now().Millis())), "selfTradePreventionMode", "EXPIRE_MAKER")
	d.balances("USDT", "900 100")
	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=50&newClientOrderId=one")
	has(t, a, "code", "-2010", "msg", "Duplicate order sent.")
	_, a = d.sign("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=one")
	has(t, a, "orderId", "1", "status", "NEW", "isWorking", "true", "stopPrice", "0.00000000")
	_, a = d.sign("PUT", "/api/v3/order/amend/keepPriority", "symbol=BTCUSDT&orderId=1&newQty=1.5")
	has(t, a["amendedOrder"].(map[string]any), "qty", "1.50000000", "status", "NEW", "origClientOrderId", "one")
	d.balances("USDT", "925 75")
	_, a = d.sign("PUT", "/api/v3/order/amend/keepPriority", "symbol=BTCUSDT&orderId=1&newQty=3")
	has(t, a, "code", "-2038")
	_, a = d.sign("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1&newClientOrderId=end")
	has(t, a, "origClientOrderId", "one", "clientOrderId", "end", "status", "CANCELED")
	d.balances("USDT", "1000 0")
	_, a = d.sign("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId=1")
	has(t, a, "code", "-2011", "msg", "Unknown order sent.")
	_, a = d.sign("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=99")
	has(t, a, "code", "-2013", "msg", "Order does not exist.")

	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=100&newClientOrderId=one")
	fills := a["fills"].([]any)
	if len(fills) != 1 {
		t.Fatal(a)
	}
	has(t, a, "status", "FILLED", "origQuoteOrderQty", "100.00000000", "price", "0.00000000")
	f := fills[0].(map[string]any)
	has(t, f, "commissionAsset", "BTC", "tradeId", "1")
	q, fee := decimal.RequireFromString(f["qty"].(string)), decimal.RequireFromString(f["commission"].(string))
	if !fee.Equal(q.Mul(decimal.New(1, -3))) {
		t.Errorf("fee %s of %s", fee, q)
	}
	for tif, why := range map[string]string{"IOC": "UNFILLED_IOC_QUANTITY_EXPIRED", "FOK": "UNFILLED_FOK_ORDER_EXPIRED"} {
		_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=2&price=50&timeInForce="+tif)
		has(t, a, "status", "EXPIRED", "expiryReason", why)
	}
	_, a = d.sign("GET", "/api/v3/account", "omitZeroBalances=true")
	if n := len(a["balances"].([]any)); n != 3 {
		t.Errorf("%d balances", n)
	}
	has(t, a, "canTrade", "true", "accountType", "SPOT", "makerCommission", "10")
	_, a = d.sign("GET", "/api/v3/account/commission", "symbol=BTCUSDT")
	has(t, a["standardCommission"].(map[string]any), "taker", "0.00100000")
}

func TestConditionalOrders(t *testing.T) {
	d := open(t, options())
	d.step()
	d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=10")
	_, a := d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&stopPrice=90&newOrderRespType=RESULT")
	has(t, a, "status", "NEW", "workingTime", "-1", "stopPrice", "90.00000000", "type", "STOP_LOSS", "timeInForce", "GTC")
	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&quantity=1&stopPrice=120&price=119")
	if _, ok := a["status"]; ok {
		t.Errorf("an answer that was not asked for: %v", a)
	}
	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&trailingDelta=500&newOrderRespType=FULL")
	has(t, a, "trailingDelta", "500")
	d.balances("BTC", "6.99 3")
	code, list := d.signList("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT")
	if code != 200 || len(list) != 3 {
		t.Errorf("%d %v", code, list)
	}
	d.balances("BTC", "9.99 0")
	_, a = d.sign("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT")
	has(t, a, "code", "-2011")
}

func TestCancelReplace(t *testing.T) {
	const order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1"
	d := open(t, options())
	d.step()
	d.sign("POST", "/api/v3/order", order+"&price=50&newClientOrderId=a")
	code, a := d.sign("POST", "/api/v3/order/cancelReplace", order+"&price=51&newClientOrderId=b&cancelReplaceMode=STOP_ON_FAILURE&cancelOrigClientOrderId=a")
	if has(t, a, "cancelResult", "SUCCESS", "newOrderResult", "SUCCESS"); code != 200 {
		t.Error(code)
	}
	has(t, a["cancelResponse"].(map[string]any), "status", "CANCELED")
	has(t, a["newOrderResponse"].(map[string]any), "status", "NEW", "clientOrderId", "b")
	code, a = d.sign("POST", "/api/v3/order/cancelReplace", order+"&price=52&cancelReplaceMode=STOP_ON_FAILURE&cancelOrigClientOrderId=a")
	if has(t, a, "code", "-2022", "msg", "Order cancel-replace failed."); code != 400 {
		t.Error(code)
	}
	has(t, a["data"].(map[string]any), "cancelResult", "FAILURE", "newOrderResult", "NOT_ATTEMPTED", "newOrderResponse", "<nil>")
	code, a = d.sign("POST", "/api/v3/order/cancelReplace", order+"&price=52&newClientOrderId=c&cancelReplaceMode=ALLOW_FAILURE&cancelOrigClientOrderId=a")
	if has(t, a, "code", "-2021", "msg", "Order cancel-replace partially failed."); code != 409 {
		t.Error(code)
	}
	has(t, a["data"].(map[string]any), "cancelResult", "FAILURE", "newOrderResult", "SUCCESS")
	code, a = d.sign("POST", "/api/v3/order/cancelReplace", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=5&cancelReplaceMode=STOP_ON_FAILURE&cancelOrigClientOrderId=c")
	if has(t, a, "code", "-2021"); code != 409 {
		t.Error(code)
	}
	has(t, a["data"].(map[string]any)["newOrderResponse"].(map[string]any), "code", "-2010")
	d.balances("USDT", "9949 51")
}

func TestOrderLists(t *testing.T) {
	o := options()
	o.Spot.Balances["BTC"] = decimal.New(10, 0)
	d := open(t, o)
	d.step()
	_, a := d.sign("POST", "/api/v3/orderList/oco", "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=120&belowType=STOP_LOSS_LIMIT&belowStopPrice=80&belowPrice=79&belowTimeInForce=GTC")
	has(t, a, "orderListId", "1", "contingencyType", "OCO", "listStatusType", "EXEC_STARTED", "listOrderStatus", "EXECUTING")
	if len(a["orders"].([]any)) != 2 || len(a["orderReports"].([]any)) != 2 || d.header.Get("X-Mbx-Order-Count-10s") != "2" {
		t.Error(a, d.header)
	}
	d.balances("BTC", "9 1") // both lock one quantity
	_, a = d.sign("POST", "/api/v3/orderList/oco", "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=90&belowType=STOP_LOSS&belowStopPrice=80")
	has(t, a, "code", "-2010", "msg", "The relationship of the prices for the orders is not correct.")
	_, a = d.sign("POST", "/api/v3/order/oco", "symbol=BTCUSDT&side=SELL&quantity=2&price=130&stopPrice=70&stopLimitPrice=69&stopLimitTimeInForce=GTC&listClientOrderId=old")
	has(t, a, "listClientOrderId", "old", "contingencyType", "OCO")
	d.balances("BTC", "7 3")
	_, a = d.sign("POST", "/api/v3/orderList/otoco", "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=50&workingQuantity=3&workingTimeInForce=GTC&pendingSide=SELL&pendingQuantity=2.5"+
		"&pendingAboveType=LIMIT_MAKER&pendingAbovePrice=60&pendingBelowType=STOP_LOSS&pendingBelowStopPrice=40&listClientOrderId=three")
	has(t, a, "contingencyType", "OTO")
	reports := a["orderReports"].([]any)
	has(t, reports[0].(map[string]any), "status", "NEW")
	has(t, reports[2].(map[string]any), "status", "PENDING_NEW", "workingTime", "-1")
	d.balances("BTC", "7 3", "USDT", "9850 150")
	_, list := d.signList("GET", "/api/v3/openOrderList", "")
	if len(list) != 3 {
		t.Errorf("%d lists are open", len(list))
	}
	_, a = d.sign("DELETE", "/api/v3/orderList", "symbol=BTCUSDT&listClientOrderId=three")
	has(t, a, "listStatusType", "ALL_DONE", "listOrderStatus", "ALL_DONE")
	_, a = d.sign("DELETE", "/api/v3/order", "symbol=BTCUSDT&orderId="+fmt.Sprint(d.venue.State().Spot.Orders[0].ID))
	has(t, a, "orderListId", "1", "status", "CANCELED") // its other order goes with it
	d.balances("BTC", "8 2", "USDT", "10000 0")
	_, a = d.sign("GET", "/api/v3/orderList", "orderListId=1")
	has(t, a, "listOrderStatus", "ALL_DONE")
}

// TestAnOCOEndsWithItsFirstFill: the other order expires, and what it locked is free.
func TestAnOCOEndsWithItsFirstFill(t *testing.T) {
	o := options()
	o.Spot.Balances["BTC"] = decimal.New(1, 0)
	d := open(t, o)
	d.step()
	d.sign("POST", "/api/v3/orderList/oco", "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=101.01&belowType=STOP_LOSS&belowStopPrice=80")
	for range 200 {
		if d.step(); d.venue.State().Spot.Orders[0].Status == "FILLED" {
			break
		}
	}
	orders := d.venue.State().Spot.Orders
	if orders[0].Status != "FILLED" || orders[1].Status != "EXPIRED" {
		t.Errorf("%+v", orders)
	}
	d.balances("BTC", "0 0", "USDT", "10100.90899 0")
}

func TestByHand(t *testing.T) {
	d := open(t, options())
	d.step()
	id, err := d.venue.Place(false, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.venue.Cancel(false, id); err != nil {
		t.Error(err)
	}
	if err := d.venue.Cancel(false, id); err == nil {
		t.Error("cancelled twice")
	}
	if err := d.venue.Deposit(false, "USDT", decimal.New(-1000, 0)); err != nil {
		t.Error(err)
	}
	if err := d.venue.Deposit(false, "USDT", decimal.New(-9001, 0)); err == nil {
		t.Error("took out more than there is")
	}
	if err := d.venue.Deposit(false, "DOGE", decimal.New(3, 0)); err != nil {
		t.Error(err)
	}
	d.balances("USDT", "9000 0", "DOGE", "3 0")
	coarse := pair("BTCUSDT", "BTC", "USDT")
	coarse.Step, coarse.MinQuantity = decimal.New(1, -1), decimal.New(1, -1)
	if err := d.venue.Relist(false, coarse); err != nil {
		t.Error(err)
	}
	_, a := d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.25")
	has(t, a, "msg", "Filter failure: LOT_SIZE")
	if err := d.venue.Halt(false, "BTCUSDT", true); err != nil {
		t.Error(err)
	}
	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.2")
	has(t, a, "msg", "Market is closed.")
}

// TestFeesInAnotherAsset: they are paid from its balance for less, as long as that lasts.
func TestFeesInAnotherAsset(t *testing.T) {
	o := options()
	o.Spot.Instruments = append(o.Spot.Instruments, pair("BNBUSDT", "BNB", "USDT"))
	o.Spot.Bars = append(o.Spot.Bars, bars(100, 10))
	o.Spot.Balances["BNB"] = decimal.New(15, -3)
	o.Spot.Discount = market.FeeDiscount{Asset: "BNB", Discount: decimal.New(25, -2)}
	d := open(t, o)
	d.step()
	d.step()
	_, a := d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1")
	has(t, a["fills"].([]any)[0].(map[string]any), "commissionAsset", "BNB")
	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1")
	has(t, a["fills"].([]any)[0].(map[string]any), "commissionAsset", "BTC", "commission", "0.00100000")
	_, a = d.sign("GET", "/api/v3/account/commission", "symbol=BTCUSDT")
	has(t, a["discount"].(map[string]any), "discountAsset", "BNB", "discount", "0.75000000", "enabledForAccount", "true")
}

var _ = venue.ByBar

// TestAStopFillsWhole: once triggered it is a MARKET order, however little the trade was that
// triggered it.
func TestAStopFillsWhole(t *testing.T) {
	o := options()
	o.Sim = sim.DefaultOptions()
	o.Spot.Balances = map[string]decimal.Decimal{"USDT": decimal.New(1e6, 0), "BTC": decimal.New(1000, 0)}
	d := open(t, o)
	d.step()
	_, a := d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=500&stopPrice=96")
	has(t, a, "orderId", "1")
	_, a = d.sign("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=STOP_LOSS&quantity=500&stopPrice=103")
	has(t, a, "orderId", "2")
	for len(d.venue.State().Spot.Trades) < 2 {
		d.step()
	}
	s := d.venue.State().Spot
	for i, within := range [][2]float64{{94, 96}, {103, 105}} {
		tr := s.Trades[i]
		if p := tr.Price.InexactFloat64(); s.Trades[0].Order == s.Trades[1].Order || !tr.Quantity.Equal(decimal.New(500, 0)) || (p < within[0] || p > within[1]) {
			t.Errorf("%+v", tr)
		}
	}
}
