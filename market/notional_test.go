package market_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

func TestNotionals(t *testing.T) {
	d := decimal.RequireFromString
	trail := func(by string, unit market.TrailUnit, activate string) market.Trail {
		return market.Trail{By: d(by), Unit: unit, Activate: d(activate)}
	}
	for _, c := range []struct {
		name         string
		order        market.Order
		filter, most string // of the last close 100
	}{
		{"a quote amount is itself", market.Order{Type: market.Market, Quote: d("50")}, "50", "50"},
		{"market at the last close, and 2 % above", market.Order{Type: market.Market, Quantity: d("2")}, "200", "204"},
		{"limit at its price", market.Order{Type: market.Limit, Quantity: d("2"), Price: d("90")}, "180", "180"},
		{"limit sell at its price", market.Order{Side: market.Sell, Type: market.Limit, Quantity: d("2"), Price: d("110")}, "220", "220"},
		{"limit sell below the last close, 2 % above that", market.Order{Side: market.Sell, Type: market.Limit, Quantity: d("2"), Price: d("80")}, "160", "204"},
		{"stop-limit sell, 2 % above its stop", market.Order{Side: market.Sell, Type: market.StopLimit, Quantity: d("2"), Stop: d("95"), Price: d("90")}, "180", "193.8"},
		{"stop, and 2 % above", market.Order{Type: market.Stop, Quantity: d("2"), Stop: d("110")}, "220", "224.4"},
		{"take-profit, and 2 % above", market.Order{Type: market.TakeProfit, Quantity: d("2"), Stop: d("90")}, "180", "183.6"},
		{"stop-limit at its limit", market.Order{Type: market.StopLimit, Quantity: d("2"), Stop: d("110"), Price: d("111")}, "222", "222"},
		{"take-profit-limit at its limit", market.Order{Type: market.TakeProfitLimit, Quantity: d("2"), Stop: d("90"), Price: d("89")}, "178", "178"},
		{"trailing by a price", market.Order{Type: market.TrailingStop, Quantity: d("1"), Trail: trail("5", market.TrailPrice, "0")}, "100", "107.1"},
		{"trailing by 10 %", market.Order{Type: market.TrailingStop, Quantity: d("1"), Trail: trail("10", market.TrailPercent, "0")}, "100", "112.2"},
		{"trailing by 50 bps from 80", market.Order{Type: market.TrailingStop, Quantity: d("1"), Trail: trail("50", market.TrailBps, "80")}, "80", "82.008"},
	} {
		last := d("100")
		if got := market.Notional(&c.order, last); !got.Equal(d(c.filter)) {
			t.Errorf("%s: filters count %s, want %s", c.name, got, c.filter)
		}
		if got := market.WorstNotional(&c.order, last); !got.Equal(d(c.most)) {
			t.Errorf("%s: limits count %s, want %s", c.name, got, c.most)
		}
	}
}
