package sim

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestOneBalanceForEachAsset: what one pair buys another may sell or pay with, and an asset
// that pays fees is an asset like others.
func TestOneBalanceForEachAsset(t *testing.T) {
	d := decimal.RequireFromString
	list := []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT"), market.Bare("ETHBTC", "ETH", "BTC"), market.Bare("BNBUSDT", "BNB", "USDT")}
	for k := range list {
		list[k].ID = market.InstrumentID(k)
		list[k].Fees = market.Fees{Maker: d("0.001"), Taker: d("0.001")}
	}
	v := New(list, map[string]decimal.Decimal{"USDT": d("1000"), "BNB": d("3")}, Options{})
	v.BurnFees(market.FeeDiscount{Asset: "BNB", Discount: d("0.25")}, 2)
	for k, price := range []float64{100, 0.05, 10} {
		v.Watch(market.InstrumentID(k), market.Minute)
		c := market.MakeColumns(market.Minute, 1)
		c.PriceScale = 2
		c.Append(market.Bar{Open: price, High: price, Low: price, Close: price, Volume: 1})
		v.observe([]market.Event{{Time: 1, Kind: market.KindBar, Instrument: market.InstrumentID(k), Interval: market.Minute, Bars: c}})
	}
	trade := func(n uint32, i market.InstrumentID, side market.Side, quantity string) string {
		at := market.Time(n) * market.Time(market.Minute)
		v.Submit(at, market.Order{ID: market.OrderID{Strategy: "x", Sequence: n}, Instrument: i, Side: side, Type: market.Market, Quantity: d(quantity)})
		v.act(at)
		c := market.MakeColumns(market.Minute, 1)
		c.PriceScale = 2
		price := v.books[i].last()
		c.Append(market.Bar{OpenTime: at, Open: price, High: price, Low: price, Close: price, Volume: 1})
		v.observe([]market.Event{{Time: c.Time(0), Kind: market.KindBar, Instrument: i, Interval: market.Minute, Bars: c}})
		last := v.out[len(v.out)-1].OrderUpdate
		v.out = nil
		return last.State.String() + last.Reason
	}
	check := func(asset, total, locked string) {
		t.Helper()
		if got := v.Balance(asset); !got.Equal(d(total)) || !v.Locked(asset).Equal(d(locked)) {
			t.Errorf("%s %s, locked %s, want %s and %s", got, asset, v.Locked(asset), total, locked)
		}
	}
	if got := trade(2, 0, market.Buy, "5"); got != "filled" {
		t.Fatal(got)
	}
	check("USDT", "500", "0")
	check("BTC", "5", "0")
	check("BNB", "2.9625", "0") // 0.1 % of 500 USDT, less a quarter, at 10
	if got := trade(3, 1, market.Buy, "60"); got != "filled" {
		t.Fatal(got)
	}
	check("BTC", "2", "0")
	check("ETH", "59.94", "0") // BNB is not valued in BTC
	if got := trade(4, 0, market.Sell, "2.1"); got != "rejectedinsufficient balance" {
		t.Error("sold more BTC than there is:", got)
	}
	if got := trade(5, 2, market.Sell, "2.9625"); got != "filled" {
		t.Fatal(got)
	}
	check("BNB", "0", "0")
	check("USDT", "529.595375", "0") // nothing is left that pays the fee but what was received
}
