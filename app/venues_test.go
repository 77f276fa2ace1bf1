package app

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// TestChooseVenue lists what is stored of a symbol, as VENUE:INTERVAL, and which venue a
// run takes then; "?" is an error that asks, "" the venue none.
func TestChooseVenue(t *testing.T) {
	for _, test := range []struct {
		stored string
		want   wants
		venue  string
	}{
		{":1h", wants{}, ""},
		{":1h binance:1h", wants{}, "binance"},
		{":1h binance:1h", wants{venue: "none"}, ""},
		{":1h binance:1h", wants{venue: "BINANCE"}, "binance"},
		{":1h binance:1h", wants{venue: "kraken"}, "?"},
		{":1d binance:1h", wants{intervals: []market.Interval{market.Hour}}, "binance"},
		{":1h binance:1d", wants{intervals: []market.Interval{market.Hour}}, ""},
		{":1m binance:1h", wants{intervals: []market.Interval{market.Hour}}, "binance"},
		{":1d binance:1d", wants{intervals: []market.Interval{market.Hour}}, "binance"}, // which then lacks it
		{"binance:1h kraken:1h", wants{}, "?"},
		{"binance:1h kraken:1h", wants{venue: "kraken"}, "kraken"},
		{"binance:1d kraken:1h", wants{intervals: []market.Interval{market.Hour}}, "kraken"},
		{"binance:1m kraken:1h", wants{intervals: []market.Interval{market.Hour, market.Minute}}, "binance"},
		{"binance:1h kraken:1h kraken:trades", wants{trades: true}, "kraken"},
		{"binance:trades kraken:1h", wants{intervals: []market.Interval{market.Hour}}, "kraken"},
		{"binance:1h binance-usdm:1h", wants{}, "binance"},
		{"binance:1h binance-usdm:1h", wants{perpetual: true}, "binance-usdm"},
		{"binance:1h binance-usdm:1h", wants{perpetual: true, venue: "binance"}, "binance"},
		{"binance:1d binance-usdm:1h", wants{intervals: []market.Interval{market.Hour}}, "binance"},
	} {
		var all []store.Series
		for _, one := range strings.Fields(test.stored) {
			venue, interval, _ := strings.Cut(one, ":")
			d := market.Trades
			if interval != "trades" {
				d, _ = market.ParseInterval(interval)
			}
			all = append(all, store.Series{Venue: venue, Symbol: "BTCUSDT", Interval: d})
		}
		got := "?"
		if found, err := test.want.choose(all, "BTCUSDT"); err == nil {
			got = found[0].Venue
		}
		if got != test.venue {
			t.Errorf("%s, %+v: venue %q, not %q", test.stored, test.want, got, test.venue)
		}
	}
}

// TestFewNames is how an error lists names.
func TestFewNames(t *testing.T) {
	if got := few([]string{"B", "A", "B"}); got != "A, B" {
		t.Errorf("few says %q", got)
	}
	if got := few(strings.Split("abcdefghijklm", "")); got != "a, b, c, d, e, f, g, h, i, j and 3 more: see 'signalman data list'" {
		t.Errorf("few says %q", got)
	}
}
