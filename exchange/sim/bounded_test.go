package sim

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestRestingOrdersShareATrade: in order of arrival, and nobody gets more than was traded.
// Who takes is not bounded.
func TestRestingOrdersShareATrade(t *testing.T) {
	d := decimal.RequireFromString
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	v := New([]market.Instrument{in}, map[string]decimal.Decimal{"USDT": d("1000"), "BTC": d("5")}, Options{Bounded: true})
	v.Watch(0, market.Trades)
	at := market.Time(1)
	trade := func(price, volume float64) {
		c := market.MakeColumns(market.Trades, 1)
		c.PriceScale, c.VolumeScale = 2, 3
		c.Append(market.Bar{OpenTime: at, Open: price, High: price, Low: price, Close: price, Volume: volume})
		at++
		v.observe([]market.Event{{Time: at, Kind: market.KindBar, Interval: market.Trades, Bars: c}})
	}
	place := func(n uint32, side market.Side, kind market.Type, price, quantity string) {
		o := market.Order{ID: market.OrderID{Strategy: "x", Sequence: n}, Side: side, Type: kind, Quantity: d(quantity)}
		if kind == market.Limit {
			o.Price = d(price)
		}
		v.Submit(at, o)
		v.act(at)
	}
	trade(100, 1)
	place(1, market.Buy, market.Limit, "99", "2")
	place(2, market.Buy, market.Limit, "99", "2")
	place(3, market.Sell, market.Limit, "101", "3")
	trade(100, 1)
	check := func(when string, want ...string) {
		t.Helper()
		for k, filled := range want {
			if w := v.find(market.OrderID{Strategy: "x", Sequence: uint32(k + 1)}); w == nil || !w.filled.Equal(d(filled)) {
				t.Errorf("%s: order %d: %+v, want %s", when, k+1, w, filled)
			}
		}
	}
	check("at rest", "0", "0", "0")
	trade(98, 1.5)
	check("a sale of 1.5", "1.5", "0", "0")
	trade(98, 0)
	check("a price without a trade", "1.5", "0", "0")
	trade(98, 1.5)
	check("1.5 more", "2", "1", "0")
	trade(102, 1)
	check("a purchase", "2", "1", "1")
	place(4, market.Sell, market.Market, "", "3")
	trade(100, 0.001)
	if w := v.find(market.OrderID{Strategy: "x", Sequence: 4}); !w.filled.Equal(d("3")) {
		t.Errorf("who takes: %+v", w)
	}
	v.WithoutVolume(0)
	trade(98, 0)
	check("a series that has no volume", "2", "2", "1")
}
