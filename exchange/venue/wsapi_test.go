package venue_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// object is what stands in a request, each value as it is written.
type object map[string]string

// request writes a request of the websocket API, signed where there is a signer.
func request(id, method string, params object, sign func(string) string) string {
	var names, payload, fields []string
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		payload = append(payload, name+"="+strings.Trim(params[name], `"`))
		fields = append(fields, fmt.Sprintf("%q:%s", name, params[name]))
	}
	if sign != nil {
		fields = append(fields, fmt.Sprintf(`"signature":%q`, sign(strings.Join(payload, "&"))))
	}
	return fmt.Sprintf(`{"id":%s,"method":%q,"params":{%s}}`, id, method, strings.Join(fields, ","))
}

// signed is a request of the key of the tests.
func (c *counter) signed(id, method string, params object) string {
	with := object{"apiKey": `"` + api + `"`, "timestamp": fmt.Sprint(c.Now().Millis())}
	for name, value := range params {
		with[name] = value
	}
	return request(id, method, with, signature)
}

// limit is an order that rests.
func limit(client string) object {
	return object{"symbol": `"BTCUSDT"`, "side": `"BUY"`, "type": `"LIMIT"`, "timeInForce": `"GTC"`, "quantity": `"0.5"`, "price": `"50"`, "newClientOrderId": `"` + client + `"`}
}

// atMarket is an order that fills.
func atMarket(client string) object {
	return object{"symbol": `"BTCUSDT"`, "side": `"BUY"`, "type": `"MARKET"`, "quantity": `0.5`, "newClientOrderId": `"` + client + `"`}
}

func TestWebsocketAPI(t *testing.T) {
	atCounter(t, options(), func(c *counter) {
		l := c.dial("/ws-api/v3")
		defer l.Close()
		for _, test := range []struct{ say, want string }{
			{`{"id":1,"method":"ping"}`, `{"id":1,"status":200,"result":{},"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":3}]}`},
			{`{"id":"a-b","method":"v3/time","params":{"returnRateLimits":false}}`, fmt.Sprintf(`{"id":"a-b","status":200,"result":{"serverTime":%d}}`, c.Now().Millis())},
			{`{"id":null,"method":"ping","params":{"returnRateLimits":false}}`, `{"id":null,"status":200,"result":{}}`},
			{`{"method":"ping","params":{"returnRateLimits":false}}`, `{"id":null,"status":200,"result":{}}`},
			{`{"id":9,"method":"ping","params":null}`, `{"id":9,"status":200,"result":{}`},
			{`{"id":-9007199254740993,"method":"ping","params":{"returnRateLimits":false}}`, `{"id":-9007199254740993,"status":200,"result":{}}`},
			{`{"id":2,"method":"ticker.price","params":{"symbol":"NONE","returnRateLimits":false}}`, `{"id":2,"status":400,"error":{"code":-1121,"msg":"Invalid symbol."}}`},
			{`{"id":3,"method":"oops"}`, `"error":{"code":-1135,`},
			{`{"id":3}`, `"msg":"Mandatory parameter 'method' was not sent`},
			{`{"id":1.5,"method":"ping"}`, `{"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid 'id' in JSON request; expected an integer, string, or null."}`},
			{`{"id":4,"method":"ping","params":[1]}`, `{"id":4,"status":400,"error":{"code":-1135,"msg":"Invalid 'params' in JSON request; expected an object."}`},
			{`{"id":`, `{"id":null,"status":400,"error":{"code":-1135,"msg":"Invalid JSON Request"}`},
			{`{"id":5,"method":"ping"} {}`, `Invalid JSON Request`},
			{`{"id":6,"method":"userDataStream.start"}`, `{"id":6,"status":410,`},
			{`{"id":7,"method":"order.place","params":{"symbol":"BTCUSDT"}}`, `"error":{"code":-2014,`},
			{`{"id":8,"method":"v1/ping"}`, `"error":{"code":-1135,`},
			{c.signed("9", "order.place", limit("one")), `"clientOrderId":"one"`},
			{c.signed("10", "order.place", object{"symbol": `"BTCUSDT"`, "side": `"BUY"`, "type": `"LIMIT"`, "timeInForce": `"GTC"`, "quantity": `0.50`, "price": `50.0`, "returnRateLimits": `false`}), `"price":"50.00000000","origQty":"0.50000000"`},
			{request("11", "order.status", object{"symbol": `"BTCUSDT"`, "apiKey": `"` + api + `"`, "timestamp": fmt.Sprint(c.Now().Millis())}, func(string) string { return "00" }), `"code":-1022`},
			{c.signed("12", "order.status", object{"symbol": `"BTCUSDT"`, "origClientOrderId": `"one"`}), `"status":"NEW"`},
			{c.signed("13", "order.status", object{"symbol": `"BTCUSDT"`, "origClientOrderId": `"none"`}), `{"id":13,"status":400,"error":{"code":-2013,"msg":"Order does not exist."}`},
			{c.signed("14", "order.place", limit("one")), `{"id":14,"status":400,"error":{"code":-2010,"msg":"Duplicate order sent."}`},
		} {
			if got := l.reply(test.say); !strings.Contains(got, test.want) {
				t.Errorf("%s:\n%s\nwant\n%s", test.say, got, test.want)
			}
		}
		quiet := c.dial("/ws-api/v3?returnRateLimits=false")
		defer quiet.Close()
		if got := quiet.reply(`{"id":1,"method":"ping"}`); got != `{"id":1,"status":200,"result":{}}` {
			t.Error(got)
		}
		if got := quiet.reply(`{"id":1,"method":"ping","params":{"returnRateLimits":true}}`); !strings.Contains(got, "rateLimits") {
			t.Error(got)
		}
	})
}

// TestWebsocketMethods: each method that reference and clients know is there, whatever it
// says to a request without parameters.
func TestWebsocketMethods(t *testing.T) {
	atCounter(t, options(), func(c *counter) {
		l := c.dial("/ws-api/v3")
		defer l.Close()
		for _, method := range strings.Fields(`ping time exchangeInfo klines uiKlines depth avgPrice trades.recent trades.historical trades.aggregate
			ticker.24hr ticker.price ticker.book session.logon session.status session.logout session.subscriptions
			userDataStream.subscribe userDataStream.subscribe.signature userDataStream.unsubscribe
			order.place order.test order.cancel order.status order.cancelReplace order.amend.keepPriority openOrders.status openOrders.cancelAll
			orderList.place.oco orderList.place.oto orderList.place.otoco orderList.place orderList.cancel orderList.status openOrderLists.status allOrderLists
			account.status account.rateLimits.orders account.commission myTrades allOrders`) {
			if got := l.reply(fmt.Sprintf(`{"id":1,"method":%q}`, method)); strings.Contains(got, "there is no such method") {
				t.Error(method)
			}
		}
	})
}

// TestLimitsSayUntilWhen: what a REST client reads in Retry-After stands in the error.
func TestLimitsSayUntilWhen(t *testing.T) {
	o := options()
	o.Limits.Weight, o.Limits.Patience = 5, 2
	atCounter(t, o, func(c *counter) {
		l := c.dial("/ws-api/v3") // which costs 2
		defer l.Close()
		var got string
		for range 4 {
			got = l.reply(`{"id":1,"method":"ping"}`)
		}
		end := market.Time(time.Minute)
		minute := (c.Now()/end + 1) * end
		if want := fmt.Sprintf(`"retryAfter":%d`, minute.Millis()); !strings.Contains(got, `"status":429`) || !strings.Contains(got, want) || !strings.Contains(got, `"serverTime":`) {
			t.Errorf("%s, want %s", got, want)
		}
		for range 2 {
			got = l.reply(`{"id":1,"method":"ping"}`)
		}
		if want := fmt.Sprintf(`"retryAfter":%d`, (c.Now() + market.Time(2*time.Minute)).Millis()); !strings.Contains(got, `"status":418`) || !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestCancelReplaceHalves: each half of what partly failed is in the error.
func TestCancelReplaceHalves(t *testing.T) {
	atCounter(t, options(), func(c *counter) {
		l := c.dial("/ws-api/v3")
		defer l.Close()
		l.reply(c.signed("1", "order.place", limit("one")))
		with := limit("two")
		with["cancelReplaceMode"], with["cancelOrigClientOrderId"], with["quantity"] = `"STOP_ON_FAILURE"`, `"one"`, `"500"`
		var got struct {
			Status int
			Error  struct {
				Code int
				Data struct {
					CancelResult, NewOrderResult string
					CancelResponse               struct{ Status string }
					NewOrderResponse             struct{ Code int }
				}
			}
		}
		answer := l.reply(c.signed("2", "order.cancelReplace", with))
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		if d := got.Error.Data; got.Status != 409 || got.Error.Code != -2021 || d.CancelResult != "SUCCESS" || d.NewOrderResult != "FAILURE" || d.CancelResponse.Status != "CANCELED" || d.NewOrderResponse.Code == 0 {
			t.Error(answer)
		}
	})
}

// TestUserStream: a signed subscription brings the account's events, until it ends.
func TestUserStream(t *testing.T) {
	atCounter(t, options(), func(c *counter) {
		l := c.dial("/ws-api/v3?returnRateLimits=false")
		defer l.Close()
		subscribe := func() string { return l.reply(c.signed(`"u"`, "userDataStream.subscribe.signature", nil)) }
		if got := subscribe(); got != `{"id":"u","status":200,"result":{"subscriptionId":0}}` {
			t.Fatal(got)
		}
		if got := subscribe(); got != `{"id":"u","status":400,"error":{"code":-2035,"msg":"User Data Stream subscription already active."}}` {
			t.Error(got)
		}
		if got := l.reply(`{"id":1,"method":"session.subscriptions"}`); got != `{"id":1,"status":200,"result":[{"subscriptionId":0}]}` {
			t.Error(got)
		}
		l.say(c.signed("2", "order.place", atMarket("one")))
		var told []string
		for !strings.Contains(strings.Join(told, ""), `"id":2`) {
			told = append(told, l.next())
		}
		for i, want := range []string{`{"subscriptionId":0,"event":{"e":"executionReport"`, `"x":"TRADE"`} {
			if !strings.Contains(told[i], want) {
				t.Errorf("event %d is %s, want %s", i, told[i], want)
			}
		}
		if err := c.Deposit(false, "USDT", decimal.New(5, 0)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"e":"balanceUpdate"`, `"e":"outboundAccountPosition"`} {
			if got := l.next(); !strings.Contains(got, want) {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if got := l.reply(`{"id":3,"method":"userDataStream.unsubscribe","params":{"subscriptionId":7}}`); !strings.Contains(got, `"code":-2036,"msg":"User Data Stream subscription not active."`) {
			t.Error(got)
		}
		l.say(`{"id":4,"method":"userDataStream.unsubscribe"}`)
		if got := l.next(); !strings.HasPrefix(got, `{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":`) {
			t.Error(got)
		}
		if got := l.next(); got != `{"id":4,"status":200,"result":{}}` {
			t.Error(got)
		}
		if got := subscribe(); got != `{"id":"u","status":200,"result":{"subscriptionId":1}}` {
			t.Error(got)
		}
		c.fail("stream-terminated")
		if got := l.next(); !strings.HasPrefix(got, `{"subscriptionId":1,"event":{"e":"eventStreamTerminated"`) {
			t.Error(got)
		}
	})
}

// TestLogOn: an Ed25519 key may log on, and its requests need no signature then.
func TestLogOn(t *testing.T) {
	public, private, err := ed25519.GenerateKey(strings.NewReader(strings.Repeat("seed", 8)))
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("ed25519x", 8)
	o := options()
	o.Keys = append(o.Keys, venue.Key{API: name, Public: public, Trade: true})
	atCounter(t, o, func(c *counter) {
		l := c.dial("/ws-api/v3?returnRateLimits=false")
		defer l.Close()
		sign := func(payload string) string {
			return base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(payload)))
		}
		now := fmt.Sprint(c.Now().Millis())
		status := func(key, since string) string {
			return fmt.Sprintf(`{"id":1,"status":200,"result":{"apiKey":%s,"authorizedSince":%s,"connectedSince":%s,"returnRateLimits":false,"serverTime":%s,"userDataStream":`, key, since, now, now)
		}
		for _, test := range []struct{ say, want string }{
			{c.signed("1", "session.logon", nil), `"code":-2015`},
			{`{"id":1,"method":"userDataStream.subscribe"}`, `"code":-2015`},
			{`{"id":1,"method":"session.status"}`, status("null", "null") + "false"},
			{request("1", "session.logon", object{"apiKey": `"` + name + `"`, "timestamp": now}, sign), status(`"`+name+`"`, now) + "false"},
			{fmt.Sprintf(`{"id":2,"method":"openOrders.status","params":{"timestamp":%s}}`, now), `{"id":2,"status":200,"result":[]}`},
			{`{"id":2,"method":"openOrders.status"}`, `-1102`},
			{fmt.Sprintf(`{"id":2,"method":"openOrders.status","params":{"timestamp":%d}}`, c.Now().Millis()-6000), `-1021`},
			{c.signed("3", "account.status", nil), `{"id":3,"status":200,`},
			{`{"id":4,"method":"userDataStream.subscribe"}`, `{"id":4,"status":200,"result":{"subscriptionId":0}}`},
			{`{"id":1,"method":"session.status"}`, status(`"`+name+`"`, now) + "true"},
		} {
			if got := l.reply(test.say); !strings.Contains(got, test.want) {
				t.Errorf("%s:\n%s\nwant\n%s", test.say, got, test.want)
			}
		}
		l.say(`{"id":1,"method":"session.logout"}`)
		if got := l.next(); !strings.Contains(got, "eventStreamTerminated") {
			t.Error(got)
		}
		if got := l.next(); !strings.HasPrefix(got, status("null", "null")+"false") {
			t.Error(got)
		}
		if got := l.reply(fmt.Sprintf(`{"id":2,"method":"openOrders.status","params":{"timestamp":%s}}`, now)); !strings.Contains(got, `-2014`) {
			t.Error(got)
		}
	})
}

// FuzzWebsocketRequest: whatever a client says, the venue answers with one document.
func FuzzWebsocketRequest(f *testing.F) {
	for _, s := range []string{`{"id":1,"method":"ping"}`, `{"id":"x","method":"order.place","params":{"symbol":"BTCUSDT","price":1e9,"x":[1,{}],"y":null,"z":true}}`, `{`, `[]`, `{"id":{}}`} {
		f.Add([]byte(s))
	}
	v, err := venue.New(options())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if answer := v.HearAPI(message); !json.Valid(answer) {
			t.Errorf("%q is answered with %q", message, answer)
		}
	})
}
