package venue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// TestOurAdapterHearsTheTape: bars of both markets as they close, each once, those before
// the stream began first, for an hour.
func TestOurAdapterHearsTheTape(t *testing.T) {
	for _, plugin := range binance.Plugins() {
		t.Run(plugin.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { hearTape(t, plugin) })
		})
	}
}

func hearTape(t *testing.T, plugin exchange.Plugin) {
	c := stroll(300)
	listing := func(in market.Instrument) *venue.Listing {
		return &venue.Listing{Instruments: []market.Instrument{in}, Bars: []*market.Columns{c}}
	}
	const before = 60
	h := serve(t, venue.Options{
		Spot: listing(pair("BTCUSDT", "BTC", "USDT")), USDM: listing(contract("BTCUSDT", "BTC", "USDT")),
		Start: start + before*60e9 + 1e9, Speed: 1,
	})
	defer h.stop()
	e := plugin.New()
	config, ok := e.(*binance.Config)
	if !ok {
		t.Fatalf("%T", e)
	}
	config.Env, config.Address = "local", "http://127.0.0.1:8645"
	m, err := e.Market(exchange.Env{HTTP: h.client, Dial: h.memory.Dial, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	list, err := m.Instruments(t.Context(), []string{"BTCUSDT"})
	if err != nil {
		t.Fatal(err)
	}
	subs := []exchange.Subscription{
		{Instrument: list[0], Interval: market.Minute, After: start + 50*60e9}, {Instrument: list[0], Interval: 5 * market.Minute}, {Instrument: list[0], Interval: market.Hour},
	}
	got := make([][]market.Bar, len(subs))
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	err = m.Stream(ctx, subs, func() {}, func(e exchange.Event) {
		if e.Gap != nil {
			t.Errorf("a gap: %+v", *e.Gap)
		}
		if e.Gap == nil && e.Funding == nil {
			got[e.Subscription] = append(got[e.Subscription], e.Bar)
		}
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for i, s := range subs {
		whole := market.Resample(c, s.Interval, h.Now())
		from := max(s.After, start+before*60e9)
		lo, hi := 0, 0
		for hi < whole.Len() && whole.Time(hi) <= h.Now() {
			if hi++; whole.Time(hi-1) <= from {
				lo = hi
			}
		}
		if s.After == 0 {
			whole = whole.Slice(lo, hi)
		} else {
			whole = whole.Slice(50, hi)
		}
		var want []market.Bar
		for row := range whole.Len() {
			want = append(want, whole.Bar(row))
		}
		if d := cmp.Diff(want, got[i], near); d != "" || len(got[i]) == 0 {
			t.Errorf("%s: %d bars (-want +got):\n%s", s.Interval, len(got[i]), d)
		}
	}
}
