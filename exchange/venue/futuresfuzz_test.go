package venue

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// FuzzFuturesRequests: whatever is asked of USD-M, the venue answers, and the wallet stays
// what the simulator says it is.
func FuzzFuturesRequests(f *testing.F) {
	table := usdmEndpoints()
	for i := range table {
		f.Add(uint8(i), "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90")
	}
	f.Add(uint8(0), "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=3")
	f.Add(uint8(2), "symbol=BTCUSDT&side=BUY&origClientOrderId=a&quantity=0.5&price=91")
	f.Add(uint8(5), `batchOrders=[{"symbol":"BTCUSDT","side":"SELL","type":"MARKET","quantity":1e-3},{"quantity":[{}]},null,7]`)
	f.Add(uint8(6), `symbol=BTCUSDT&orderIdList=[1,-1,9223372036854775807]&origClientOrderIdList=["a",""]`)
	f.Add(uint8(12), "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&closePosition=true&triggerPrice=90")
	f.Add(uint8(12), "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=TRAILING_STOP_MARKET&quantity=1&callbackRate=5&activatePrice=101&timeInForce=GTD&goodTillDate=253402300798999")
	f.Add(uint8(11), "symbol=BTCUSDT&countdownTime=9223372036854775807")
	f.Add(uint8(16), "symbol=BTCUSDT&page=9223372036854775807&startTime=9223372036854775807")
	f.Fuzz(func(t *testing.T, which uint8, query string) {
		v := someFutures(t)
		ask := func(e *endpoint, query string) {
			c := &call{side: v.usdm, endpoint: e, logon: &Key{Trade: true}, arrived: v.clock.now}
			if c.read("timestamp="+strconv.FormatInt(v.Now().Millis(), 10)+"&"+query, "") != nil {
				return
			}
			if a := v.serve(c); a.status < 200 || a.status > 499 || len(a.body) == 0 || a.status != http.StatusOK && a.refused == nil {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		ask(&table[0], "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2")
		ask(&table[0], "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90&newClientOrderId=a")
		ask(&table[int(which)%len(table)], query)
		for range 3 {
			_, _ = v.Step(t.Context())
		}
		ask(&table[int(which)%len(table)], query)
		futures := v.usdm.futures
		if got, want := futures.wallets["USDT"], futures.simulated("USDT"); !got.Equal(want) {
			t.Errorf("the wallet is %s, and the simulator's %s", got, want)
		}
		if got, want := futures.positions[0].quantity, v.usdm.sim.Position(0).Quantity; !got.Equal(want) {
			t.Errorf("the position is %s, and the simulator's %s", got, want)
		}
	})
}

// someFutures returns a venue of one perpetual, which has traded.
func someFutures(t *testing.T) *Venue {
	d := decimal.RequireFromString
	in := market.Instrument{Venue: "binance", Symbol: "BTCUSDT", Base: "BTC", Quote: "USDT", Tick: d("0.05"), Step: d("0.002"), MinNotional: d("5"), QuotePrecision: 8,
		BasePrecision: 8, Fees: market.Fees{InQuote: true, Maker: d("0.0002"), Taker: d("0.0005")}, Margin: &market.Margin{Leverage: d("10")}}
	start := market.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	c := market.MakeColumns(market.Minute, 5)
	c.PriceScale = 2
	for i := range 5 {
		c.Append(market.Bar{OpenTime: start + market.Time(i)*market.Time(market.Minute), Open: 100, High: 104, Low: 88, Close: 98, Volume: 100})
	}
	v, err := New(Options{Start: start, USDM: &Listing{Instruments: []market.Instrument{in}, Bars: []*market.Columns{c}, Balances: map[string]decimal.Decimal{"USDT": d("1000")}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	return v
}
