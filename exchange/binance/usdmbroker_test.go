package binance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adshao/go-binance/v2/futures"
	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A futuresDesk answers requests as a test tells it to.
type futuresDesk struct {
	t    testing.TB
	http *httptest.Server

	mu      sync.Mutex
	answers map[string]func(url.Values) string // by method and path
	asked   []string                           // method, path and the parameters that matter, but for the time
}

// refusedWith is an answer that begins with a status: refusedWith(400, -2013, "…").
func refusedWith(status, code int, message string) func(url.Values) string {
	return says(fmt.Sprintf(`!%d {"code":%d,"msg":%q}`, status, code, message))
}

func says(body string) func(url.Values) string { return func(url.Values) string { return body } }

const (
	oneWay    = `{"dualSidePosition":false}`
	emptyDesk = `{"canTrade":true,"multiAssetsMargin":false,"assets":[],"positions":[]}`
)

func newFuturesDesk(t testing.TB) *futuresDesk {
	d := &futuresDesk{t: t, answers: map[string]func(url.Values) string{
		"GET /fapi/v1/positionSide/dual": says(oneWay),
		"GET /fapi/v2/account":           says(emptyDesk),
	}}
	d.http = httptest.NewServer(d)
	t.Cleanup(d.http.Close)
	return d
}

func (d *futuresDesk) on(what string, answer func(url.Values) string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[what] = answer
}

// ServeHTTP implements http.Handler.
func (d *futuresDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/fapi/v1/time":
		_, _ = fmt.Fprintf(w, `{"serverTime":%d}`, time.Now().UnixMilli())
		return
	case "/fapi/v1/exchangeInfo":
		_, _ = fmt.Fprint(w, `{"rateLimits":[],"symbols":[]}`)
		return
	}
	params, err := url.ParseQuery(r.URL.RawQuery + "&" + readAll(r))
	if err != nil || params.Get("signature") == "" || params.Get("timestamp") == "" {
		d.t.Errorf("%s %s is not signed: %v", r.Method, r.URL, err)
	}
	for _, name := range []string{"signature", "timestamp", "recvWindow"} {
		params.Del(name)
	}
	what := r.Method + " " + r.URL.Path
	d.mu.Lock()
	d.asked = append(d.asked, strings.TrimSpace(what+" "+params.Encode()))
	answer := d.answers[what]
	d.mu.Unlock()
	if answer == nil {
		answer = refusedWith(400, map[string]int{"GET": -2013, "PUT": -2013, "DELETE": -2011, "POST": -1102}[r.Method], "no such thing")
	}
	body := answer(params)
	if refusal, ok := strings.CutPrefix(body, "!"); ok {
		status, rest, _ := strings.Cut(refusal, " ")
		code, _ := strconv.Atoi(status)
		w.WriteHeader(code)
		body = rest
	}
	_, _ = fmt.Fprint(w, body)
}

// broker returns the account, and forgets what that asked for.
func (d *futuresDesk) broker() *usdmBroker {
	d.t.Helper()
	b, err := d.try()
	if err != nil {
		d.t.Fatal(err)
	}
	d.taken()
	return b
}

func (d *futuresDesk) try() (*usdmBroker, error) {
	d.t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	d.t.Cleanup(transport.CloseIdleConnections)
	c := newConfig(USDM)
	c.Env, c.Address = local, d.http.URL
	c.Key, c.Secret = market.NewSecret(exampleKey), market.NewSecret(exampleSecret)
	p, err := c.private(exchange.Env{HTTP: &http.Client{Transport: transport}}, names)
	if err != nil {
		d.t.Fatal(err)
	}
	return newUSDM(d.t.Context(), p)
}

// taken returns what was asked since it was called last.
func (d *futuresDesk) taken() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked
	d.asked = nil
	return asked
}

// btc is a perpetual whose settings of the account are left alone.
var btc = market.Instrument{Symbol: "BTCUSDT", Base: "BTC", Quote: "USDT", Margin: &market.Margin{}}

// plainAnswer is what the venue says of an order of ours, algoAnswer of a conditional one.
func plainAnswer(status, executed string) string {
	return fmt.Sprintf(`{"orderId":42,"symbol":"BTCUSDT","status":%q,"clientOrderId":%q,"price":"100","avgPrice":"0","origQty":"1","executedQty":%q,"cumQuote":"0","timeInForce":"GTC","type":"LIMIT","reduceOnly":false,"side":"BUY","positionSide":"BOTH","stopPrice":"0","origType":"LIMIT","updateTime":1700000000001,"time":1700000000000}`, status, name, executed)
}

func algoAnswer(status, became string) string {
	return fmt.Sprintf(`{"algoId":9001,"clientAlgoId":%q,"algoType":"CONDITIONAL","orderType":"STOP_MARKET","symbol":"BTCUSDT","side":"SELL","positionSide":"BOTH","timeInForce":"GTC","quantity":"1.000","algoStatus":%q,"actualOrderId":%q,"actualQty":"0.000","triggerPrice":"90","price":"0","reduceOnly":true,"createTime":1700000000000,"updateTime":1700000000001}`, name, status, became)
}

func TestUSDMStart(t *testing.T) {
	for _, c := range []struct{ on, says, want string }{
		{"GET /fapi/v1/positionSide/dual", `{"dualSidePosition":true}`, "one-way mode"},
		{"GET /fapi/v2/account", `{"canTrade":true,"multiAssetsMargin":true}`, "single-asset mode"},
		{"GET /fapi/v2/account", `{"canTrade":false}`, "does not let it trade"},
		{"GET /fapi/v2/account", `!401 {"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}`, "check key"},
	} {
		d := newFuturesDesk(t)
		d.on(c.on, says(c.says))
		_, err := d.try()
		var f *exchange.Fault
		if !errors.As(err, &f) || !f.Fatal || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.says, err, c.want)
		}
	}
}

// TestUSDMRequests says what is sent for each kind of order.
func TestUSDMRequests(t *testing.T) {
	later := market.TimeOf(time.Now().Add(time.Hour).Truncate(time.Second))
	for _, c := range []struct {
		order market.Order
		want  string
	}{
		{market.Order{Type: market.Market}, "newOrderRespType=RESULT&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&type=MARKET"},
		{market.Order{Type: market.Market, Side: market.Sell, ReduceOnly: true, TIF: market.IOC}, "newOrderRespType=RESULT&quantity=1.5&reduceOnly=true&selfTradePreventionMode=EXPIRE_MAKER&side=SELL&symbol=BTCUSDT&type=MARKET"},
		{market.Order{Type: market.Limit, Price: dec("100.10")}, "newOrderRespType=RESULT&price=100.1&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&timeInForce=GTC&type=LIMIT"},
		{market.Order{Type: market.Limit, Price: dec("100"), PostOnly: true}, "newOrderRespType=RESULT&price=100&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&timeInForce=GTX&type=LIMIT"},
		{market.Order{Type: market.Limit, Price: dec("100"), TIF: market.FOK}, "newOrderRespType=RESULT&price=100&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&timeInForce=FOK&type=LIMIT"},
		{market.Order{Type: market.Limit, Price: dec("100"), TIF: market.GTD, Expire: later}, fmt.Sprintf("goodTillDate=%d&newOrderRespType=RESULT&price=100&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&timeInForce=GTD&type=LIMIT", later.Millis())},
		{market.Order{Type: market.Stop, Stop: dec("90"), Side: market.Sell, ReduceOnly: true}, "algoType=CONDITIONAL&quantity=1.5&reduceOnly=true&selfTradePreventionMode=EXPIRE_MAKER&side=SELL&symbol=BTCUSDT&triggerPrice=90&type=STOP_MARKET&workingType=CONTRACT_PRICE"},
		{market.Order{Type: market.StopLimit, Stop: dec("90"), Price: dec("89")}, "algoType=CONDITIONAL&price=89&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&timeInForce=GTC&triggerPrice=90&type=STOP&workingType=CONTRACT_PRICE"},
		{market.Order{Type: market.TakeProfit, Stop: dec("110")}, "algoType=CONDITIONAL&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&triggerPrice=110&type=TAKE_PROFIT_MARKET&workingType=CONTRACT_PRICE"},
		{market.Order{Type: market.TakeProfitLimit, Stop: dec("110"), Price: dec("109"), TIF: market.GTD, Expire: later}, fmt.Sprintf("algoType=CONDITIONAL&goodTillDate=%d&price=109&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&timeInForce=GTD&triggerPrice=110&type=TAKE_PROFIT&workingType=CONTRACT_PRICE", later.Millis())},
		{market.Order{Type: market.TrailingStop, Trail: market.Trail{By: dec("0.50"), Unit: market.TrailPercent}}, "algoType=CONDITIONAL&callbackRate=0.5&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&type=TRAILING_STOP_MARKET&workingType=CONTRACT_PRICE"},
		{market.Order{Type: market.TrailingStop, Trail: market.Trail{By: dec("100"), Unit: market.TrailBps, Activate: dec("95")}}, "activatePrice=95&algoType=CONDITIONAL&callbackRate=1&quantity=1.5&selfTradePreventionMode=EXPIRE_MAKER&side=BUY&symbol=BTCUSDT&type=TRAILING_STOP_MARKET&workingType=CONTRACT_PRICE"},
	} {
		d := newFuturesDesk(t)
		b := d.broker()
		d.on("POST /fapi/v1/order", says(plainAnswer("NEW", "0")))
		d.on("POST /fapi/v1/algoOrder", says(algoAnswer("NEW", "")))
		c.order.ID, c.order.Quantity = ours, dec("1.5")
		if c.order.Side == 0 {
			c.order.Side = market.Buy
		}
		got, err := b.Submit(t.Context(), btc, c.order)
		if want := *update(market.Accepted, "0", "", nil).Update; err != nil || !cmp.Equal(want, got, decimals) {
			t.Errorf("%s: %+v, %v", c.order.Type, got, err)
		}
		path, called := "/fapi/v1/order", "newClientOrderId="+name+"&"
		if conditional(c.order.Type) {
			path, called = "/fapi/v1/algoOrder", "clientAlgoId="+name+"&"
		}
		asked := strings.Replace(strings.Join(d.taken(), "; "), called, "", 1)
		if want := "POST " + path + " " + c.want; asked != want {
			t.Errorf("%s is asked for by\n%s, want\n%s", c.order.Type, asked, want)
		}
	}
}

// TestUSDMNotExpressible: what the venue has no words for is rejected before it is sent.
func TestUSDMNotExpressible(t *testing.T) {
	d := newFuturesDesk(t)
	b := d.broker()
	soon := market.TimeOf(time.Now().Add(599 * time.Second))
	for _, c := range []struct {
		order market.Order
		want  string
	}{
		{market.Order{Type: market.Market, Quote: dec("100")}, "amount of quote"},
		{market.Order{Type: market.Market, TIF: market.FOK}, "whole or not at all"},
		{market.Order{Type: market.Limit, Price: dec("1"), TIF: market.GTD, Expire: soon}, "at least 10m0s"},
		{market.Order{Type: market.Limit, Price: dec("1"), TIF: market.GTD, Expire: soon + market.Time(time.Hour), PostOnly: true}, "no post-only orders that are gtd"},
		{market.Order{Type: market.TrailingStop, Trail: market.Trail{By: dec("5")}}, "percent only"},
		{market.Order{Type: market.TrailingStop, Trail: market.Trail{By: dec("0.55"), Unit: market.TrailPercent}}, "0.55 % behind: USD-M knows 0.1 % to 10 % with one decimal"},
		{market.Order{Type: market.TrailingStop, Trail: market.Trail{By: dec("5"), Unit: market.TrailBps}}, "0.05 % behind"},
		{market.Order{Type: market.TrailingStop, Trail: market.Trail{By: dec("11"), Unit: market.TrailPercent}}, "11 % behind"},
	} {
		c.order.ID, c.order.Side = ours, market.Buy
		_, err := b.Submit(t.Context(), btc, c.order)
		if !errors.Is(err, exchange.ErrRejected) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %q", err, c.want)
		}
	}
	if asked := d.taken(); len(asked) > 0 {
		t.Errorf("sent %q", asked)
	}
}

func TestUSDMPrepare(t *testing.T) {
	d := newFuturesDesk(t)
	b := d.broker()
	d.on("POST /fapi/v1/marginType", refusedWith(400, -4046, "No need to change margin type."))
	d.on("POST /fapi/v1/leverage", func(p url.Values) string {
		return fmt.Sprintf(`{"leverage":%s,"maxNotionalValue":"1000000","symbol":"BTCUSDT"}`, p.Get("leverage"))
	})
	d.on("POST /fapi/v1/order", says(plainAnswer("NEW", "0")))
	i := btc
	i.Margin = &market.Margin{Leverage: dec("5"), Isolated: true}
	for range 2 {
		if err := b.Prepare(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"POST /fapi/v1/marginType marginType=ISOLATED&symbol=BTCUSDT", "POST /fapi/v1/leverage leverage=5&symbol=BTCUSDT"}
	if diff := cmp.Diff(want, d.taken()); diff != "" {
		t.Error(diff)
	}
	i.Margin = &market.Margin{Leverage: dec("3")}
	if _, err := b.Submit(t.Context(), i, market.Order{ID: ours, Side: market.Buy, Type: market.Market, Quantity: dec("1")}); err != nil {
		t.Fatal(err)
	}
	if asked := d.taken(); len(asked) != 3 || asked[1] != "POST /fapi/v1/leverage leverage=3&symbol=BTCUSDT" {
		t.Errorf("%q", asked)
	}
	for leverage, want := range map[string]string{"2.5": "whole numbers", "126": "from 1 to 125"} {
		i.Margin = &market.Margin{Leverage: dec(leverage)}
		if err := b.Prepare(t.Context(), i); !errors.Is(err, exchange.ErrRejected) || !strings.Contains(err.Error(), want) {
			t.Errorf("leverage %s: %v", leverage, err)
		}
	}
	d.on("POST /fapi/v1/marginType", refusedWith(400, -4048, "Margin type cannot be changed if there exists position."))
	i.Margin = &market.Margin{Leverage: dec("4")}
	if _, err := b.Submit(t.Context(), i, market.Order{ID: ours, Side: market.Buy, Type: market.Market, Quantity: dec("1")}); !errors.Is(err, exchange.ErrRejected) {
		t.Errorf("%v", err)
	}
	if asked := d.taken(); len(asked) != 1 {
		t.Errorf("an order is sent whose margin is not what it should be: %q", asked)
	}
}

// TestUSDMUnknown: an order whose answer is lost is found by asking.
func TestUSDMUnknown(t *testing.T) {
	d := newFuturesDesk(t)
	b := d.broker()
	order := market.Order{ID: ours, Side: market.Buy, Type: market.Limit, Price: dec("100"), Quantity: dec("1")}
	for _, lost := range []string{
		`!503 <html>busy</html>`, `!408 {"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}`,
		`{"clientOrderId":"another","executedQty":"0","updateTime":1700000000001,"status":"NEW"}`, `{}`, `[]`,
	} {
		d.on("POST /fapi/v1/order", says(lost))
		if _, err := b.Submit(t.Context(), btc, order); !errors.Is(err, exchange.ErrUnknown) {
			t.Errorf("%s: %v", lost, err)
		}
	}
	d.taken()
	if _, err := b.Order(t.Context(), btc, ours); !errors.Is(err, exchange.ErrNotFound) {
		t.Errorf("not yet: %v", err)
	}
	d.on("GET /fapi/v1/order", says(plainAnswer("PARTIALLY_FILLED", "0.4")))
	if got, err := b.Order(t.Context(), btc, ours); err != nil || got.State != market.Partial || got.Filled.String() != "0.4" || got.ID != ours {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"GET /fapi/v1/order origClientOrderId=" + name + "&symbol=BTCUSDT"}, d.taken()[1:]); diff != "" {
		t.Error(diff)
	}
	order.ID.Sequence++
	d.on("POST /fapi/v1/order", refusedWith(503, -1008, "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again."))
	if _, err := b.Submit(t.Context(), btc, order); !errors.Is(err, exchange.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	d.on("POST /fapi/v1/order", says(strings.Replace(plainAnswer("NEW", "0"), name, names.Client(order.ID), 1)))
	if got, err := b.Submit(t.Context(), btc, order); err != nil || got.State != market.Accepted { // again, as it may be
		t.Errorf("%+v, %v", got, err)
	}
}

// TestUSDMWays says where an order is looked for: which kind it is may not be known, and
// one that waited may have become another.
func TestUSDMWays(t *testing.T) {
	algo, plain := "/fapi/v1/algoOrder clientAlgoId="+name, "/fapi/v1/order origClientOrderId="+name+"&symbol=BTCUSDT"
	d := newFuturesDesk(t)
	b := d.broker()
	check := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, d.taken()); diff != "" {
			t.Error(diff)
		}
	}
	if err := b.Cancel(t.Context(), btc, ours); !errors.Is(err, exchange.ErrNotFound) {
		t.Error(err)
	}
	check("DELETE "+plain, "DELETE "+algo)
	d.on("GET /fapi/v1/algoOrder", says(algoAnswer("NEW", "")))
	if got, err := b.Order(t.Context(), btc, ours); err != nil || got.State != market.Accepted {
		t.Errorf("%+v, %v", got, err)
	}
	check("GET "+plain, "GET "+algo)
	d.on("GET /fapi/v1/algoOrder", says(algoAnswer("FINISHED", "42")))
	d.on("GET /fapi/v1/order", says(strings.Replace(plainAnswer("FILLED", "1"), name, "the venue's own", 1)))
	if got, err := b.Order(t.Context(), btc, ours); err != nil || got.State != market.Filled || got.ID != ours {
		t.Errorf("%+v, %v", got, err)
	}
	check("GET "+algo, "GET /fapi/v1/order orderId=42&symbol=BTCUSDT")
	d.on("DELETE /fapi/v1/algoOrder", says(`{"algoId":9001,"clientAlgoId":"x","code":"200","msg":"success"}`))
	if err := b.Cancel(t.Context(), btc, ours); err != nil {
		t.Error(err)
	}
	check("DELETE " + algo)
	d.on("DELETE /fapi/v1/algoOrder", refusedWith(400, -2011, "Unknown order sent."))
	d.on("DELETE /fapi/v1/order", says(plainAnswer("CANCELED", "0.2")))
	if err := b.Cancel(t.Context(), btc, ours); err != nil {
		t.Error(err)
	}
	check("DELETE "+algo, "DELETE "+plain)
	d.on("DELETE /fapi/v1/algoOrder", says(`!503 <html>`))
	if err := b.Cancel(t.Context(), btc, ours); !errors.Is(err, exchange.ErrUnknown) {
		t.Error(err)
	}
	check("DELETE " + algo)
}

func TestUSDMAmend(t *testing.T) {
	d := newFuturesDesk(t)
	b := d.broker()
	order := market.Order{ID: ours, Side: market.Buy, Type: market.Limit, Price: dec("100"), Quantity: dec("1")}
	d.on("PUT /fapi/v1/order", says(plainAnswer("NEW", "0")))
	got, err := b.Amend(t.Context(), btc, order)
	if want := *update(market.Accepted, "0", market.Amended, nil).Update; err != nil || !cmp.Equal(want, got, decimals) {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"PUT /fapi/v1/order origClientOrderId=" + name + "&price=100&quantity=1&side=BUY&symbol=BTCUSDT"}, d.taken()); diff != "" {
		t.Error(diff)
	}
	d.on("PUT /fapi/v1/order", refusedWith(400, -4014, "Price not increased by tick size."))
	var f *exchange.Fault
	if _, err := b.Amend(t.Context(), btc, order); !errors.As(err, &f) || f.Reason != market.AmendRejected {
		t.Errorf("%v", err)
	}
	order.Type = market.Stop
	if _, err := b.Amend(t.Context(), btc, order); !errors.As(err, &f) || f.Kind != exchange.ErrRejected || f.Reason != market.AmendRejected {
		t.Errorf("%v", err)
	}
}

func TestUSDMKeepAlive(t *testing.T) {
	d := newFuturesDesk(t)
	b := d.broker()
	d.on("POST /fapi/v1/countdownCancelAll", func(p url.Values) string {
		return fmt.Sprintf(`{"symbol":"BTCUSDT","countdownTime":%q}`, p.Get("countdownTime"))
	})
	for _, within := range []time.Duration{2 * time.Minute, 0} {
		if err := b.KeepAlive(t.Context(), btc, within); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"POST /fapi/v1/countdownCancelAll countdownTime=120000&symbol=BTCUSDT", "POST /fapi/v1/countdownCancelAll countdownTime=0&symbol=BTCUSDT"}, d.taken()); diff != "" {
		t.Error(diff)
	}
	if err := b.KeepAlive(t.Context(), btc, time.Microsecond); !errors.Is(err, exchange.ErrRejected) {
		t.Error(err)
	}
	d.on("POST /fapi/v1/countdownCancelAll", says(`{"symbol":"BTCUSDT","countdownTime":"0"}`))
	if err := b.KeepAlive(t.Context(), btc, time.Minute); err == nil {
		t.Error("another time than asked for is taken for it")
	}
}

func TestUSDMAccount(t *testing.T) {
	d := newFuturesDesk(t)
	b := d.broker()
	d.on("GET /fapi/v2/account", says(`{"canTrade":true,"assets":[
		{"asset":"USDT","walletBalance":"100.50000000","availableBalance":"80.25000000"},
		{"asset":"BNB","walletBalance":"1","availableBalance":"1.5"},
		{"asset":"USDC","walletBalance":"0.00","availableBalance":"0.00"}],
		"positions":[{"symbol":"BTCUSDT","positionAmt":"0.000","positionSide":"BOTH","leverage":"20","entryPrice":"0.0"},
		{"symbol":"ETHUSDT","positionAmt":"-1.500","positionSide":"BOTH","leverage":"5","isolated":true,"entryPrice":"2000.5"}]}`))
	foreign := strings.NewReplacer(name, "web_1", `"orderId":42`, `"orderId":43`, `"GTC"`, `"GTX"`, "1700000000000", "1699999999999").Replace(plainAnswer("NEW", "0"))
	became := strings.NewReplacer(name, "x2", `"orderId":42`, `"orderId":77`).Replace(plainAnswer("NEW", "0"))
	d.on("GET /fapi/v1/openOrders", says("["+plainAnswer("PARTIALLY_FILLED", "0.4")+","+foreign+","+became+"]"))
	d.on("GET /fapi/v1/openAlgoOrders", says("["+strings.Replace(algoAnswer("TRIGGERED", "77"), name, "x1", 1)+
		`,{"clientAlgoId":"t1","orderType":"TRAILING_STOP_MARKET","symbol":"ETHUSDT","side":"BUY","timeInForce":"GTC","quantity":"1.5","algoStatus":"NEW","actualOrderId":"","triggerPrice":"0","price":"0","callbackRate":"0.5","activatePrice":"1900","createTime":1700000000005,"updateTime":1700000000005}]`))
	got, err := b.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	limit := market.Order{Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("100")}
	mine, post := limit, limit
	mine.ID, mine.Strategy, post.PostOnly = ours, "grade", true
	want := exchange.Account{
		Time: got.Time, CanTrade: true,
		Balances:  []exchange.Balance{{Asset: "BNB", Free: dec("1"), Locked: dec("0")}, {Asset: "USDT", Free: dec("80.25"), Locked: dec("20.25")}},
		Positions: []exchange.Position{{Symbol: "ETHUSDT", Quantity: dec("-1.5"), Entry: dec("2000.5"), Leverage: dec("5"), Isolated: true}},
		Orders: []exchange.Open{
			{Client: "web_1", Order: post, Symbol: "BTCUSDT", Created: market.Millis(1699999999999)},
			{Client: name, Order: mine, Symbol: "BTCUSDT", Filled: dec("0.4"), Created: market.Millis(1700000000000)},
			{Client: "x2", Order: limit, Symbol: "BTCUSDT", Created: market.Millis(1700000000000)},
			{Client: "t1", Symbol: "ETHUSDT", Created: market.Millis(1700000000005), Order: market.Order{Side: market.Buy, Type: market.TrailingStop, Quantity: dec("1.5"), Trail: market.Trail{By: dec("0.5"), Unit: market.TrailPercent, Activate: dec("1900")}}},
		},
	}
	if diff := cmp.Diff(want, got, decimals); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"assets":[{"asset":"USDT","walletBalance":"x","availableBalance":"1"}]}`, `{"positions":[{"symbol":"B","positionAmt":"1","positionSide":"LONG"}]}`} {
		d.on("GET /fapi/v2/account", says(bad))
		var f *exchange.Fault
		if _, err := b.Account(t.Context()); !errors.As(err, &f) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// tradesDesk has trades of the symbol by number and time, and answers as the venue does.
type tradesDesk struct {
	now    int64
	trades [][2]int64 // number and time
}

func (d *tradesDesk) answer(p url.Values) string {
	from, byNumber := p["fromId"]
	first, _ := strconv.ParseInt(strings.Join(from, ""), 10, 64)
	start, _ := strconv.ParseInt(p.Get("startTime"), 10, 64)
	end, _ := strconv.ParseInt(p.Get("endTime"), 10, 64)
	if byNumber {
		start, end = d.now-7*24*3600*1000, d.now
	}
	if end-start > 7*24*3600*1000 {
		return `!400 {"code":-4165,"msg":"Maximum time interval is 7 days"}`
	}
	var rows []string
	for _, x := range d.trades {
		if x[0] >= first && x[1] >= start && x[1] <= end && len(rows) < 1000 {
			rows = append(rows, fmt.Sprintf(`{"symbol":"BTCUSDT","id":%d,"orderId":%d,"side":"BUY","price":"100","qty":"0.1","commission":"0.004","commissionAsset":"USDT","time":%d,"maker":true,"buyer":true}`, x[0], 40+x[0]%3, x[1]))
		}
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// TestUSDMFills reads trades of months and of one crowded hour, each once.
func TestUSDMFills(t *testing.T) {
	now := time.Now().UnixMilli()
	venue := &tradesDesk{now: now}
	const day = 24 * 3600 * 1000
	for n := range int64(3) {
		venue.trades = append(venue.trades, [2]int64{n + 1, now - (80-20*n)*day})
	}
	for n := range int64(2500) {
		venue.trades = append(venue.trades, [2]int64{10 + n, now - 3600_000 + n})
	}
	d := newFuturesDesk(t)
	b := d.broker()
	d.on("GET /fapi/v1/userTrades", venue.answer)
	d.on("GET /fapi/v1/order", func(p url.Values) string {
		switch p.Get("orderId") {
		case "40":
			return plainAnswer("FILLED", "1")
		case "41":
			return strings.Replace(plainAnswer("FILLED", "1"), name, "web_1", 1)
		}
		return `!400 {"code":-2013,"msg":"Order does not exist."}`
	})
	read := func(after exchange.Cursor) (all []exchange.Fill) {
		for f, err := range b.Fills(t.Context(), btc, after) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f)
		}
		return all
	}
	all := read(exchange.Cursor{})
	if len(all) != len(venue.trades) {
		t.Fatalf("%d fills of %d", len(all), len(venue.trades))
	}
	for n, f := range all {
		x := venue.trades[n]
		if f.Trade != fmt.Sprint(x[0]) || f.Time != market.Millis(x[1]) || (f.ID == ours) != (x[0]%3 == 0) {
			t.Fatalf("fill %d is %+v", n, f)
		}
	}
	if f := all[0]; f.Client != "web_1" || f.Symbol != "BTCUSDT" || !f.Maker || f.Fee.String() != "0.004" || f.FeeAsset != "USDT" || f.Price.String() != "100" {
		t.Errorf("%+v", f)
	}
	for _, c := range []struct {
		after exchange.Cursor
		want  int
	}{
		{exchange.Cursor{Trade: "2", Time: market.Millis(now - 60*day)}, 2501},
		{exchange.Cursor{Trade: "2508", Time: market.Millis(now - 3600_000 + 2498)}, 1},
		{exchange.Cursor{Trade: "2509", Time: market.Millis(now - 3600_000 + 2499)}, 0},
		{exchange.Cursor{Time: market.Millis(now - 10*day)}, 2500},
	} {
		d.taken()
		if got := len(read(c.after)); got != c.want {
			t.Errorf("after %+v: %d fills, want %d", c.after, got, c.want)
		}
	}
	if asked := d.taken(); !strings.Contains(asked[len(asked)-1], "fromId=2010") {
		t.Errorf("asked %q", asked[len(asked)-1])
	}
	venue.trades = append(venue.trades, [2]int64{3002, now - 1000}) // of an order that the venue does not find yet
	for f, err := range b.Fills(t.Context(), btc, exchange.Cursor{Trade: "2509", Time: market.Millis(now - 3600_000)}) {
		if !errors.Is(err, exchange.ErrUnavailable) {
			t.Errorf("%+v, %v", f, err)
		}
	}
	for f, err := range b.Fills(t.Context(), btc, exchange.Cursor{Trade: "x"}) {
		if !errors.Is(err, exchange.ErrRejected) {
			t.Errorf("%+v, %v", f, err)
		}
	}
}

// TestUSDMCrowdedFills are more trades in one millisecond than a page holds.
func TestUSDMCrowdedFills(t *testing.T) {
	now := time.Now().UnixMilli()
	venue := &tradesDesk{now: now}
	for n := range int64(2300) {
		venue.trades = append(venue.trades, [2]int64{9 + 3*n, now - 6*24*3600*1000 - 3600_000})
	}
	d := newFuturesDesk(t)
	b := d.broker()
	d.on("GET /fapi/v1/userTrades", venue.answer)
	d.on("GET /fapi/v1/order", says(plainAnswer("FILLED", "1")))
	n := 0
	for f, err := range b.Fills(t.Context(), btc, exchange.Cursor{}) {
		if err != nil || f.ID != ours {
			t.Fatalf("%+v, %v", f, err)
		}
		n++
	}
	if n != 2300 {
		t.Errorf("%d fills", n)
	}
}

// FuzzUSDMAnswers reads what the venue says of orders: nothing of it makes sense only by half.
func FuzzUSDMAnswers(f *testing.F) {
	f.Add([]byte(plainAnswer("PARTIALLY_FILLED", "0.4")))
	f.Add([]byte(algoAnswer("FINISHED", "42")))
	f.Add([]byte(strings.Replace(plainAnswer("NEW", "-0.4"), `"1"`, `"-1"`, 1)))
	f.Add([]byte(`{"clientAlgoId":"t","orderType":"TRAILING_STOP_MARKET","side":"BUY","quantity":"1","algoStatus":"NEW","callbackRate":"0.5","activatePrice":"","updateTime":1700000000001}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := &usdmBroker{private: &private{names: names}, events: newTestEvents()}
		var a algoOrder
		if json.Unmarshal(raw, &a) == nil {
			if r, err := a.report(""); err == nil && (r.filled.IsNegative() || r.at <= 0) {
				t.Fatalf("%+v", r)
			}
			if o, err := b.waitingOrder(&a); err == nil && o.Order.Side == 0 {
				t.Fatalf("%+v", o)
			}
		}
		var p futures.Order
		if json.Unmarshal(raw, &p) == nil {
			if r, err := stands("", &p); err == nil && (r.filled.IsNegative() || r.at <= 0) {
				t.Fatalf("%+v", r)
			}
			if o, err := b.plainOrder(&p); err == nil && (o.Filled.IsNegative() || o.Order.Quantity.IsNegative()) {
				t.Fatalf("%+v", o)
			}
		}
	})
}
