package venue_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// futuresCoin returns a perpetual future of made-up filters: its tick is no power of ten.
func futuresCoin(symbol, base, quote string) market.Instrument {
	d := decimal.RequireFromString
	return market.Instrument{Venue: "binance", Symbol: symbol, Base: base, Quote: quote, Tick: d("0.05"), Step: d("0.002"),
		MinQuantity: d("0.004"), MaxQuantity: d("500"), MinNotional: d("5"), PriceBandUp: d("1.15"), PriceBandDown: d("0.85"), MaxOrders: 6, MaxStops: 3,
		BasePrecision: 8, QuotePrecision: 8, Fees: market.Fees{InQuote: true, Maker: d("0.0002"), Taker: d("0.0005")},
		Margin: &market.Margin{Leverage: d("10"), LiquidationFee: d("0.0125"), Brackets: []market.MarginBracket{
			{Cap: d("5000"), MaxLeverage: d("50"), Rate: d("0.01")}, {MaxLeverage: d("20"), Rate: d("0.02"), Deduction: d("50")}}}}
}

func futuresOptions() venue.Options {
	o := options()
	o.Spot = nil
	o.USDM = &venue.Listing{
		Instruments: []market.Instrument{futuresCoin("BTCUSDT", "BTC", "USDT"), futuresCoin("ETHUSDT", "ETH", "USDT")},
		Bars:        []*market.Columns{bars(200, 100), bars(200, 50)},
		Balances:    map[string]decimal.Decimal{"USDT": decimal.New(1000, 0)},
	}
	return o
}

// raw sends a signed request and returns the status and the body.
func (d *desk) raw(request string) (int, string) {
	d.t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	path, query, _ := strings.Cut(rest, "?")
	query = strings.TrimPrefix(fmt.Sprintf("%s&timestamp=%d", query, d.venue.Now().Millis()), "&")
	r := httptest.NewRequest(method, path+"?"+query+"&signature="+signature(query), nil)
	r.Header.Set("X-MBX-APIKEY", api)
	w := httptest.NewRecorder()
	d.venue.Handler().ServeHTTP(w, r)
	d.header = w.Header()
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

// wants sends a signed request, and compares what the answer says with what it must: of an
// object, or of the objects of a list, the members that are named.
func (d *desk) wants(request, want string) {
	d.t.Helper()
	_, body := d.raw(request)
	var got, must any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		d.t.Fatalf("%s: %s", request, body)
	}
	if err := json.Unmarshal([]byte(want), &must); err != nil {
		d.t.Fatalf("%s: %v", want, err)
	}
	if diff := cmp.Diff(must, like(got, must)); diff != "" {
		d.t.Errorf("%s: %s\n%s", request, body, diff)
	}
}

// like keeps of an answer what an expectation names.
func like(got, must any) any {
	switch m := must.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return got
		}
		kept := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if v, ok := g[name]; ok {
				kept[name] = like(v, m[name])
			}
		}
		return kept
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(m) {
			return got
		}
		list := make([]any, len(g))
		for i := range g {
			list[i] = like(g[i], m[i])
		}
		return list
	}
	return got
}

const newOrder = "POST /fapi/v1/order?symbol=BTCUSDT&side=BUY"

// TestFuturesRefusals sends what the venue does not take, after one step: the price is 97.
func TestFuturesRefusals(t *testing.T) {
	for _, c := range []struct{ request, want string }{
		{"POST /fapi/v1/order?side=BUY&type=MARKET&quantity=1", `{"code":-1102,"msg":"Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."}`},
		{"POST /fapi/v1/order?symbol=XUSDT&side=BUY&type=MARKET&quantity=1", `{"code":-1121,"msg":"Invalid symbol."}`},
		{"POST /fapi/v1/order?symbol=BTCUSDT&side=LONG&type=MARKET&quantity=1", `{"code":-1117,"msg":"Invalid side."}`},
		{newOrder + "&type=ICEBERG&quantity=1", `{"code":-1116,"msg":"Invalid orderType."}`},
		{newOrder + "&type=MARKET&quantity=1&foo=1", `{"code":-1104,"msg":"Not all sent parameters were read; read '6' parameter(s) but was sent '7'."}`},
		{newOrder + "&type=STOP_MARKET&quantity=1&stopPrice=90", `{"code":-4120,"msg":"Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."}`},
		{newOrder + "&type=TRAILING_STOP_MARKET&quantity=1&callbackRate=1", `{"code":-4120}`},
		{newOrder + "&type=LIMIT&quantity=1&price=90", `{"code":-1102,"msg":"Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."}`},
		{newOrder + "&type=LIMIT&quantity=1&timeInForce=GTC", `{"code":-1102,"msg":"Mandatory parameter 'price' was not sent, was empty/null, or malformed."}`},
		{newOrder + "&type=LIMIT&price=90&timeInForce=GTC", `{"code":-1102,"msg":"Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."}`},
		{newOrder + "&type=LIMIT&quantity=1&price=90&timeInForce=DAY", `{"code":-1115,"msg":"Invalid timeInForce."}`},
		{newOrder + "&type=MARKET&quantity=1&timeInForce=GTC", `{"code":-1106,"msg":"Parameter 'timeInForce' sent when not required."}`},
		{newOrder + "&type=MARKET&quantity=1&price=90", `{"code":-1106}`},
		{newOrder + "&type=MARKET&quantity=1&positionSide=LONG", `{"code":-4061,"msg":"Order's position side does not match user's setting."}`},
		{newOrder + "&type=MARKET&quantity=1&positionSide=UP", `{"code":-4060,"msg":"Invalid position side."}`},
		{newOrder + "&type=MARKET&quantity=1&newOrderRespType=FULL", `{"code":-1136,"msg":"Invalid newOrderRespType."}`},
		{newOrder + "&type=MARKET&quantity=1&newClientOrderId=" + strings.Repeat("a", 37), `{"code":-4015,"msg":"Client order id length should not be more than 36 chars"}`},
		{newOrder + "&type=MARKET&quantity=1&newClientOrderId=a%20b", `{"code":-1100,"msg":"Illegal characters found in parameter 'newClientOrderId'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'."}`},
		{newOrder + "&type=MARKET&quantity=1&priceMatch=QUEUE", `{"code":-5037}`},
		{newOrder + "&type=MARKET&quantity=1&selfTradePreventionMode=ALL", `{"code":-5039}`},
		{newOrder + "&type=MARKET&quantity=0", `{"code":-4003,"msg":"Quantity less than zero."}`},
		{newOrder + "&type=MARKET&quantity=0.002", `{"code":-4004,"msg":"Quantity less than min quantity."}`},
		{newOrder + "&type=MARKET&quantity=501", `{"code":-4005,"msg":"Quantity greater than max quantity."}`},
		{newOrder + "&type=MARKET&quantity=1.001", `{"code":-4023,"msg":"Qty not increased by step size."}`},
		{newOrder + "&type=MARKET&quantity=1.0001", `{"code":-1111,"msg":"Precision is over the maximum defined for this asset."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTC&quantity=1&price=0", `{"code":-4001,"msg":"Price less than 0."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTC&quantity=1&price=90.01", `{"code":-4014,"msg":"Price not increased by tick size."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTC&quantity=1&price=90.001", `{"code":-1111}`},
		{newOrder + "&type=LIMIT&timeInForce=GTC&quantity=1&price=150", `{"code":-4016,"msg":"Price is higher than mark price multiplier cap."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTC&quantity=1&price=50", `{"code":-4024,"msg":"Price is lower than mark price multiplier floor."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTC&quantity=0.05&price=90", `{"code":-4164,"msg":"Order's notional must be no smaller than 5 (unless you choose reduce only)"}`},
		{newOrder + "&type=LIMIT&timeInForce=GTD&quantity=1&price=90", `{"code":-1102,"msg":"Mandatory parameter 'goodTillDate' was not sent, was empty/null, or malformed."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTD&quantity=1&price=90&goodTillDate=1767571700000", `{"code":-5040}`},
		{newOrder + "&type=MARKET&quantity=200", `{"code":-2019,"msg":"Margin is insufficient."}`},
		{newOrder + "&type=MARKET&quantity=1&reduceOnly=true", `{"code":-2022,"msg":"ReduceOnly Order is rejected."}`},
		{newOrder + "&type=LIMIT&timeInForce=GTX&quantity=1&price=100", `{"code":-5022,"msg":"Due to the order could not be executed as maker, the Post Only order will be rejected."}`},
		{newOrder + "&type=LIMIT&timeInForce=FOK&quantity=1&price=90", `{"code":-5021,"msg":"Due to the order could not be filled immediately, the FOK order has been rejected."}`},
		{"DELETE /fapi/v1/order?symbol=BTCUSDT&orderId=9", `{"code":-2011,"msg":"Unknown order sent."}`},
		{"DELETE /fapi/v1/order?symbol=BTCUSDT", `{"code":-1102,"msg":"Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"}`},
		{"GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=x", `{"code":-2013,"msg":"Order does not exist."}`},
		{"GET /fapi/v1/openOrder?symbol=BTCUSDT&orderId=1", `{"code":-2013}`},
		{"GET /fapi/v1/allOrders?symbol=BTCUSDT&startTime=1&endTime=700000000", `{"code":-4165}`},
		{"GET /fapi/v1/userTrades?symbol=BTCUSDT&fromId=1&startTime=1", `{"code":-1128}`},
		{"POST /fapi/v1/leverage?symbol=BTCUSDT&leverage=51", `{"code":-4028,"msg":"Leverage 51 is not valid"}`},
		{"POST /fapi/v1/marginType?symbol=BTCUSDT&marginType=CROSSED", `{"code":-4046,"msg":"No need to change margin type."}`},
		{"POST /fapi/v1/positionSide/dual?dualSidePosition=false", `{"code":-4059,"msg":"No need to change position side."}`},
		{"POST /fapi/v1/positionSide/dual?dualSidePosition=true", `{"code":-1020,"msg":"This operation is not supported."}`},
		{"PUT /fapi/v1/listenKey", `{"code":-1125,"msg":"This listenKey does not exist."}`},
		{"DELETE /fapi/v1/listenKey", `{"code":-1125}`},
		{"POST /fapi/v1/algoOrder?symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=1&triggerPrice=90", `{"code":-1102,"msg":"Mandatory parameter 'algoType' was not sent, was empty/null, or malformed."}`},
		{algo + "&type=STOP_MARKET&quantity=1", `{"code":-1102,"msg":"Mandatory parameter 'triggerPrice' was not sent, was empty/null, or malformed."}`},
		{algo + "&type=STOP_MARKET&quantity=1&triggerPrice=99", `{"code":-2021,"msg":"Order would immediately trigger."}`},
		{algo + "&type=TAKE_PROFIT_MARKET&quantity=1&triggerPrice=90", `{"code":-2021}`},
		{algo + "&type=TRAILING_STOP_MARKET&quantity=1&callbackRate=1&activatePrice=90", `{"code":-2021}`},
		{algo + "&type=TRAILING_STOP_MARKET&quantity=1", `{"code":-1102}`},
		{algo + "&type=TRAILING_STOP_MARKET&quantity=1&callbackRate=11", `{"code":-1130}`},
		{algo + "&type=LIMIT&quantity=1&triggerPrice=90", `{"code":-1116}`},
		{algo + "&type=STOP&quantity=1&triggerPrice=90", `{"code":-1102,"msg":"Mandatory parameter 'price' was not sent, was empty/null, or malformed."}`},
		{algo + "&type=STOP_MARKET&closePosition=true&triggerPrice=90", `{"code":-2022}`},
		{algo + "&type=STOP_MARKET&closePosition=true&quantity=1&triggerPrice=90", `{"code":-4137}`},
		{algo + "&type=STOP_MARKET&closePosition=true&reduceOnly=true&triggerPrice=90", `{"code":-1106,"msg":"Parameter 'reduceOnly' sent when not required."}`},
		{"DELETE /fapi/v1/algoOrder?algoId=1", `{"code":-2011}`},
		{"GET /fapi/v1/algoOrder?clientAlgoId=x", `{"code":-2013}`},
	} {
		d := open(t, futuresOptions())
		d.step()
		d.wants(c.request, c.want)
	}
}

const algo = "POST /fapi/v1/algoOrder?algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL"

// says compares events with what they must say.
func says(t *testing.T, got []string, must ...string) {
	t.Helper()
	if len(got) != len(must) {
		t.Errorf("%d events, want %d:\n%s", len(got), len(must), strings.Join(got, "\n"))
		return
	}
	for i := range got {
		var g, m any
		if err := json.Unmarshal([]byte(got[i]), &g); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(must[i]), &m); err != nil {
			t.Fatalf("%s: %v", must[i], err)
		}
		if diff := cmp.Diff(m, like(g, m)); diff != "" {
			t.Errorf("event %d: %s\n%s", i, got[i], diff)
		}
	}
}

// tape makes minutes of open, high, low and close.
func tape(rows ...[4]float64) *market.Columns {
	c := market.MakeColumns(market.Minute, len(rows))
	c.PriceScale, c.VolumeScale = 2, 3
	for i, r := range rows {
		c.Append(market.Bar{OpenTime: start + market.Time(i)*market.Time(market.Minute), Open: r[0], High: r[1], Low: r[2], Close: r[3], Volume: 1000})
	}
	return c
}

// scene opens a venue on one perpetual with bars, after the first of them: with ByTrade that
// is at the open of the second.
func scene(t *testing.T, fills venue.Fills, rows ...[4]float64) (*desk, func() []string) {
	o := futuresOptions()
	o.Fills = fills
	o.USDM.Instruments, o.USDM.Bars = o.USDM.Instruments[:1], []*market.Columns{tape(rows...)}
	d := open(t, o)
	hear := d.venue.Hear()
	d.minute(1)
	return d, hear
}

// minute steps until so many minutes are over.
func (d *desk) minute(n int) {
	d.t.Helper()
	for d.venue.Now() < start+market.Time(n)*market.Time(market.Minute) {
		if _, err := d.venue.Step(d.t.Context()); err != nil {
			return
		}
	}
}

func flat(price float64) [4]float64 { return [4]float64{price, price, price, price} }

// TestFuturesPosition opens a position at 100, adds to it at 110, and turns it at 120.
func TestFuturesPosition(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(110), flat(120), flat(120))
	d.wants(newOrder+"&type=MARKET&quantity=2&newClientOrderId=a&newOrderRespType=RESULT",
		`{"orderId":1,"clientOrderId":"a","status":"FILLED","type":"MARKET","executedQty":"2.000","cumQuote":"200.00000","avgPrice":"100.00","positionSide":"BOTH","timeInForce":"GTC","reduceOnly":false}`)
	says(t, hear(),
		`{"e":"ORDER_TRADE_UPDATE","o":{"s":"BTCUSDT","c":"a","x":"NEW","X":"NEW","i":1,"z":"0","q":"2","o":"MARKET"}}`,
		`{"e":"ACCOUNT_UPDATE","a":{"m":"ORDER","B":[{"a":"USDT","wb":"999.90000000","cw":"999.90000000","bc":"0"}],"P":[{"s":"BTCUSDT","pa":"2","ep":"100","up":"0","mt":"cross","ps":"BOTH"}]}}`,
		`{"e":"ORDER_TRADE_UPDATE","o":{"c":"a","x":"TRADE","X":"FILLED","l":"2","z":"2","L":"100","n":"0.1","N":"USDT","t":1,"m":false,"rp":"0","ap":"100","R":false}}`,
		`{"e":"TRADE_LITE","s":"BTCUSDT","c":"a","S":"BUY","L":"100","l":"2","t":1,"i":1,"m":false}`)
	d.minute(2)
	d.wants(newOrder+"&type=MARKET&quantity=2", `{"status":"FILLED","avgPrice":"110.00"}`)
	d.minute(3)
	d.wants("GET /fapi/v3/positionRisk", `[{"symbol":"BTCUSDT","positionAmt":"4.000","entryPrice":"105.00000000","markPrice":"120.00000000","unRealizedProfit":"60.00000000","notional":"480.00000000","initialMargin":"48.00000000","maintMargin":"4.80000000"}]`)
	hear()
	d.wants("POST /fapi/v1/order?symbol=BTCUSDT&side=SELL&type=MARKET&quantity=5&newClientOrderId=c", `{"status":"FILLED"}`)
	says(t, hear(), `{"o":{"x":"NEW"}}`,
		`{"a":{"B":[{"wb":"1059.49000000"}],"P":[{"pa":"-1","ep":"120","cr":"60"}]}}`,
		`{"o":{"x":"TRADE","rp":"60","n":"0.3"}}`, `{"e":"TRADE_LITE"}`)
	d.wants("GET /fapi/v3/account", `{"totalWalletBalance":"1059.49000000","availableBalance":"1047.49000000","assets":[{"asset":"USDT","walletBalance":"1059.49000000","initialMargin":"12.00000000"}],"positions":[{"symbol":"BTCUSDT","positionAmt":"-1.000"}]}`)
	d.wants("GET /fapi/v2/account", `{"canTrade":true,"positions":[{"symbol":"BTCUSDT","positionAmt":"-1.000","entryPrice":"120.00000000","leverage":"10","isolated":false}]}`)
	d.wants("GET /fapi/v3/balance", `[{"asset":"USDT","balance":"1059.49000000"}]`)
	d.wants("GET /fapi/v1/userTrades?symbol=BTCUSDT&fromId=3", `[{"id":3,"side":"SELL","buyer":false,"qty":"5.000","quoteQty":"600.00000000","realizedPnl":"60.00000000","commission":"0.30000000","commissionAsset":"USDT","maker":false,"orderId":3}]`)
	d.wants("GET /fapi/v1/income?incomeType=REALIZED_PNL", `[{"symbol":"BTCUSDT","incomeType":"REALIZED_PNL","income":"60.00000000","asset":"USDT","tradeId":"3"}]`)
	d.wants("GET /fapi/v1/income?incomeType=COMMISSION&symbol=BTCUSDT", `[{"income":"-0.10000000"},{"income":"-0.11000000"},{"income":"-0.30000000"}]`)
	d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=c", `{"orderId":3,"status":"FILLED"}`)
	d.wants("GET /fapi/v1/allOrders?symbol=BTCUSDT&limit=2", `[{"orderId":2},{"orderId":3}]`)
	if _, body := d.raw("GET /fapi/v1/openOrders"); body != "[]" {
		t.Errorf("orders work that have filled: %s", body)
	}
}

// TestFuturesFillsOfOneInstant adds to a position and makes it smaller within one minute, and
// is told the other way round: what the account has is what it was told, and nobody paid in.
func TestFuturesFillsOfOneInstant(t *testing.T) {
	d, hear := scene(t, venue.ByBar, flat(100), flat(100), [4]float64{100, 110, 95, 100}, flat(100))
	d.wants(newOrder+"&type=MARKET&quantity=1", `{"side":"BUY"}`)
	d.minute(2)
	d.wants("POST /fapi/v1/order?symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.5&price=105", `{"status":"NEW"}`)
	d.wants(newOrder+"&type=LIMIT&timeInForce=GTC&quantity=1&price=96", `{"status":"NEW"}`)
	hear()
	d.minute(3) // down first: the simulator buys at 96, and sells half of one in 2 that cost 196
	says(t, hear(),
		`{"a":{"m":"ORDER","B":[{"wb":"1002.43950000","bc":"0"}],"P":[{"pa":"0.5","ep":"100"}]}}`, `{"o":{"i":2,"L":"105","rp":"2.5"}}`, `{"e":"TRADE_LITE"}`,
		`{"a":{"m":"ORDER","B":[{"wb":"1002.42030000","bc":"0"}],"P":[{"pa":"1.5","ep":"97.333333333333"}]}}`, `{"o":{"i":3,"L":"96","rp":"0"}}`, `{"e":"TRADE_LITE"}`)
	d.wants("GET /fapi/v3/account", `{"totalWalletBalance":"1002.42030000"}`)
	d.wants("GET /fapi/v1/income?incomeType=TRANSFER", `[]`)
	if err := d.venue.Deposit(true, "USDT", decimal.New(7, 0)); err != nil {
		t.Fatal(err)
	}
	says(t, hear(), `{"e":"ACCOUNT_UPDATE","a":{"m":"DEPOSIT","B":[{"wb":"1009.42030000","bc":"7"}]}}`)
	d.wants("GET /fapi/v1/income?incomeType=TRANSFER", `[{"income":"7.00000000"}]`)
}

// TestFuturesResting rests, changes and cancels limit orders.
func TestFuturesResting(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(100))
	const limit = newOrder + "&type=LIMIT&timeInForce=GTC&quantity=1"
	d.wants(limit+"&price=95&newClientOrderId=a", `{"orderId":1,"status":"NEW","price":"95.00","origQty":"1.000"}`)
	d.wants(limit+"&price=96&newClientOrderId=a", `{"code":-4116,"msg":"ClientOrderId is duplicated"}`)
	if got := d.header.Get("X-MBX-USED-WEIGHT-1M"); got == "" {
		t.Error("no header says the weight")
	}
	d.wants("GET /fapi/v3/account", `{"totalOpenOrderInitialMargin":"9.54750000","availableBalance":"990.45250000"}`)
	hear()
	d.wants("PUT /fapi/v1/order?symbol=BTCUSDT&side=BUY&orderId=1&quantity=2&price=94", `{"orderId":1,"status":"NEW","price":"94.00","origQty":"2.000"}`)
	says(t, hear(), `{"o":{"x":"AMENDMENT","X":"NEW","q":"2","p":"94"}}`)
	for _, c := range []struct{ change, want string }{
		{"side=BUY&quantity=2&price=94", `{"code":-5027,"msg":"No need to modify the order."}`},
		{"side=SELL&quantity=2&price=93", `{"code":-2013}`},
		{"side=BUY&quantity=2&price=93.01", `{"code":-4014}`},
		{"side=BUY&quantity=2&price=93&reduceOnly=true", `{"code":-5047}`},
		{"side=BUY&quantity=400&price=93", `{"code":-2019}`},
	} {
		d.wants("PUT /fapi/v1/order?symbol=BTCUSDT&orderId=1&"+c.change, c.want)
	}
	d.wants("GET /fapi/v1/openOrder?symbol=BTCUSDT&orderId=1", `{"price":"94.00","origQty":"2.000","status":"NEW"}`)
	d.wants("DELETE /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=a", `{"orderId":1,"status":"CANCELED","clientOrderId":"a"}`)
	says(t, hear(), `{"o":{"x":"CANCELED","X":"CANCELED","c":"a"}}`)
	d.wants("DELETE /fapi/v1/order?symbol=BTCUSDT&orderId=1", `{"code":-2011}`)
	d.wants(limit+"&price=96&newClientOrderId=a", `{"orderId":2}`)
	d.wants(limit+"&price=97", `{"orderId":3}`)
	d.wants("DELETE /fapi/v1/allOpenOrders?symbol=BTCUSDT", `{"code":200,"msg":"The operation of cancel all open order is done."}`)
	says(t, hear(), `{"o":{"x":"NEW"}}`, `{"o":{"x":"NEW"}}`, `{"o":{"x":"CANCELED","i":2}}`, `{"o":{"x":"CANCELED","i":3}}`)
	for range 6 {
		d.wants(limit+"&price=90", `{"status":"NEW"}`)
	}
	d.wants(limit+"&price=90", `{"code":-2025,"msg":"Reach max open order limit."}`)
	d.wants("POST /fapi/v1/marginType?symbol=BTCUSDT&marginType=ISOLATED", `{"code":-4047,"msg":"Margin type cannot be changed if there exists open orders."}`)
	d.wants("POST /fapi/v1/batchOrders?batchOrders="+escape(`[{"symbol":"BTCUSDT","side":"SELL","type":"MARKET","quantity":"1"},{"symbol":"BTCUSDT","side":"SELL","type":"MARKET","quantity":"0"}]`),
		`[{"status":"FILLED"},{"code":-4003,"msg":"Quantity less than zero."}]`)
	d.wants("DELETE /fapi/v1/batchOrders?symbol=BTCUSDT&orderIdList="+escape("[4,99]"), `[{"orderId":4,"status":"CANCELED"},{"code":-2011}]`)
}

func escape(s string) string { return url.QueryEscape(s) }
