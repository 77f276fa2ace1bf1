package binance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

var (
	bitcoin = market.Instrument{
		Venue: Spot, Symbol: "BTCUSDT", Base: "BTC", Quote: "USDT", Tick: dec("0.01"), Step: dec("0.00001"),
		MinQuantity: dec("0.00001"), MinNotional: dec("5"), BasePrecision: 8, QuotePrecision: 8,
	}
)

// id is an order of the tests.
func id(n uint32) market.OrderID { return market.OrderID{Strategy: "s", Sequence: n} }

// spot returns a broker whose venue gives each path its answer; each may be a text or a
// refusal.
func (v *deskVenue) spot(answers map[string]any) *spotBroker {
	v.t.Helper()
	v.answer = func(w http.ResponseWriter, path string, params url.Values) {
		switch a := answers[path].(type) {
		case string:
			_, _ = fmt.Fprint(w, strings.ReplaceAll(a, "CLIENT", params.Get("newClientOrderId")))
		case refusal:
			refuse(w, a.status, a.code, a.message)
		case func(http.ResponseWriter, url.Values):
			a(w, params)
		default:
			v.t.Errorf("nobody expects %s", path)
		}
	}
	p := v.private()
	return &spotBroker{private: p, events: newUserEvents(p.names, p.log), clients: map[idKey]string{}}
}

type refusal struct {
	status, code int
	message      string
}

const placed = `{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"CLIENT","transactTime":1709251200123,"price":"0","origQty":"1","executedQty":"0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","fills":[]}`

// TestEveryOrderType: what is sent of each, and that nothing is left for the venue to choose.
func TestEveryOrderType(t *testing.T) {
	v := newDeskVenue(t)
	b := v.spot(map[string]any{"/api/v3/order": placed})
	for n, test := range []struct {
		o    market.Order
		want string
	}{
		{market.Order{Side: market.Buy, Type: market.Market, Quantity: dec("1.50000")}, "type=MARKET quantity=1.5"},
		{market.Order{Side: market.Buy, Type: market.Market, Quote: dec("100.25"), TIF: market.IOC}, "type=MARKET quoteOrderQty=100.25"},
		{market.Order{Side: market.Buy, Type: market.Market, Quote: dec("100.123456789")}, "type=MARKET quoteOrderQty=100.12345678"},
		{market.Order{Side: market.Sell, Type: market.Limit, Quantity: dec("0.00001"), Price: dec("70000")}, "type=LIMIT timeInForce=GTC quantity=0.00001 price=70000"},
		{market.Order{Side: market.Buy, Type: market.Limit, TIF: market.IOC, Quantity: dec("1"), Price: dec("1e2")}, "type=LIMIT timeInForce=IOC quantity=1 price=100"},
		{market.Order{Side: market.Buy, Type: market.Limit, TIF: market.FOK, Quantity: dec("1"), Price: dec("0.00000001")}, "type=LIMIT timeInForce=FOK quantity=1 price=0.00000001"},
		{market.Order{Side: market.Buy, Type: market.Limit, PostOnly: true, Quantity: dec("1"), Price: dec("9")}, "type=LIMIT_MAKER quantity=1 price=9"},
		{market.Order{Side: market.Sell, Type: market.Stop, Quantity: dec("1"), Stop: dec("9")}, "type=STOP_LOSS quantity=1 stopPrice=9"},
		{market.Order{Side: market.Sell, Type: market.StopLimit, Quantity: dec("1"), Stop: dec("9"), Price: dec("8.5")}, "type=STOP_LOSS_LIMIT timeInForce=GTC quantity=1 price=8.5 stopPrice=9"},
		{market.Order{Side: market.Sell, Type: market.TakeProfit, Quantity: dec("1"), Stop: dec("9")}, "type=TAKE_PROFIT quantity=1 stopPrice=9"},
		{market.Order{Side: market.Sell, Type: market.TakeProfitLimit, Quantity: dec("1"), Stop: dec("9"), Price: dec("9.1")}, "type=TAKE_PROFIT_LIMIT timeInForce=GTC quantity=1 price=9.1 stopPrice=9"},
		{market.Order{Side: market.Sell, Type: market.TrailingStop, Quantity: dec("1"), Trail: market.Trail{By: dec("150"), Unit: market.TrailBps}}, "type=STOP_LOSS quantity=1 trailingDelta=150"},
		{market.Order{Side: market.Buy, Type: market.TrailingStop, Quantity: dec("1"), Trail: market.Trail{By: dec("1.25"), Unit: market.TrailPercent}}, "type=STOP_LOSS quantity=1 trailingDelta=125"},
	} {
		test.o.ID = id(uint32(n + 1))
		u, err := b.Submit(t.Context(), bitcoin, test.o)
		want := market.OrderUpdate{ID: test.o.ID, Symbol: "BTCUSDT", State: market.Accepted, Time: market.Millis(1709251200123)}
		if diff := cmp.Diff(want, u, decimals); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", test.want, err, diff)
			continue
		}
		got := v.params[n]
		for _, always := range []string{"timestamp", "signature"} {
			got.Del(always)
		}
		side := map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}[test.o.Side]
		sent := url.Values{
			"symbol": {"BTCUSDT"}, "side": {side}, "newClientOrderId": {b.names.Client(test.o.ID)}, "newOrderRespType": {"FULL"},
			"recvWindow": {"5000"}, "selfTradePreventionMode": {"EXPIRE_MAKER"},
		}
		for part := range strings.SplitSeq(test.want, " ") {
			key, value, _ := strings.Cut(part, "=")
			sent.Set(key, value)
		}
		if diff := cmp.Diff(sent, got); diff != "" {
			t.Errorf("%s:\n%s", test.want, diff)
		}
	}
}

// TestNoWordsForIt: what the venue cannot do is refused before it is asked.
func TestNoWordsForIt(t *testing.T) {
	v := newDeskVenue(t)
	b := v.spot(nil)
	trail := func(tr market.Trail) market.Order {
		return market.Order{Side: market.Sell, Type: market.TrailingStop, Quantity: dec("1"), Trail: tr}
	}
	for want, o := range map[string]market.Order{
		"do not expire at a time":   {Side: market.Buy, Type: market.Limit, TIF: market.GTD, Expire: 1, Quantity: dec("1"), Price: dec("1")},
		"fill as far as they can":   {Side: market.Buy, Type: market.Market, TIF: market.FOK, Quantity: dec("1")},
		"not by an amount":          trail(market.Trail{By: dec("100")}),
		"whole basis points":        trail(market.Trail{By: dec("0.5"), Unit: market.TrailBps}),
		"leave activate out":        trail(market.Trail{By: dec("50"), Unit: market.TrailBps, Activate: dec("7")}),
		"order has no side":         {Type: market.Market, Quantity: dec("1")},
		"a limit order with limit ": {Side: market.Buy, Type: market.Limit, Quantity: dec("1")},
	} {
		if _, err := b.Submit(t.Context(), bitcoin, o); !errors.Is(err, exchange.ErrRejected) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if len(v.paths()) > 0 {
		t.Error(v.paths())
	}
}

// TestAnswersOfOrders: how an order stands, and what a failure says.
func TestAnswersOfOrders(t *testing.T) {
	market1 := market.Order{ID: id(1), Side: market.Buy, Type: market.Market, Quantity: dec("1")}
	for _, test := range []struct {
		answer any
		state  market.State
		filled string
		reason string
		err    error
	}{
		{strings.NewReplacer(`"NEW"`, `"FILLED"`, `"executedQty":"0"`, `"executedQty":"1"`).Replace(placed), market.Filled, "1", "", nil},
		{strings.NewReplacer(`"NEW"`, `"EXPIRED"`, `"LIMIT"`, `"MARKET"`, `"executedQty":"0"`, `"executedQty":"0.4"`).Replace(placed), market.Expired, "0.4", market.NoVolume, nil},
		{strings.NewReplacer(`"NEW"`, `"EXPIRED_IN_MATCH"`).Replace(placed), market.Expired, "0", selfTrade, nil},
		{strings.NewReplacer(`"NEW"`, `"ODD"`).Replace(placed), 0, "0", "", exchange.ErrUnknown},
		{`{"symbol":"BTCUSDT","ord`, 0, "0", "", exchange.ErrUnknown},
		{`<html>`, 0, "0", "", exchange.ErrUnknown},
		{refusal{400, -2010, "Account has insufficient balance for requested action."}, 0, "0", "", exchange.ErrRejected},
		{refusal{400, -2010, "Duplicate order sent."}, 0, "0", "", exchange.ErrUnknown},
		{refusal{503, 0, "Service Unavailable."}, 0, "0", "", exchange.ErrUnknown},
		{func(http.ResponseWriter, url.Values) { panic(http.ErrAbortHandler) }, 0, "0", "", exchange.ErrUnknown},
	} {
		v := newDeskVenue(t)
		b := v.spot(map[string]any{"/api/v3/order": test.answer})
		u, err := b.Submit(t.Context(), bitcoin, market1)
		if u.State != test.state || !u.Filled.Equal(dec(test.filled)) || u.Reason != test.reason || u.Fill != nil || !errors.Is(err, test.err) || (err != nil) != (test.err != nil) {
			t.Errorf("%v:\n%+v %v", test.answer, u, err)
		}
		var f *exchange.Fault
		if errors.Is(err, exchange.ErrUnknown) && (!errors.As(err, &f) || time.Until(f.Until) < 15*time.Second || time.Until(f.Until) > 18*time.Second) {
			t.Errorf("proof of absence: %+v", f)
		}
		if len(v.paths()) != 1 {
			t.Errorf("%v: sent %d times", test.answer, len(v.paths()))
		}
	}
}

// TestCancelAndOrder: an order that has ended is not found by a cancel, and Order says how.
func TestCancelAndOrder(t *testing.T) {
	v := newDeskVenue(t)
	b := v.spot(map[string]any{"/api/v3/order": refusal{400, -2011, "Unknown order sent."}})
	if err := b.Cancel(t.Context(), bitcoin, id(1)); !errors.Is(err, exchange.ErrNotFound) {
		t.Error(err)
	}
	b = v.spot(map[string]any{"/api/v3/order": refusal{400, -2013, "Order does not exist."}})
	if _, err := b.Order(t.Context(), bitcoin, id(1)); !errors.Is(err, exchange.ErrNotFound) {
		t.Error(err)
	}
	mine := strings.NewReplacer("CLIENT", b.names.Client(id(1)), `"NEW"`, `"PARTIALLY_FILLED"`, `"executedQty":"0"`, `"executedQty":"0.5"`, "transactTime", "updateTime").Replace(placed)
	b = v.spot(map[string]any{"/api/v3/order": mine})
	if err := b.Cancel(t.Context(), bitcoin, id(1)); err != nil {
		t.Error(err)
	}
	if u, err := b.Order(t.Context(), bitcoin, id(1)); err != nil || u.State != market.Partial || !u.Filled.Equal(dec("0.5")) {
		t.Error(u, err)
	}
	if _, err := b.Order(t.Context(), bitcoin, id(2)); !errors.Is(err, exchange.ErrUnavailable) || !strings.Contains(err.Error(), "asked for") {
		t.Errorf("another order than was asked for: %v", err)
	}
}

// TestSpotAccount: balances and orders, ours and others', in our words.
func TestSpotAccount(t *testing.T) {
	v := newDeskVenue(t)
	names := exchange.NewNames([16]byte{1})
	ours := names.Client(id(3))
	row := func(n int, client, kind, more string) string {
		return fmt.Sprintf(`{"symbol":"BTCUSDT","orderId":%d,"orderListId":-1,"clientOrderId":%q,"price":"9.5","origQty":"2","executedQty":"0","status":"NEW","timeInForce":"GTC","type":%q,"side":"SELL","time":%d,"updateTime":1709251200500%s}`, n, client, kind, 1709251200000-n, more)
	}
	b := v.spot(map[string]any{
		"/api/v3/account": `{"canTrade":true,"balances":[{"asset":"USDT","free":"10.5","locked":"2"},{"asset":"BNB","free":"0.0","locked":"0.00"},{"asset":"BTC","free":"0","locked":"1"}]}`,
		"/api/v3/openOrders": "[" + strings.Join([]string{
			row(1, ours, "LIMIT", ""), row(2, "web_1", "LIMIT_MAKER", ""), row(3, "web_2", "STOP_LOSS_LIMIT", `,"stopPrice":"9.6"`),
			row(4, "web_3", "STOP_LOSS", `,"stopPrice":"0","trailingDelta":100`),
		}, ",") + "]",
	})
	b.names.Expect(id(3))
	a, err := b.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base := market.Order{Side: market.Sell, Type: market.Limit, Quantity: dec("2"), Price: dec("9.5")}
	with := func(f func(*market.Order)) market.Order { o := base; f(&o); return o }
	open := func(n int64, client string, o market.Order) exchange.Open {
		return exchange.Open{Client: client, Order: o, Symbol: "BTCUSDT", Created: market.Millis(1709251200000 - n)}
	}
	want := exchange.Account{
		CanTrade: true,
		Balances: []exchange.Balance{{Asset: "BTC", Locked: dec("1")}, {Asset: "USDT", Free: dec("10.5"), Locked: dec("2")}},
		Orders: []exchange.Open{
			open(4, "web_3", with(func(o *market.Order) {
				o.Type, o.Trail = market.TrailingStop, market.Trail{By: dec("100"), Unit: market.TrailBps}
			})),
			open(3, "web_2", with(func(o *market.Order) { o.Type, o.Stop = market.StopLimit, dec("9.6") })),
			open(2, "web_1", with(func(o *market.Order) { o.PostOnly = true })),
			open(1, ours, with(func(o *market.Order) { o.ID, o.Strategy = id(3), "s" })),
		},
	}
	if diff := cmp.Diff(want, a, decimals, cmpopts.IgnoreFields(exchange.Account{}, "Time")); diff != "" || a.Time == 0 {
		t.Error(diff)
	}
}

// TestSpotFills: pages follow each other by number, and whose a trade is is asked for once.
func TestSpotFills(t *testing.T) {
	v := newDeskVenue(t)
	lookups := 0
	b := v.spot(map[string]any{
		"/api/v3/myTrades": func(w http.ResponseWriter, q url.Values) {
			var from int
			_, _ = fmt.Sscan(q.Get("fromId"), &from)
			rows := []string{}
			for n := max(from, 100); n < 2600 && len(rows) < 1000; n++ {
				rows = append(rows, fmt.Sprintf(`{"symbol":"BTCUSDT","id":%d,"orderId":%d,"price":"2.5","qty":"4","quoteQty":"10","commission":"0.01","commissionAsset":"BNB","time":%d,"isBuyer":true,"isMaker":true}`, n, n%2, 1709251200000+n))
			}
			_, _ = fmt.Fprint(w, "["+strings.Join(rows, ",")+"]")
		},
		"/api/v3/order": func(w http.ResponseWriter, q url.Values) {
			lookups++
			client := map[string]string{"0": "web_1", "1": exchange.NewNames([16]byte{1}).Client(id(7))}[q.Get("orderId")]
			_, _ = fmt.Fprint(w, strings.ReplaceAll(placed, "CLIENT", client))
		},
	})
	b.names.Expect(id(7))
	for after, first := range map[exchange.Cursor]int{{}: 100, {Trade: "150"}: 151, {Time: market.Millis(1709251200100)}: 100} {
		n := first
		for f, err := range b.Fills(t.Context(), bitcoin, after) {
			want := exchange.Fill{Symbol: "BTCUSDT", Client: "web_1", Side: market.Buy, Fill: market.Fill{
				Trade: fmt.Sprint(n), Time: market.Millis(int64(1709251200000 + n)), Price: dec("2.5"), Quantity: dec("4"), Fee: dec("0.01"), FeeAsset: "BNB", Maker: true,
			}}
			if n%2 == 1 {
				want.ID, want.Client = id(7), b.names.Client(id(7))
			}
			if diff := cmp.Diff(want, f, decimals); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
			n++
		}
		if n != 2600 {
			t.Errorf("after %+v it ends at %d", after, n)
		}
	}
	if lookups != 2 {
		t.Errorf("%d look-ups", lookups)
	}
	for _, err := range b.Fills(t.Context(), bitcoin, exchange.Cursor{Trade: "x"}) {
		if !errors.Is(err, exchange.ErrRejected) {
			t.Error(err)
		}
	}
}

// TestLists: each kind of list in the venue's words, in one request.
func TestLists(t *testing.T) {
	entry := market.Order{ID: id(1), Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("9")}
	stop := market.Order{ID: id(2), Side: market.Sell, Type: market.StopLimit, Quantity: dec("1"), Stop: dec("8"), Price: dec("7.9"), Group: "g", Profile: market.ByVenue}
	target := market.Order{ID: id(3), Side: market.Sell, Type: market.Limit, Quantity: dec("1"), Price: dec("11"), Group: "g", Profile: market.ByVenue}
	child := func(o market.Order) market.Order { o.Parent = entry.ID; return o }
	names := exchange.NewNames([16]byte{1})
	c1, c2, c3 := names.Client(id(1)), names.Client(id(2)), names.Client(id(3))
	for _, test := range []struct {
		orders []market.Order
		path   string
		want   string
		states []market.State
	}{
		{[]market.Order{stop, target}, "/api/v3/orderList/oco", "side=SELL quantity=1 aboveType=LIMIT_MAKER aboveClientOrderId=" + c3 + " abovePrice=11 belowType=STOP_LOSS_LIMIT belowClientOrderId=" + c2 + " belowStopPrice=8 belowPrice=7.9 belowTimeInForce=GTC", nil},
		{[]market.Order{entry, child(stop)}, "/api/v3/orderList/oto", "workingType=LIMIT workingSide=BUY workingQuantity=1 workingPrice=9 workingTimeInForce=GTC workingClientOrderId=" + c1 + " pendingType=STOP_LOSS_LIMIT pendingSide=SELL pendingQuantity=1 pendingStopPrice=8 pendingPrice=7.9 pendingTimeInForce=GTC pendingClientOrderId=" + c2, nil},
		{[]market.Order{entry, child(target), child(stop)}, "/api/v3/orderList/otoco", "workingType=LIMIT workingSide=BUY workingQuantity=1 workingPrice=9 workingTimeInForce=GTC workingClientOrderId=" + c1 + " pendingSide=SELL pendingQuantity=1 pendingAboveType=LIMIT_MAKER pendingAboveClientOrderId=" + c3 + " pendingAbovePrice=11 pendingBelowType=STOP_LOSS_LIMIT pendingBelowClientOrderId=" + c2 + " pendingBelowStopPrice=8 pendingBelowPrice=7.9 pendingBelowTimeInForce=GTC", nil},
	} {
		v := newDeskVenue(t)
		var reports []string
		for i, o := range test.orders {
			status := "NEW"
			if o.Parent.Sequence > 0 {
				status = "PENDING_NEW"
			}
			reports = append(reports, fmt.Sprintf(`{"symbol":"BTCUSDT","orderId":%d,"orderListId":4,"clientOrderId":%q,"transactTime":1709251200123,"executedQty":"0","status":%q,"type":"LIMIT","side":"BUY"}`, i+1, names.Client(o.ID), status))
		}
		slices.Reverse(reports)
		b := v.spot(map[string]any{test.path: `{"orderListId":4,"orderReports":[` + strings.Join(reports, ",") + `]}`})
		got, err := b.SubmitList(t.Context(), bitcoin, test.orders)
		if err != nil || len(v.paths()) != 1 || v.paths()[0] != "POST "+test.path {
			t.Errorf("%s: %v %v", test.path, v.paths(), err)
			continue
		}
		for i, o := range test.orders {
			want := market.OrderUpdate{ID: o.ID, Symbol: "BTCUSDT", State: market.Accepted, Time: market.Millis(1709251200123)}
			if o.Parent.Sequence > 0 {
				want.Reason = market.Waiting
			}
			if diff := cmp.Diff(want, got[i], decimals); diff != "" {
				t.Error(diff)
			}
		}
		sent := url.Values{"symbol": {"BTCUSDT"}, "listClientOrderId": {"L-" + names.Client(test.orders[0].ID)}, "newOrderRespType": {"FULL"}, "recvWindow": {"5000"}, "selfTradePreventionMode": {"EXPIRE_MAKER"}}
		for part := range strings.SplitSeq(test.want, " ") {
			key, value, _ := strings.Cut(part, "=")
			sent.Set(key, value)
		}
		params := maps.Clone(v.params[0])
		params.Del("timestamp")
		params.Del("signature")
		if diff := cmp.Diff(sent, params); diff != "" {
			t.Errorf("%s:\n%s", test.path, diff)
		}
	}
	v := newDeskVenue(t)
	b := v.spot(nil)
	bigger, marketEntry := target, entry
	bigger.Quantity = dec("2")
	marketEntry.Type, marketEntry.Price = market.Market, decimal.Zero
	for want, orders := range map[string][]market.Order{
		"one side and one quantity": {stop, bigger},
		"one is above":              {stop, stop},
		"is a limit order":          {marketEntry, child(stop)},
		"is no exit of":             {entry, child(stop), target},
		"a list of 1 orders":        {stop},
		"it has none":               nil,
	} {
		if _, err := b.SubmitList(t.Context(), bitcoin, orders); !errors.Is(err, exchange.ErrRejected) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestRelist: filters that have changed come with the refusal, and are asked for once.
func TestRelist(t *testing.T) {
	v := newDeskVenue(t)
	v.info = `{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","baseAssetPrecision":8,"quoteAssetPrecision":8,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.1","maxPrice":"1000000","tickSize":"0.1"},{"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000","stepSize":"0.00001"},{"filterType":"NOTIONAL","minNotional":"5"}]}]}`
	b := v.spot(map[string]any{"/api/v3/order": refusal{400, -1013, "Filter failure: PRICE_FILTER"}})
	var f *exchange.Fault
	o := market.Order{ID: id(1), Side: market.Buy, Type: market.Limit, Quantity: dec("1"), Price: dec("9.01")}
	if _, err := b.Submit(t.Context(), bitcoin, o); !errors.As(err, &f) || f.Kind != exchange.ErrRejected || f.Listing == nil || !f.Listing.Tick.Equal(dec("0.1")) {
		t.Errorf("%+v", err)
	}
	if _, err := b.Submit(t.Context(), bitcoin, o); !errors.As(err, &f) || f.Listing != nil || v.infos != 1 {
		t.Errorf("%d times: %+v", v.infos, err)
	}
}

// TestPermissions: a key that may withdraw, or may not trade, is refused.
func TestPermissions(t *testing.T) {
	const path = "/sapi/v1/account/apiRestrictions"
	good := `{"ipRestrict":true,"enableReading":true,"enableSpotAndMarginTrading":true,"enableWithdrawals":false}`
	account := `{"canTrade":true,"balances":[]}`
	for _, test := range []struct {
		keys    any
		account string
		may     bool // withdrawals are accepted
		want    string
	}{
		{good, account, false, ""},
		{strings.Replace(good, "enableWithdrawals\":false", "enableWithdrawals\":true", 1), account, false, "the key may withdraw"},
		{strings.Replace(good, "enableWithdrawals\":false", "enableWithdrawals\":true", 1), account, true, ""},
		{strings.Replace(good, "Trading\":true", "Trading\":false", 1), account, true, "may not trade in this market"},
		{strings.Replace(good, "Reading\":true", "Reading\":false", 1), account, true, "may not read"},
		{refusal{404, 0, "Not found"}, account, false, ""}, // a local venue without it
		{refusal{401, -2015, "Invalid API-key, IP, or permissions for action."}, account, false, "code -2015"},
		{good, strings.Replace(account, "true", "false", 1), false, "does not let it trade"},
	} {
		v := newDeskVenue(t)
		v.spot(map[string]any{path: test.keys, "/api/v3/account": test.account})
		c := v.config()
		c.Withdrawals = test.may
		b, err := c.Broker(t.Context(), v.env, exchange.NewNames([16]byte{1}))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) || (b == nil) != (err != nil) {
			t.Errorf("%v: %v, want %q", test.keys, err, test.want)
		}
	}
	v := newDeskVenue(t)
	c := v.config()
	c.Key = market.Secret{}
	if _, err := c.Broker(context.Background(), v.env, nil); market.ClassOf(err) != market.Usage {
		t.Error(err)
	}
}
