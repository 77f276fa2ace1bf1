package venue_test

import (
	"testing"

	"github.com/signalman-trading/signalman/exchange/venue"
)

// TestAlgoStop protects a position with a stop, which the price reaches.
func TestAlgoStop(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(100), flat(90), flat(90))
	d.wants(newOrder+"&type=MARKET&quantity=2", `{"status":"FILLED"}`)
	hear()
	d.wants(algo+"&type=STOP_MARKET&quantity=2&triggerPrice=95&clientAlgoId=s&reduceOnly=true&newOrderRespType=ACK",
		`{"algoId":1000000000001,"clientAlgoId":"s","algoType":"CONDITIONAL","orderType":"STOP_MARKET","algoStatus":"NEW","quantity":"2.000","triggerPrice":"95.00","price":"0.00","side":"SELL","positionSide":"BOTH","timeInForce":"GTC","reduceOnly":true,"closePosition":false,"triggerTime":0,"icebergQuantity":null,"workingType":"CONTRACT_PRICE"}`)
	says(t, hear(), `{"e":"ALGO_UPDATE","o":{"caid":"s","aid":1000000000001,"at":"CONDITIONAL","o":"STOP_MARKET","X":"NEW","ai":"","ap":"0","aq":"0","act":"0","tp":"95","q":"2","R":true,"tt":0}}`)
	d.wants(algo+"&type=STOP_MARKET&quantity=2&triggerPrice=94&clientAlgoId=s", `{"code":-4116}`)
	d.wants("GET /fapi/v1/openOrders", `[]`)
	d.wants("GET /fapi/v1/allOrders?symbol=BTCUSDT", `[{"orderId":1}]`)
	d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=s", `{"code":-2013}`)
	d.wants("DELETE /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=s", `{"code":-2011}`)
	d.wants("GET /fapi/v1/openAlgoOrders?symbol=BTCUSDT", `[{"clientAlgoId":"s","algoStatus":"NEW","actualOrderId":""}]`)
	d.minute(3)
	says(t, hear(),
		`{"e":"ALGO_UPDATE","o":{"X":"TRIGGERING","ai":""}}`,
		`{"e":"ORDER_TRADE_UPDATE","o":{"c":"s","x":"NEW","X":"NEW","o":"MARKET","ot":"MARKET","q":"2","z":"0","R":true}}`,
		`{"e":"ACCOUNT_UPDATE","a":{"P":[{"pa":"0","ep":"0"}]}}`,
		`{"e":"ORDER_TRADE_UPDATE","o":{"c":"s","x":"TRADE","X":"FILLED","L":"90","l":"2","rp":"-20"}}`,
		`{"e":"TRADE_LITE"}`,
		`{"e":"ALGO_UPDATE","o":{"X":"TRIGGERED","ai":"2","act":"MARKET"}}`,
		`{"e":"ALGO_UPDATE","o":{"X":"FINISHED","ai":"2","ap":"90","aq":"2"}}`)
	d.wants("GET /fapi/v1/algoOrder?clientAlgoId=s", `{"algoStatus":"FINISHED","actualOrderId":"2","actualType":"MARKET","actualPrice":"90.00","actualQty":"2.000"}`)
	d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=s", `{"orderId":2,"status":"FILLED","type":"MARKET","reduceOnly":true}`)
	d.wants("GET /fapi/v1/allAlgoOrders?symbol=BTCUSDT", `[{"algoId":1000000000001}]`)
	d.wants("DELETE /fapi/v1/algoOrder?clientAlgoId=s", `{"code":-2011,"msg":"Unknown order sent."}`)
}

// TestAlgoLimit lets a stop-limit become a limit order, which rests and is cancelled as one.
func TestAlgoLimit(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(90), flat(90), flat(90))
	d.wants(algo+"&type=STOP&quantity=1&triggerPrice=95&price=94&clientAlgoId=s", `{"algoStatus":"NEW","price":"94.00"}`)
	hear()
	d.minute(2)
	says(t, hear(), `{"o":{"X":"TRIGGERING"}}`, `{"o":{"c":"s","x":"NEW","X":"NEW","o":"LIMIT","p":"94","f":"GTC"}}`, `{"o":{"X":"TRIGGERED","ai":"1","act":"LIMIT"}}`)
	d.wants("GET /fapi/v1/openOrders?symbol=BTCUSDT", `[{"orderId":1,"clientOrderId":"s","type":"LIMIT","price":"94.00","status":"NEW"}]`)
	d.wants("GET /fapi/v1/openAlgoOrders", `[]`)
	d.wants("DELETE /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=s", `{"status":"CANCELED"}`)
	says(t, hear(), `{"o":{"c":"s","x":"CANCELED"}}`, `{"o":{"X":"FINISHED","aq":"0"}}`)
}

// TestAlgoCancel ends conditional orders that wait, by themselves and all of them.
func TestAlgoCancel(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(100))
	d.wants(algo+"&type=STOP_MARKET&quantity=1&triggerPrice=95&clientAlgoId=a", `{"algoId":1000000000001}`)
	d.wants(algo+"&type=TAKE_PROFIT_MARKET&quantity=1&triggerPrice=110&clientAlgoId=b", `{"algoId":1000000000002}`)
	d.wants(algo+"&type=TRAILING_STOP_MARKET&quantity=1&callbackRate=1.5&activatePrice=105&clientAlgoId=c", `{"algoId":1000000000003,"activatePrice":"105.00","callbackRate":"1.5"}`)
	d.wants(algo+"&type=STOP_MARKET&quantity=1&triggerPrice=94", `{"code":-4045,"msg":"Reach max stop order limit."}`)
	hear()
	d.wants("DELETE /fapi/v1/algoOrder?algoId=1000000000002", `{"algoId":1000000000002,"clientAlgoId":"b","code":"200","msg":"success"}`)
	d.wants("DELETE /fapi/v1/algoOpenOrders?symbol=BTCUSDT", `{"code":200,"msg":"The operation of cancel all open order is done."}`)
	says(t, hear(), `{"o":{"caid":"b","X":"CANCELED"}}`, `{"o":{"caid":"a","X":"CANCELED"}}`, `{"o":{"caid":"c","X":"CANCELED"}}`)
	d.wants("GET /fapi/v1/allAlgoOrders?symbol=BTCUSDT&limit=2", `[{"algoStatus":"CANCELED"},{"algoStatus":"CANCELED"}]`)
}

// TestAlgoClosesPosition closes whatever there is when its trigger is reached.
func TestAlgoClosesPosition(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(100), flat(110), flat(110))
	d.wants(newOrder+"&type=MARKET&quantity=2", `{"status":"FILLED"}`)
	d.wants(algo+"&type=TAKE_PROFIT_MARKET&closePosition=true&triggerPrice=105&clientAlgoId=x", `{"quantity":"0.000","closePosition":true}`)
	d.wants(newOrder+"&type=MARKET&quantity=1", `{"status":"FILLED"}`)
	hear()
	d.minute(3)
	says(t, hear(), `{"o":{"X":"TRIGGERING","cp":true}}`, `{"o":{"x":"NEW","q":"3","cp":true}}`, `{"a":{"P":[{"pa":"0"}]}}`,
		`{"o":{"x":"TRADE","X":"FILLED","q":"3","z":"3","rp":"30"}}`, `{"e":"TRADE_LITE"}`, `{"o":{"X":"TRIGGERED"}}`, `{"o":{"X":"FINISHED","aq":"3"}}`)
	d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=x", `{"status":"FILLED","origQty":"3.000","executedQty":"3.000"}`)
}

// TestAlgoWithoutPosition has nothing left to reduce when its trigger is reached.
func TestAlgoWithoutPosition(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(90), flat(90))
	d.wants(newOrder+"&type=MARKET&quantity=2", `{"status":"FILLED"}`)
	d.wants(algo+"&type=STOP_MARKET&quantity=2&triggerPrice=95&clientAlgoId=s&reduceOnly=true", `{"algoStatus":"NEW"}`)
	d.wants("POST /fapi/v1/order?symbol=BTCUSDT&side=SELL&type=MARKET&quantity=2&reduceOnly=true", `{"status":"FILLED"}`)
	hear()
	d.minute(2)
	says(t, hear(), `{"o":{"caid":"s","X":"EXPIRED","rm":"ReduceOnly Order is rejected.","ai":""}}`)
	d.wants("GET /fapi/v1/order?symbol=BTCUSDT&origClientOrderId=s", `{"code":-2013}`)
}

// TestAlgoTrails follows the price up from its activation, and sells when it turns.
func TestAlgoTrails(t *testing.T) {
	d, hear := scene(t, venue.ByTrade, flat(100), flat(100), flat(110), flat(120), flat(117), flat(117))
	d.wants(newOrder+"&type=MARKET&quantity=2", `{"status":"FILLED"}`)
	d.wants(algo+"&type=TRAILING_STOP_MARKET&quantity=2&callbackRate=2&activatePrice=105&clientAlgoId=s&reduceOnly=true", `{"algoStatus":"NEW"}`)
	hear()
	d.minute(3)
	says(t, hear())
	d.minute(4) // 120 less 2 % is 117.60
	says(t, hear(), `{"o":{"X":"TRIGGERING"}}`, `{"o":{"x":"NEW"}}`, `{"e":"ACCOUNT_UPDATE"}`, `{"o":{"x":"TRADE","L":"117"}}`, `{"e":"TRADE_LITE"}`, `{"o":{"X":"TRIGGERED"}}`, `{"o":{"X":"FINISHED"}}`)
}
