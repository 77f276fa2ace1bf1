package venue_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// TestFuturesSettings changes leverage and margin type, and meets what stands against it.
func TestFuturesSettings(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(100))
	d.wants("GET /fapi/v1/leverageBracket?symbol=BTCUSDT", `[{"symbol":"BTCUSDT","brackets":[{"bracket":1,"initialLeverage":50,"notionalCap":5000,"notionalFloor":0,"maintMarginRatio":0.01,"cum":0},{"bracket":2,"initialLeverage":20,"notionalCap":9223372036854775807,"notionalFloor":5000,"maintMarginRatio":0.02,"cum":50}]}]`)
	d.wants("POST /fapi/v1/leverage?symbol=BTCUSDT&leverage=25", `{"leverage":25,"maxNotionalValue":"5000","symbol":"BTCUSDT"}`)
	says(t, hear(), `{"e":"ACCOUNT_CONFIG_UPDATE","ac":{"s":"BTCUSDT","l":25}}`)
	d.wants(newOrder+"&type=MARKET&quantity=60", `{"code":-2027,"msg":"Exceeded the maximum allowable position at current leverage."}`)
	d.wants("POST /fapi/v1/leverage?symbol=BTCUSDT&leverage=20", `{"leverage":20,"maxNotionalValue":"9223372036854775807"}`)
	d.wants(newOrder+"&type=MARKET&quantity=60", `{"status":"FILLED"}`)
	d.wants("POST /fapi/v1/leverage?symbol=BTCUSDT&leverage=25", `{"code":-2027}`)
	d.wants("POST /fapi/v1/leverage?symbol=BTCUSDT&leverage=5", `{"code":-2028,"msg":"Leverage is smaller than permitted: insufficient margin balance."}`)
	d.wants("GET /fapi/v2/positionRisk?symbol=BTCUSDT", `[{"leverage":"20","marginType":"cross","positionAmt":"60.000","entryPrice":"100.00000000"}]`)
	d.wants("POST /fapi/v1/marginType?symbol=BTCUSDT&marginType=ISOLATED", `{"code":-4048,"msg":"Margin type cannot be changed if there exists position."}`)
	d.wants("POST /fapi/v1/order?symbol=BTCUSDT&side=SELL&type=MARKET&quantity=60&reduceOnly=true", `{"status":"FILLED"}`)
	d.wants("POST /fapi/v1/marginType?symbol=BTCUSDT&marginType=ISOLATED", `{"code":200,"msg":"success"}`)
	d.wants("POST /fapi/v1/marginType?symbol=BTCUSDT&marginType=ISOLATED", `{"code":-4046}`)
	d.wants(newOrder+"&type=MARKET&quantity=10", `{"status":"FILLED"}`)
	d.wants("GET /fapi/v3/positionRisk", `[{"isolatedWallet":"50.00000000","isolatedMargin":"50.00000000","liquidationPrice":"95.95"}]`)
	d.wants("POST /fapi/v1/leverage?symbol=BTCUSDT&leverage=10", `{"code":-4161,"msg":"Leverage reduction is not supported in Isolated Margin Mode with open positions"}`)
	d.wants("GET /fapi/v1/symbolConfig?symbol=BTCUSDT", `[{"symbol":"BTCUSDT","marginType":"ISOLATED","leverage":20}]`)
	d.wants("GET /fapi/v1/commissionRate?symbol=BTCUSDT", `{"symbol":"BTCUSDT","makerCommissionRate":"0.0002","takerCommissionRate":"0.0005"}`)
	d.wants("GET /fapi/v1/positionSide/dual", `{"dualSidePosition":false}`)
	d.wants("GET /fapi/v1/multiAssetsMargin", `{"multiAssetsMargin":false}`)
	d.wants("GET /fapi/v1/accountConfig", `{"canTrade":true,"dualSidePosition":false}`)
	d.wants("GET /fapi/v1/apiTradingStatus", `{"indicators":{}}`)
}

// TestFuturesFunding charges a long position, at the price that was recorded with the rate.
func TestFuturesFunding(t *testing.T) {
	for _, fills := range []venue.Fills{venue.ByTrade, venue.ByBar} {
		o := futuresOptions()
		o.Fills = fills
		o.USDM.Instruments, o.USDM.Bars = o.USDM.Instruments[:1], []*market.Columns{tape(flat(100), flat(100), flat(100), flat(100), flat(100))}
		o.USDM.Fundings = [][]market.Funding{{{Time: start + market.Time(3*time.Minute) + 17e6, Rate: decimal.New(1, -3), Mark: decimal.New(101, 0)}}}
		d := open(t, o)
		hear := d.venue.Hear()
		d.minute(1)
		d.wants(newOrder+"&type=MARKET&quantity=2", `{"side":"BUY"}`)
		d.minute(2)
		hear()
		d.minute(3)
		says(t, hear(), `{"e":"ACCOUNT_UPDATE","T":1767571380000,"a":{"m":"FUNDING_FEE","S":"BTCUSDT","B":[{"a":"USDT","wb":"999.69800000","bc":"-0.202"}],"P":[]}}`)
		d.wants("GET /fapi/v1/income?incomeType=FUNDING_FEE", `[{"symbol":"BTCUSDT","income":"-0.20200000","time":1767571380000,"tradeId":""}]`)
	}
}

// TestFuturesLiquidation lets the price take a position away, with the order beside it.
func TestFuturesLiquidation(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(90.3), flat(80), flat(80))
	d.wants(newOrder+"&type=MARKET&quantity=90", `{"status":"FILLED"}`)
	d.wants(newOrder+"&type=LIMIT&timeInForce=GTC&price=90&quantity=0.1&newClientOrderId=a", `{"status":"NEW"}`)
	hear()
	d.minute(2)
	says(t, hear(), `{"e":"MARGIN_CALL","p":[{"s":"BTCUSDT","ps":"BOTH","pa":"90","mt":"CROSSED","mp":"90.3","up":"-873"}]}`)
	d.minute(3)
	says(t, hear(), // what is left pays a part of the fee of 0.0125; the insurance bears the rest
		`{"e":"ACCOUNT_UPDATE","a":{"m":"ORDER","B":[{"wb":"0.00000000"}],"P":[{"pa":"0"}]}}`,
		`{"e":"ORDER_TRADE_UPDATE","o":{"c":"autoclose-1767571380000","o":"LIQUIDATION","S":"SELL","x":"CALCULATED","X":"FILLED","l":"90","L":"88.95","n":"1","rp":"-994.5"}}`,
		`{"e":"TRADE_LITE"}`,
		`{"e":"ORDER_TRADE_UPDATE","o":{"c":"a","x":"CANCELED"}}`)
	d.wants("GET /fapi/v1/income?incomeType=INSURANCE_CLEAR", `[{"income":"-1.00000000"}]`)
	d.wants("GET /fapi/v1/forceOrders", `[{"type":"LIQUIDATION","status":"FILLED","origQty":"90.000"}]`)
	d.wants("GET /fapi/v3/account", `{"totalWalletBalance":"0.00000000","positions":[]}`)
}

// TestCountdown cancels all orders of an instrument unless it is asked again.
func TestCountdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := futuresOptions()
		o.Speed = 1
		d := open(t, o)
		hear := d.venue.Hear()
		time.Sleep(time.Second)
		d.wants("POST /fapi/v1/countdownCancelAll?symbol=BTCUSDT&countdownTime=-1", `{"code":-1130}`)
		d.wants("POST /fapi/v1/countdownCancelAll?symbol=BTCUSDT&countdownTime=120000", `{"symbol":"BTCUSDT","countdownTime":"120000"}`)
		d.wants(newOrder+"&type=LIMIT&timeInForce=GTC&price=85.05&quantity=1&newClientOrderId=a", `{"status":"NEW"}`)
		d.wants(algo+"&type=STOP_MARKET&quantity=1&triggerPrice=85&clientAlgoId=b", `{"algoStatus":"NEW"}`)
		d.wants("POST /fapi/v1/order?symbol=ETHUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=42.5&quantity=1", `{"status":"NEW"}`)
		hear()
		time.Sleep(119 * time.Second)
		d.wants("POST /fapi/v1/countdownCancelAll?symbol=BTCUSDT&countdownTime=120000", `{}`)
		time.Sleep(119 * time.Second)
		d.wants("GET /fapi/v1/openOrders?symbol=BTCUSDT", `[{"clientOrderId":"a"}]`)
		time.Sleep(2 * time.Second)
		d.wants("GET /fapi/v1/openOrders", `[{"symbol":"ETHUSDT"}]`)
		says(t, hear(), `{"e":"ORDER_TRADE_UPDATE","o":{"c":"a","x":"CANCELED"}}`, `{"e":"ALGO_UPDATE","o":{"caid":"b","X":"CANCELED"}}`)
		d.wants("POST /fapi/v1/countdownCancelAll?symbol=ETHUSDT&countdownTime=1000", `{}`)
		d.wants("POST /fapi/v1/countdownCancelAll?symbol=ETHUSDT&countdownTime=0", `{"countdownTime":"0"}`)
		time.Sleep(time.Minute)
		d.wants("GET /fapi/v1/openOrders", `[{"symbol":"ETHUSDT"}]`)
	})
}

// TestFuturesTimes: an order for a time ends with it, and is forgotten three days after it
// was made, since nothing of it traded.
func TestFuturesTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := futuresOptions()
		o.Speed = 1
		d := open(t, o)
		hear := d.venue.Hear()
		time.Sleep(time.Second)
		end := (d.venue.Now() + market.Time(601*time.Second)).Millis() / 1000 * 1000
		request := fmt.Sprintf("%s&type=LIMIT&timeInForce=GTD&price=86&quantity=1&newClientOrderId=a&goodTillDate=%d", newOrder, end)
		d.wants(request, fmt.Sprintf(`{"status":"NEW","timeInForce":"GTD","goodTillDate":%d}`, end))
		hear()
		time.Sleep(602 * time.Second)
		d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=a", `{"status":"EXPIRED"}`)
		says(t, hear(), `{"e":"ORDER_TRADE_UPDATE","o":{"x":"EXPIRED","X":"EXPIRED","c":"a"}}`)
		time.Sleep(71 * time.Hour)
		d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=a", `{"status":"EXPIRED"}`)
		time.Sleep(2 * time.Hour)
		d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=a", `{"code":-2013}`)
		d.wants("GET /fapi/v1/allOrders?symbol=BTCUSDT", `[]`)
	})
}

// TestFuturesLimits: the orders of ten seconds are counted, and headers say so.
func TestFuturesLimits(t *testing.T) {
	o := futuresOptions()
	o.Limits.USDMOrders10s = 2
	d := open(t, o)
	d.step()
	d.wants(newOrder+"&type=MARKET&quantity=1", `{"status":"FILLED"}`)
	d.wants(newOrder+"&type=MARKET&quantity=1.001", `{"code":-4023}`)
	d.wants(algo+"&type=STOP_MARKET&quantity=1&triggerPrice=86", `{"algoStatus":"NEW"}`)
	if ten, minute := d.header.Get("X-MBX-ORDER-COUNT-10S"), d.header.Get("X-MBX-ORDER-COUNT-1M"); ten != "2" || minute != "2" {
		t.Errorf("counted %s in 10 s and %s in a minute", ten, minute)
	}
	d.wants(newOrder+"&type=MARKET&quantity=1", `{"code":-1015,"msg":"Too many new orders; current limit is 2 orders per 10 SECOND."}`)
	if d.header.Get("Retry-After") == "" {
		t.Error("nobody says when to try again")
	}
	d.wants("GET /fapi/v1/rateLimit/order", `[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":2,"count":2},{"interval":"MINUTE","count":2}]`)
}
