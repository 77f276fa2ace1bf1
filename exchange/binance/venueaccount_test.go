package binance_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

// TestAccountAtTheVenue: orders are sent while connections end in every way; each fill is
// told once, by the updates or, behind a gap, by what is asked for.
func TestAccountAtTheVenue(t *testing.T) {
	for _, usdm := range []bool{false, true} {
		t.Run(fmt.Sprint(usdm), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { accountAtVenue(t, usdm) }) })
	}
}

func accountAtVenue(t *testing.T, usdm bool) {
	time.Sleep(time.Until(time.Date(2024, 5, 1, 8, 30, 0, 0, time.UTC)))
	start := market.TimeOf(time.Now())
	l := listing(usdm, start, 130, "BTCUSDT")
	l.Balances = map[string]decimal.Decimal{"USDT": decimal.New(1, 6)}
	o, name := venue.Options{Spot: l}, binance.Spot
	if usdm {
		o, name = venue.Options{USDM: l, Spot: listing(false, start, 130, "BTCUSDT")}, binance.USDM
	}
	key, secret := strings.Repeat("k", 64), strings.Repeat("s", 64)
	o.Start, o.Speed, o.Keys = start, 1, []venue.Key{{API: key, Secret: market.NewSecret(secret), Trade: true}}
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
	defer cancel()
	ended := make(chan error)
	go func() { ended <- v.Run(ctx) }()
	net := memnet.Listen()
	server := &http.Server{Handler: v.Handler()}
	done := make(chan error)
	go func() { done <- server.Serve(net) }()
	t.Cleanup(func() { server.Close(); <-done })
	var c *binance.Config
	for _, p := range binance.Plugins() {
		if p.Name == name {
			c = p.New().(*binance.Config)
		}
	}
	c.Env, c.Address, c.Key, c.Secret = "local", "http://127.0.0.1:1", market.NewSecret(key), market.NewSecret(secret)
	b, err := c.Broker(ctx, exchange.Env{HTTP: &http.Client{Transport: handled{v.Handler()}}, Dial: net.Dial}, exchange.NewNames([16]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	fills := map[string]int{}
	readies := make(chan struct{}, 100)
	go func() {
		ended <- b.Updates(ctx, func() { said["ready"]++; readies <- struct{}{} }, func(e exchange.AccountEvent) {
			switch {
			case e.Gap != nil:
				said["gap"]++
			case e.Update != nil && e.Update.Fill != nil:
				fills[e.Update.Fill.Trade]++
			case e.Update != nil:
				said[e.Update.State.String()]++
			}
		})
	}()
	<-readies
	admin := func(path string) {
		w := httptest.NewRecorder()
		v.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != 200 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	end := map[bool]string{false: "/streams/end", true: "/listenkeys/expire"}[usdm]
	for n := range 60 {
		id := market.OrderID{Strategy: "s", Sequence: uint32(n + 1)}
		order := market.Order{ID: id, Type: market.Market, Side: market.Buy, Quantity: decimal.New(1, -2)}
		if n%2 == 1 {
			order.Side = market.Sell
			order.Quantity = decimal.New(5, -3)
		}
		if _, err := b.Submit(ctx, l.Instruments[0], order); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if n%5 == 4 {
			admin([]string{"/disconnect", "/shutdown", end}[n/5%3])
			time.Sleep(30 * time.Second)
		}
	}
	time.Sleep(time.Minute)
	cancel()
	for range 2 {
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	state := v.State()
	h := state.Spot
	if usdm {
		h = state.USDM
	}
	for _, trade := range h.Trades {
		if fills[trade.Trade] != 1 {
			t.Errorf("trade %s was told %d times", trade.Trade, fills[trade.Trade])
		}
	}
	t.Log(len(h.Trades), said, len(fills))
	if said["gap"]+1 != said["ready"] || said["ready"] < 9 {
		t.Error(said)
	}
}
