package binance

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/ulikunitz/xz"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

var decimals = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

// dec reads a number of a test.
func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// ours is the order that the tests trade, and what it is called.
var (
	ours  = market.OrderID{Strategy: "grade", Sequence: 7}
	names = exchange.NewNames([16]byte{1})
	name  = names.Client(ours)
)

func newTestEvents() *userEvents { return newUserEvents(names, slog.New(slog.DiscardHandler)) }

// frame is an event with some of its members changed: "x=TRADE" a text, "i:7" anything.
func frame(like string, changes ...string) []byte {
	var m map[string]any
	if err := json.Unmarshal([]byte(like), &m); err != nil {
		panic(err)
	}
	inner := m
	if o, ok := m["o"].(map[string]any); ok {
		inner = o
	}
	for _, c := range changes {
		if k, v, ok := strings.Cut(c, "="); ok {
			inner[k] = v
			continue
		}
		k, v, _ := strings.Cut(c, ":")
		inner[k] = json.RawMessage(v)
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

// spotOrder is an executionReport of an order of ours, usdmOrder an ORDER_TRADE_UPDATE,
// usdmAlgo an ALGO_UPDATE, in the shapes of the venue.
var (
	spotOrder = `{"e":"executionReport","E":1700000000001,"s":"BTCUSDT","c":"` + name + `","S":"BUY","o":"LIMIT","f":"GTC",
		"q":"1.00000000","p":"100.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":42,
		"l":"0.00000000","z":"0.00000000","L":"0.00000000","n":"0","N":null,"T":1700000000000,"t":-1,"I":8641984,"w":true,"m":false,
		"M":false,"O":1700000000000,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1700000000000,"V":"NONE"}`
	usdmOrder = `{"e":"ORDER_TRADE_UPDATE","E":1700000000001,"T":1700000000000,"o":{"s":"BTCUSDT","c":"` + name + `","S":"BUY","o":"LIMIT","f":"GTC",
		"q":"1","p":"100","ap":"0","sp":"0","x":"NEW","X":"NEW","i":42,"l":"0","z":"0","L":"0","T":1700000000000,"t":0,"b":"0","a":"0",
		"m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,"V":"EXPIRE_MAKER","pm":"NONE","gtd":0,"er":"0"}}`
	usdmAlgo = `{"e":"ALGO_UPDATE","T":1700000000000,"E":1700000000001,"o":{"caid":"` + name + `","aid":9001,"at":"CONDITIONAL","o":"STOP_MARKET","s":"BTCUSDT",
		"S":"SELL","ps":"BOTH","f":"GTC","q":"1","X":"NEW","ai":"","ap":"0","aq":"0","act":"0","tp":"90","p":"0","V":"EXPIRE_MAKER","wt":"CONTRACT_PRICE","pm":"NONE","cp":false,"pP":false,"R":false,"tt":0,"gtd":0}}`
)

// update is an event of our order.
func update(s market.State, filled, reason string, f *market.Fill) exchange.AccountEvent {
	u := market.OrderUpdate{ID: ours, Symbol: "BTCUSDT", State: s, Filled: dec(filled), Time: market.Millis(1700000000001), Reason: reason, Fill: f}
	return exchange.AccountEvent{Update: &u, Client: name}
}

// traded is a fill at 100.
func traded(id, quantity, fee, asset string, maker bool) *market.Fill {
	f := &market.Fill{Trade: id, Time: market.Millis(1700000000000), Price: dec("100"), Quantity: dec(quantity), FeeAsset: asset, Maker: maker}
	if fee != "" {
		f.Fee = dec(fee)
	}
	return f
}

type saying struct {
	frame []byte
	want  []exchange.AccountEvent
}

func tell(t *testing.T, decode func([]byte) ([]exchange.AccountEvent, error), all []saying) {
	t.Helper()
	for n, one := range all {
		got, err := decode(one.frame)
		if err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
		if diff := cmp.Diff(one.want, got, decimals); diff != "" {
			t.Errorf("frame %d: %s", n, diff)
		}
	}
}

func events(e ...exchange.AccountEvent) []exchange.AccountEvent { return e }

func TestSpotOrder(t *testing.T) {
	first, second := traded("501", "0.4", "0.0004", "BTC", true), traded("502", "0.6", "", "", false)
	trade := frame(spotOrder, "x=TRADE", "X=PARTIALLY_FILLED", "l=0.4", "z=0.4", "L=100.00", "n=0.0004", "N=BTC", "t:501", "m:true")
	last := frame(spotOrder, "x=TRADE", "X=FILLED", "l=0.6", "z=1.0", "L=100.00", "t:502")
	tell(t, newTestEvents().decodeSpot, []saying{
		{frame(spotOrder), events(update(market.Accepted, "0", "", nil))},
		{frame(spotOrder), nil},
		{trade, events(update(market.Partial, "0.4", "", first))},
		{trade, nil},
		{last, events(update(market.Filled, "1", "", second))},
		{frame(spotOrder, "x=CANCELED", "X=CANCELED", "c=web_1", "C="+name, "z=0.4"), nil},
	})
}

// TestLateFills are those that come after the order has ended: they count, its state stays.
func TestLateFills(t *testing.T) {
	tell(t, newTestEvents().decodeSpot, []saying{
		{frame(spotOrder, "x=CANCELED", "X=CANCELED", "c=cancel", "C="+name, "z=0.7"), events(update(market.Cancelled, "0.7", "", nil))},
		{frame(spotOrder, "x=TRADE", "X=PARTIALLY_FILLED", "l=0.7", "z=0.7", "L=100", "t:501"), events(update(market.Cancelled, "0.7", "", traded("501", "0.7", "", "", false)))},
		{frame(spotOrder), nil},
		{frame(spotOrder, "x=TRADE", "X=FILLED", "l=0.3", "z=1", "L=100", "t:502"), events(update(market.Filled, "1", "", traded("502", "0.3", "", "", false)))},
	})
}

// TestAnswersAndEvents says what each tells, whichever comes first.
func TestAnswersAndEvents(t *testing.T) {
	d := newTestEvents()
	answer := report{symbol: "BTCUSDT", client: name, id: 42, state: market.Filled, filled: dec("1"), at: market.Millis(1700000000001)}
	if got := d.answer(answer); got.State != market.Filled || got.Fill != nil {
		t.Fatalf("an answer says %+v", got)
	}
	tell(t, d.decodeSpot, []saying{
		{frame(spotOrder), events(update(market.Filled, "1", "", nil))},
		{frame(spotOrder, "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "t:501"), events(update(market.Filled, "1", "", traded("501", "1", "", "", false)))},
	})
	answer.state, answer.filled = market.Accepted, decimal.Zero
	if got := d.answer(answer); got.State != market.Filled || !got.Filled.Equal(dec("1")) {
		t.Errorf("an answer takes back what is known: %+v", got)
	}
}

func TestAmendments(t *testing.T) {
	d := newTestEvents()
	smaller := frame(spotOrder, "x=REPLACED", "q=0.5")
	tell(t, d.decodeSpot, []saying{
		{frame(spotOrder), events(update(market.Accepted, "0", "", nil))},
		{smaller, events(update(market.Accepted, "0", market.Amended, nil))},
		{smaller, nil},
		{frame(spotOrder, "x=REPLACED", "q=0.9", "T:1699999999999"), nil}, // an older one
	})
	d = newTestEvents()
	d.answer(report{symbol: "BTCUSDT", client: name, id: 42, state: market.Accepted, change: &change{dec("0.5"), dec("100"), market.Millis(1700000000000)}})
	tell(t, d.decodeUSDM, []saying{
		{frame(usdmOrder), events(update(market.Accepted, "0", "", nil))},
		{frame(usdmOrder, "x=AMENDMENT", "q=0.5"), nil},
		{frame(usdmOrder, "x=AMENDMENT", "q=0.6", "T:1700000000005"), events(update(market.Accepted, "0", market.Amended, nil))},
	})
}

// TestEndings says how the venue's words for ends are understood.
func TestEndings(t *testing.T) {
	type end struct {
		changes []string
		state   market.State
		reason  string
	}
	for _, e := range []end{
		{[]string{"x=EXPIRED", "X=EXPIRED", "eR=OCO_TRIGGER", "g:7"}, market.Cancelled, market.ExitFilled},
		{[]string{"x=EXPIRED", "X=EXPIRED", "g:7"}, market.Cancelled, market.ExitFilled},
		{[]string{"x=EXPIRED", "X=EXPIRED", "eR=OTO_PHASE_ONE_EXPIRED"}, market.Cancelled, market.EntryEnded},
		{[]string{"x=EXPIRED", "X=EXPIRED", "eR=UNFILLED_IOC_QUANTITY_EXPIRED", "f=IOC"}, market.Expired, market.TimeInForce},
		{[]string{"x=EXPIRED", "X=EXPIRED", "f=FOK"}, market.Expired, market.TimeInForce},
		{[]string{"x=EXPIRED", "X=EXPIRED", "o=MARKET"}, market.Expired, market.NoVolume},
		{[]string{"x=EXPIRED", "X=EXPIRED", "eR=INSUFFICIENT_LIQUIDITY", "o=MARKET"}, market.Expired, market.NoVolume},
		{[]string{"x=EXPIRED", "X=EXPIRED", "eR=EXECUTION_RULE_PRICE_RANGE_EXCEEDED"}, market.Expired, "execution rule price range exceeded"},
		{[]string{"x=EXPIRED", "X=EXPIRED", "eR=NONE"}, market.Expired, "expired by the venue"},
		{[]string{"x=TRADE_PREVENTION", "X=EXPIRED_IN_MATCH", "A=1", "B=1"}, market.Expired, selfTrade},
		{[]string{"x=REJECTED", "X=REJECTED", "r=INSUFFICIENT_BALANCES"}, market.Rejected, "insufficient balances"},
		{[]string{"x=NEW", "X=PENDING_NEW"}, market.Accepted, market.Waiting},
	} {
		tell(t, newTestEvents().decodeSpot, []saying{{frame(spotOrder, e.changes...), events(update(e.state, "0", e.reason, nil))}})
	}
	for _, e := range []end{
		{[]string{"x=EXPIRED", "X=EXPIRED", "f=GTX"}, market.Rejected, wouldTake},
		{[]string{"x=EXPIRED", "X=EXPIRED", "f=GTD"}, market.Expired, market.TimeInForce},
		{[]string{"x=EXPIRED", "X=EXPIRED", "er=2"}, market.Expired, market.TimeInForce},
		{[]string{"x=EXPIRED", "X=EXPIRED", "er:3"}, market.Expired, selfTrade},
		{[]string{"x=EXPIRED", "X=EXPIRED", "er=9", "o=MARKET"}, market.Expired, market.NoVolume},
		{[]string{"x=EXPIRED", "X=EXPIRED_IN_MATCH"}, market.Expired, selfTrade},
		{[]string{"x=CANCELED", "X=CANCELED"}, market.Cancelled, ""},
	} {
		tell(t, newTestEvents().decodeUSDM, []saying{{frame(usdmOrder, e.changes...), events(update(e.state, "0", e.reason, nil))}})
	}
}

// TestWaitingOrderLives shows a pending order of a list that its entry brings to life.
func TestWaitingOrderLives(t *testing.T) {
	tell(t, newTestEvents().decodeSpot, []saying{
		{frame(spotOrder, "X=PENDING_NEW"), events(update(market.Accepted, "0", market.Waiting, nil))},
		{frame(spotOrder), events(update(market.Accepted, "0", "", nil))},
		{frame(spotOrder, "X=PENDING_NEW"), nil},
	})
}

// TestForeignOrders are not ours: their client order ids may come again.
func TestForeignOrders(t *testing.T) {
	foreign := func(s market.State, filled string) exchange.AccountEvent {
		e := update(s, filled, "", nil)
		e.Update.ID, e.Client = market.OrderID{}, "web_1"
		return e
	}
	d := newTestEvents()
	tell(t, d.decodeSpot, []saying{
		{frame(spotOrder, "c=web_1", "i:1"), events(foreign(market.Accepted, "0"))},
		{frame(spotOrder, "c=web_1", "i:1", "x=CANCELED", "X=CANCELED"), events(foreign(market.Cancelled, "0"))},
		{frame(spotOrder, "c=web_1", "i:2"), events(foreign(market.Accepted, "0"))},
	})
}

// TestSelfTrade is a trade of two orders of the account with each other: each has its fill.
func TestSelfTrade(t *testing.T) {
	other := market.OrderID{Strategy: "grade", Sequence: 8}
	sell := frame(spotOrder, "c="+names.Client(other), "i:43", "S=SELL", "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "t:501")
	want := update(market.Filled, "1", "", traded("501", "1", "", "", false))
	theirs := want
	u := *want.Update
	u.ID, theirs.Update, theirs.Client = other, &u, names.Client(other)
	tell(t, newTestEvents().decodeSpot, []saying{
		{frame(spotOrder, "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "t:501"), events(want)},
		{sell, events(theirs)},
		{sell, nil},
	})
}

// TestCancelledByHand is a cancel whose report does not say what the order was called.
func TestCancelledByHand(t *testing.T) {
	tell(t, newTestEvents().decodeSpot, []saying{
		{frame(spotOrder), events(update(market.Accepted, "0", "", nil))},
		{frame(spotOrder, "x=CANCELED", "X=CANCELED", "c=web_cancel", "C:null"), events(update(market.Cancelled, "0", "", nil))},
	})
}

func TestSpotFlows(t *testing.T) {
	deposit := []byte(`{"subscriptionId":0,"event":{"e":"balanceUpdate","E":1700000000001,"a":"BTC","d":"100.00000000","T":1700000000000}}`)
	flow := exchange.AccountEvent{Flow: &market.Flow{Asset: "BTC", Amount: dec("100")}, Cause: "balanceUpdate"}
	out := exchange.AccountEvent{Flow: &market.Flow{Asset: "BTC", Amount: dec("-0.5")}, Cause: "balanceUpdate"}
	d := newTestEvents()
	tell(t, d.decodeSpot, []saying{
		{deposit, events(flow)},
		{deposit, nil},
		{[]byte(`{"e":"balanceUpdate","E":1700000000002,"a":"BTC","d":"-0.5","T":1700000000002}`), events(out)},
		{[]byte(`{"e":"outboundAccountPosition","E":1700000000001,"u":1700000000000,"B":[{"a":"BTC","f":"1.0","l":"0.0"}]}`), nil},
		{[]byte(`{"e":"externalLockUpdate","E":1700000000001,"a":"BTC","d":"1.0","T":1700000000000}`), nil},
		{[]byte(`{"e":"listStatus","E":1700000000001,"s":"BTCUSDT","g":2,"c":"OCO","l":"EXEC_STARTED","L":"EXECUTING","r":"NONE","C":"x","T":1,"O":[{"s":"BTCUSDT","i":17,"c":"a"}]}`), nil},
		{[]byte(`{"e":"somethingNew","E":1}`), nil},
		{[]byte(`{"e":"somethingNew","E":1}`), nil},
	})
	if d.ignored["somethingNew"] != 2 || d.ignored["listStatus"] != 1 {
		t.Errorf("ignored %v", d.ignored)
	}
}

// TestUSDMConditional shows that a conditional order and what it becomes are one order.
func TestUSDMConditional(t *testing.T) {
	fill := traded("501", "1", "0.05", "USDT", false)
	d := newTestEvents()
	tell(t, d.decodeUSDM, []saying{
		{frame(usdmAlgo), events(update(market.Accepted, "0", "", nil))},
		{frame(usdmAlgo, "X=TRIGGERING"), nil},
		{frame(usdmAlgo, "X=TRIGGERED", "ai=77", "act=MARKET"), nil},
		{frame(usdmOrder, "c=whatever", "i:77", "o=MARKET"), nil},
		{frame(usdmOrder, "c=whatever", "i:77", "o=MARKET", "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "n=0.05", "N=USDT", "t:501"), events(update(market.Filled, "1", "", fill))},
		{frame(usdmAlgo, "X=FINISHED", "ai=77", "aq=1"), nil},
	})
	d = newTestEvents() // what it becomes first, under its own name
	tell(t, d.decodeUSDM, []saying{
		{frame(usdmOrder, "i:77", "o=MARKET", "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "n=0.05", "N=USDT", "t:501"), events(update(market.Filled, "1", "", fill))},
		{frame(usdmAlgo, "X=TRIGGERED", "ai=77"), nil},
	})
	for _, e := range []struct {
		changes []string
		want    exchange.AccountEvent
	}{
		{[]string{"X=CANCELED"}, update(market.Cancelled, "0", "", nil)},
		{[]string{"X=EXPIRED"}, update(market.Expired, "0", "expired by the venue", nil)},
		{[]string{"X=REJECTED", "rm=Margin is insufficient."}, update(market.Rejected, "0", "Margin is insufficient.", nil)},
		{[]string{"X=FINISHED", "ai=77", "aq=0.4"}, update(market.Partial, "0.4", "", nil)},
	} {
		tell(t, newTestEvents().decodeUSDM, []saying{{frame(usdmAlgo, e.changes...), events(e.want)}})
	}
	d = newTestEvents()
	tell(t, d.decodeUSDM, []saying{
		{frame(usdmOrder), events(update(market.Accepted, "0", "", nil))},
		{[]byte(`{"e":"CONDITIONAL_ORDER_TRIGGER_REJECT","E":1700000000001,"T":1700000000000,"or":{"s":"BTCUSDT","i":42,"r":"Due to the order could not be filled."}}`), events(update(market.Rejected, "0", "Due to the order could not be filled.", nil))},
	})
}

// TestLiquidation is an order of the venue's own.
func TestLiquidation(t *testing.T) {
	want := update(market.Filled, "1", market.Liquidation, traded("501", "1", "1.5", "USDT", false))
	want.Update.ID, want.Client = market.OrderID{}, "autoclose-1700000000000"
	began := update(market.Accepted, "0", "", nil)
	began.Update.ID, began.Client = market.OrderID{}, want.Client
	tell(t, newTestEvents().decodeUSDM, []saying{
		{frame(usdmOrder, "c=autoclose-1700000000000", "X=NEW", "x=CALCULATED"), events(began)},
		{frame(usdmOrder, "c=autoclose-1700000000000", "X=FILLED", "x=CALCULATED", "l=1", "z=1", "L=100", "n=1.5", "N=USDT", "t:501"), events(want)},
	})
	want.Update.Fill.Trade = "42 at 1"
	tell(t, newTestEvents().decodeUSDM, []saying{
		{frame(usdmOrder, "c=autoclose-1700000000000", "X=FILLED", "x=CALCULATED", "l=1", "z=1", "L=100", "n=1.5", "N=USDT"), events(want)},
	})
}

func TestUSDMFlows(t *testing.T) {
	moved := func(cause, change string) []byte {
		return fmt.Appendf(nil, `{"e":"ACCOUNT_UPDATE","E":1700000000001,"T":1700000000000,"a":{"m":%q,"B":[{"a":"USDT","wb":"100.5","cw":"100.5","bc":%q}],"P":[]}}`, cause, change)
	}
	flow := func(cause, amount string) []exchange.AccountEvent {
		return events(exchange.AccountEvent{Flow: &market.Flow{Asset: "USDT", Amount: dec(amount)}, Cause: cause})
	}
	tell(t, newTestEvents().decodeUSDM, []saying{
		{moved("ORDER", "1"), nil},
		{moved("MARGIN_TRANSFER", "1"), nil},
		{moved("FUNDING_FEE", "-0.0375"), flow("FUNDING_FEE", "-0.0375")},
		{moved("FUNDING_FEE", "-0.0375"), nil},
		{moved("DEPOSIT", "10"), flow("DEPOSIT", "10")},
		{moved("WITHDRAW", "-10"), flow("WITHDRAW", "-10")},
		{moved("INSURANCE_CLEAR", "0"), nil},
		{[]byte(`{"e":"TRADE_LITE","E":1,"T":1,"s":"BTCUSDT","q":"1","p":"0","m":false,"c":"x","S":"BUY","L":"1","l":"1","t":1,"i":1}`), nil},
		{[]byte(`{"e":"MARGIN_CALL","E":1700000000001,"cw":"3.1","p":[{"s":"ETHUSDT","ps":"BOTH","pa":"1","mt":"CROSSED","iw":"0","mp":"187","up":"-1","mm":"1"}]}`), nil},
		{[]byte(`{"e":"ACCOUNT_CONFIG_UPDATE","E":1700000000001,"T":1700000000000,"ac":{"s":"BTCUSDT","l":25}}`), nil},
		{[]byte(`{"e":"ACCOUNT_CONFIG_UPDATE","E":1700000000001,"T":1700000000000,"ai":{"j":false}}`), nil},
	})
	got, err := newTestEvents().decodeUSDM([]byte(`{"stream":"k","data":{"e":"ACCOUNT_CONFIG_UPDATE","E":1700000000001,"T":1700000000000,"ai":{"j":true}}}`))
	if err != nil || len(got) != 1 || got[0].Fault == nil || !got[0].Fault.Fatal {
		t.Errorf("multi-assets mode: %+v, %v", got, err)
	}
}

func TestStreamsEnd(t *testing.T) {
	d := newTestEvents()
	for _, s := range []string{`{"event":{"e":"eventStreamTerminated","E":1700000000001}}`, `{"e":"serverShutdown","E":1}`} {
		if _, err := d.decodeSpot([]byte(s)); !errors.Is(err, errStreamOver) {
			t.Errorf("%s: %v", s, err)
		}
	}
	if _, err := d.decodeUSDM([]byte(`{"e":"listenKeyExpired","E":1700000000001,"listenKey":"k"}`)); !errors.Is(err, errStreamOver) {
		t.Errorf("listenKeyExpired: %v", err)
	}
}

// TestMalformedEvents says where.
func TestMalformedEvents(t *testing.T) {
	d := newTestEvents()
	for _, c := range []struct {
		decode func([]byte) ([]exchange.AccountEvent, error)
		frame  []byte
		want   string
	}{
		{d.decodeSpot, []byte(`[]`), "spot event of the account"},
		{d.decodeSpot, []byte(`null`), "null is no object"},
		{d.decodeSpot, []byte(`{"E":1}`), "field e: it is missing"},
		{d.decodeSpot, frame(spotOrder, "z:null"), "executionReport: field z: it is missing"},
		{d.decodeSpot, frame(spotOrder, "x=TRADE", "l=1e5", "t:5"), `executionReport of BTCUSDT: field L: 0 is not above 0`},
		{d.decodeSpot, frame(spotOrder, "x=TRADE", "L=1", "l=1e5", "t:5"), `field l: it "1e5" is not a number`},
		{d.decodeSpot, frame(spotOrder, "x=TRADE", "L=1", "l=1"), "field t: -1 names no trade"},
		{d.decodeSpot, frame(spotOrder, "x=TRADE", "L=1", "l=1", "t:5", "n=1"), "field N: a fee of no asset"},
		{d.decodeSpot, frame(spotOrder, "X=SLEEPING"), `field X: an order that is "SLEEPING" is nothing known`},
		{d.decodeSpot, frame(spotOrder, "E:12"), "field E: 12 is not a time"},
		{d.decodeSpot, frame(spotOrder, "i=x"), "field i: \"\\\"x\\\"\" is no whole number"},
		{d.decodeSpot, []byte(`{"e":"balanceUpdate","E":1700000000001,"a":"BTC","d":"x","T":1700000000000}`), "balanceUpdate: field d"},
		{d.decodeSpot, []byte(`{"e":"outboundAccountPosition","B":[{"a":"BTC","f":"1","l":"0"},{"a":"X","f":"-1","l":"0"}]}`), "outboundAccountPosition B row 1: field f: -1 is below 0"},
		{d.decodeUSDM, []byte(`{"e":"ORDER_TRADE_UPDATE","E":1700000000001}`), "ORDER_TRADE_UPDATE: field o: it is missing"},
		{d.decodeUSDM, frame(usdmOrder, "i:null"), "ORDER_TRADE_UPDATE o: field i: it is missing"},
		{d.decodeUSDM, frame(usdmAlgo, "X=LOST"), `a conditional order that is "LOST"`},
		{d.decodeUSDM, []byte(`{"e":"ACCOUNT_UPDATE","E":1,"T":1700000000000,"a":{"m":"DEPOSIT","B":[{"a":"USDT","wb":"1","bc":"1"},{"a":"USDC","bc":"1"}]}}`), "ACCOUNT_UPDATE a B row 1: field wb: it is missing"},
	} {
		got, err := c.decode(c.frame)
		if err == nil || !strings.Contains(err.Error(), c.want) || got != nil {
			t.Errorf("%.80s: %v, %v; want %q", c.frame, got, err, c.want)
		}
	}
}

// TestShuffledReports lets the reports of one order come twice and in any order.
func TestShuffledReports(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		reports := [][]byte{frame(spotOrder)}
		filled, all := decimal.Zero, 3+rng.IntN(4)
		for n := range all {
			filled = filled.Add(dec("0.1"))
			status := "X=PARTIALLY_FILLED"
			if n == all-1 && rng.IntN(2) == 0 {
				status = "X=FILLED"
			}
			reports = append(reports, frame(spotOrder, "x=TRADE", status, "l=0.1", "L=100", "z="+filled.String(), fmt.Sprintf("t:%d", 500+n)))
		}
		end := market.Filled
		if !strings.Contains(string(reports[all]), `"FILLED"`) {
			end = market.Cancelled
			reports = append(reports, frame(spotOrder, "x=CANCELED", "X=CANCELED", "c=cancel", "C="+name, "z="+filled.String()))
		}
		for range rng.IntN(6) {
			reports = append(reports, reports[rng.IntN(len(reports))])
		}
		rng.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		checkShuffled(t, seed, reports, all, end)
	}
}

// checkShuffled checks that each fill is said once and that nothing goes back.
func checkShuffled(t *testing.T, seed uint64, reports [][]byte, fills int, end market.State) {
	t.Helper()
	d, last, sum, saw := newTestEvents(), market.OrderUpdate{}, decimal.Zero, map[string]bool{}
	for _, r := range reports {
		got, err := d.decodeSpot(r)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, e := range got {
			u := e.Update
			if rank(u.State, u.Reason) < rank(last.State, last.Reason) || u.Filled.LessThan(last.Filled) || last.State.Final() && u.State != last.State {
				t.Fatalf("seed %d: from %s %s back to %s %s", seed, last.State, last.Filled, u.State, u.Filled)
			}
			if last = *u; u.Fill != nil {
				if saw[u.Fill.Trade] {
					t.Fatalf("seed %d: trade %s comes twice", seed, u.Fill.Trade)
				}
				saw[u.Fill.Trade], sum = true, sum.Add(u.Fill.Quantity)
			}
		}
	}
	if last.State != end || len(saw) != fills || !last.Filled.Equal(sum) {
		t.Errorf("seed %d: ends %s with %s of %s in %d fills, want %s in %d", seed, last.State, last.Filled, sum, len(saw), end, fills)
	}
}

// TestTrackerForgets keeps what it remembers bounded, and our working orders in it.
func TestTrackerForgets(t *testing.T) {
	d := newTracker(names)
	d.event(report{symbol: "BTCUSDT", client: name, id: 1, state: market.Accepted})
	for i := range int64(3 * maxOrders) {
		d.event(report{symbol: "BTCUSDT", client: "web", id: i + 2, state: market.Cancelled, fill: &market.Fill{Trade: fmt.Sprint(i)}})
	}
	if len(d.orders) > maxOrders || len(d.queue) > maxOrders || len(d.trades.has) > maxTrades {
		t.Errorf("remembers %d orders and %d trades", len(d.orders), len(d.trades.has))
	}
	if u := d.answer(report{symbol: "BTCUSDT", id: 1, state: market.Accepted}); u.ID != ours {
		t.Errorf("our working order is forgotten: %+v", u)
	}
}

// TestRecordedUserEvents decodes samples of the venue's events that another project keeps.
func TestRecordedUserEvents(t *testing.T) {
	d := newTestEvents()
	n := 0
	for _, raw := range sampledEvents(t) {
		if got, err := d.decodeSpot(raw); err != nil {
			t.Errorf("%s: %v", raw, err)
		} else {
			n += len(got)
		}
	}
	if n != 2 { // an order and a flow
		t.Errorf("%d events", n)
	}
}

// sampledEvents reads the samples of user streams in the folder of recorded data.
func sampledEvents(t testing.TB) (all [][]byte) {
	dir := os.Getenv("SIGNALMAN_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "fixtures-binance-net", "binance-net-unittest-payloads.tar.xz"))
	if err != nil {
		t.Skip("no recorded data: set SIGNALMAN_DATA to the folder that holds fixtures-binance-net")
	}
	defer f.Close()
	unpacked, err := xz.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(unpacked)
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(head.Name, "Subscriptions/Spot/Account/") || strings.Contains(head.Name, "MarginCall") {
			continue
		}
		body, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if _, sample, ok := strings.Cut(string(body), "\n= "); ok {
			all = append(all, []byte(strings.TrimSpace(sample)))
		}
	}
}

// FuzzUserEvents feeds both decoders with anything: what comes out makes sense.
func FuzzUserEvents(f *testing.F) {
	for _, s := range []string{spotOrder, usdmOrder, usdmAlgo,
		string(frame(spotOrder, "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "n=0.001", "N=BTC", "t:5")),
		string(frame(usdmOrder, "x=TRADE", "X=FILLED", "l=1", "z=1", "L=100", "n=0.05", "N=USDT", "t:5")),
		string(frame(usdmOrder, "x=CALCULATED", "X=FILLED", "l=1", "z=1", "L=100", "c=autoclose-1")),
		`{"subscriptionId":0,"event":{"e":"balanceUpdate","E":1700000000001,"a":"BTC","d":"100.0","T":1700000000000}}`,
		`{"e":"ACCOUNT_UPDATE","E":1,"T":1700000000000,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT","wb":"1","bc":"1"}]}}`,
		`{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":1,"ac":{"s":"BTCUSDT","l":25},"ai":{"j":true}}`,
		`{"e":"CONDITIONAL_ORDER_TRIGGER_REJECT","E":1700000000001,"or":{"s":"BTCUSDT","i":42,"r":"no"}}`,
		`{"e":"MARGIN_CALL","p":[{"s":"ETHUSDT"}]}`, `{"e":"listenKeyExpired"}`, `{"e":"listStatus","O":[{"s":"A","i":1,"c":"b"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := newTestEvents()
		for _, decode := range []func([]byte) ([]exchange.AccountEvent, error){d.decodeSpot, d.decodeUSDM} {
			got, err := decode(raw)
			if err != nil && got != nil {
				t.Fatal("events beside an error")
			}
			for _, e := range got {
				sensible(t, e)
			}
			if again, _ := decode(raw); err == nil && len(got) > 0 && len(again) > 0 && again[0].Fault == nil {
				t.Fatalf("the same is said twice: %+v", again)
			}
		}
	})
}

func sensible(t *testing.T, e exchange.AccountEvent) {
	switch {
	case e.Update != nil:
		u := e.Update
		if u.Symbol == "" || u.Filled.IsNegative() || u.Time <= 0 || e.Client == "" && u.ID.Sequence > 0 {
			t.Fatalf("%+v", u)
		}
		if x := u.Fill; x != nil && (x.Trade == "" || x.Time <= 0 || !x.Price.IsPositive() || !x.Quantity.IsPositive() || x.FeeAsset == "" && !x.Fee.IsZero()) {
			t.Fatalf("%+v", x)
		}
	case e.Flow != nil:
		if e.Flow.Asset == "" || e.Flow.Amount.IsZero() || e.Cause == "" {
			t.Fatalf("%+v", e.Flow)
		}
	case e.Fault == nil:
		t.Fatal("an event of nothing")
	}
}
