package app

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestDescribe: what run prints of an order.
func TestDescribe(t *testing.T) {
	p := &printer{instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}
	d := decimal.RequireFromString
	for _, c := range []struct {
		order market.Order
		want  string
	}{
		{market.Order{Side: market.Buy, Type: market.Market, Quantity: d("0.5")}, "buy 0.5 BTC market"},
		{market.Order{Side: market.Buy, Type: market.Market, Quote: d("10")}, "buy BTC for 10.00 USDT market"},
		{market.Order{Side: market.Sell, Type: market.Limit, Price: d("101")}, "sell BTC (what its entry brings) limit at 101"},
		{market.Order{Side: market.Sell, Type: market.Stop, Stop: d("95")}, "sell BTC (what its entry brings) stop at 95"},
		{market.Order{Side: market.Sell, Type: market.TrailingStop, Trail: market.Trail{By: d("2"), Unit: market.TrailPercent}}, "sell BTC (what its entry brings) trailing-stop by 2 percent"},
		{market.Order{Side: market.Sell, Type: market.TrailingStop, Quantity: d("1"), Trail: market.Trail{By: d("5"), Activate: d("110")}}, "sell 1 BTC trailing-stop by 5 price from 110"},
		{market.Order{Side: market.Sell, Type: market.StopLimit, Quantity: d("1"), Stop: d("95"), Price: d("94")}, "sell 1 BTC stop-limit at 95 limit 94"},
	} {
		if got := p.describe(&c.order); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
