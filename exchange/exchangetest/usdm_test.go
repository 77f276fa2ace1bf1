package exchangetest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/market"
)

var decimals = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

// amount reads a number of a test.
func amount(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// The key of the scenes, whose secret is "secret".
const sceneKey = "scene000scene000scene000scene000scene000scene000scene000scene000"

// sceneStart is when the scenes begin.
var sceneStart = market.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))

// A futuresScene is an account at the local venue, whose price stays at one value in each
// minute. Time passes by minute alone.
type futuresScene struct {
	futuresAccount
	t     *testing.T
	venue *venue.Venue
	btc   market.Instrument
	next  uint32
	names *exchange.Names

	config *binance.Config
	env    exchange.Env
}

// A futuresAccount is all that an account of USD-M can do.
type futuresAccount interface {
	exchange.Broker
	exchange.Amender
	exchange.DeadMan
	exchange.Preparer
	exchange.Clock
}

func newFuturesScene(t *testing.T, prices ...float64) *futuresScene {
	t.Helper()
	bars := market.MakeColumns(market.Minute, len(prices))
	bars.PriceScale, bars.VolumeScale = 2, 3
	for i, p := range prices {
		bars.Append(market.Bar{OpenTime: sceneStart + market.Time(i)*market.Time(market.Minute), Open: p, High: p, Low: p, Close: p, Volume: 50})
	}
	s := &futuresScene{t: t, btc: market.Instrument{
		Venue: "binance", Symbol: "BTCUSDT", Base: "BTC", Quote: "USDT", Tick: amount("0.05"), Step: amount("0.002"), MinQuantity: amount("0.004"), MaxQuantity: amount("500"),
		MinNotional: amount("5"), PriceBandUp: amount("1.15"), PriceBandDown: amount("0.85"), MaxOrders: 6, MaxStops: 3, BasePrecision: 8, QuotePrecision: 8,
		Fees:   market.Fees{InQuote: true, Maker: amount("0.0002"), Taker: amount("0.0005")},
		Margin: &market.Margin{Leverage: amount("10"), LiquidationFee: amount("0.0125")},
	}}
	var err error
	s.venue, err = venue.New(venue.Options{
		USDM: &venue.Listing{
			Instruments: []market.Instrument{s.btc}, Bars: []*market.Columns{bars}, Balances: map[string]decimal.Decimal{"USDT": amount("1000")},
			Fundings: [][]market.Funding{{{Time: sceneStart + market.Time(5*market.Minute), Rate: amount("0.001")}}},
		},
		Keys: []venue.Key{{API: sceneKey, Secret: market.NewSecret("secret"), Trade: true}}, Start: sceneStart,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener := memnet.Listen()
	server := &http.Server{Handler: s.venue.Handler()}
	client := listener.Client()
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		_ = server.Close()
		<-served
	})
	for _, p := range binance.Plugins() {
		if c, ok := p.New().(*binance.Config); ok && p.Name == binance.USDM {
			s.config = c
		}
	}
	s.config.Env, s.config.Address = "local", "http://127.0.0.1:8645"
	s.config.Key, s.config.Secret = market.NewSecret(sceneKey), market.NewSecret("secret")
	s.env = exchange.Env{HTTP: client, Dial: listener.Dial, Now: func() time.Time { return s.venue.Now().UTC() }}
	s.again()
	s.minute(1)
	return s
}

// again makes the broker anew: it knows nothing of what was before.
func (s *futuresScene) again() {
	s.t.Helper()
	s.names = exchange.NewNames([16]byte{9})
	b, err := s.config.Broker(s.t.Context(), s.env, s.names)
	if err != nil {
		s.t.Fatal(err)
	}
	s.futuresAccount = b.(futuresAccount)
}

// minute lets so many minutes be over.
func (s *futuresScene) minute(n int) {
	s.t.Helper()
	for s.venue.Now() < sceneStart+market.Time(n)*market.Time(market.Minute) {
		if _, err := s.venue.Step(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// submit sends an order, which must come to stand so: "accepted 0".
func (s *futuresScene) submit(o market.Order, want string) market.OrderID {
	s.t.Helper()
	s.next++
	o.ID = market.OrderID{Strategy: "scene", Sequence: s.next}
	u, err := s.Submit(s.t.Context(), s.btc, o)
	if err != nil || stood(u) != want {
		s.t.Fatalf("%s %s order: %s, %v; want %q", o.Side, o.Type, stood(u), err, want)
	}
	return o.ID
}

func stood(u market.OrderUpdate) string {
	return strings.TrimSpace(u.State.String() + " " + u.Filled.String() + " " + u.Reason)
}

// stand checks where an order stands when it is asked for.
func (s *futuresScene) stand(id market.OrderID, want string) {
	s.t.Helper()
	if u, err := s.Order(s.t.Context(), s.btc, id); err != nil || stood(u) != want {
		s.t.Errorf("order %s: %s, %v; want %q", id, stood(u), err, want)
	}
}

func (s *futuresScene) account() exchange.Account {
	s.t.Helper()
	a, err := s.Account(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// fills reads all fills, as "order side quantity@price fee".
func (s *futuresScene) fills(after exchange.Cursor) (all []string) {
	s.t.Helper()
	for f, err := range s.Fills(s.t.Context(), s.btc, after) {
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, f.Trade+" "+f.ID.String()+" "+f.Quantity.String()+"@"+f.Price.String()+" "+f.Fee.String()+f.FeeAsset)
	}
	return all
}

func (s *futuresScene) equal(got, want any) {
	s.t.Helper()
	if diff := cmp.Diff(want, got, decimals); diff != "" {
		s.t.Error(diff)
	}
}

// TestUSDMTrades opens and closes a position at the local venue.
func TestUSDMTrades(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 110, 110)
	s.submit(market.Order{Side: market.Buy, Type: market.Market, Quantity: amount("2")}, "filled 2")
	a := s.account()
	s.equal(a.Positions, []exchange.Position{{Symbol: "BTCUSDT", Quantity: amount("2"), Entry: amount("100"), Leverage: amount("10")}})
	s.equal(a.Balances, []exchange.Balance{{Asset: "USDT", Free: amount("979.9"), Locked: amount("20")}})
	s.minute(3)
	s.submit(market.Order{Side: market.Sell, Type: market.Market, Quantity: amount("2"), ReduceOnly: true}, "filled 2")
	s.equal(s.account().Balances, []exchange.Balance{{Asset: "USDT", Free: amount("1019.79"), Locked: amount("0")}})
	s.equal(s.fills(exchange.Cursor{}), []string{"1 scene/1 2@100 0.1USDT", "2 scene/2 2@110 0.11USDT"})
	s.equal(s.fills(exchange.Cursor{Trade: "1", Time: sceneStart}), []string{"2 scene/2 2@110 0.11USDT"})
}

// TestUSDMRests places, changes and cancels limit orders.
func TestUSDMRests(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 94, 94)
	limit := market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("2"), Price: amount("95"), PostOnly: true}
	id := s.submit(limit, "accepted 0")
	limit.ID, limit.Strategy, limit.Quantity = id, "scene", amount("1")
	if u, err := s.Amend(t.Context(), s.btc, limit); err != nil || stood(u) != "accepted 0 amended" {
		t.Errorf("%s, %v", stood(u), err)
	}
	s.equal(s.account().Orders, []exchange.Open{{Client: s.names.Client(id), Order: limit, Symbol: "BTCUSDT", Created: sceneStart + market.Time(market.Minute)}})
	s.minute(3)
	s.stand(id, "filled 1")
	if err := s.Cancel(t.Context(), s.btc, id); !errors.Is(err, exchange.ErrNotFound) {
		t.Errorf("cancel of a filled order: %v", err)
	}
	limit.PostOnly, limit.Price, limit.TIF, limit.Expire = false, amount("90"), market.GTD, s.venue.Now()+market.Time(601*time.Second)
	until := s.submit(limit, "accepted 0")
	open := s.account().Orders
	if len(open) != 1 || open[0].Order.TIF != market.GTD || open[0].Order.Expire != limit.Expire {
		t.Errorf("%+v", open)
	}
	if err := s.Cancel(t.Context(), s.btc, until); err != nil {
		t.Error(err)
	}
	s.stand(until, "cancelled 0")
}

// TestUSDMStops protects a position by a stop, and shows that the two orders of the venue
// are one.
func TestUSDMStops(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 90, 90, 90)
	s.submit(market.Order{Side: market.Buy, Type: market.Market, Quantity: amount("2")}, "filled 2")
	stop := s.submit(market.Order{Side: market.Sell, Type: market.Stop, Stop: amount("95"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
	limit := s.submit(market.Order{Side: market.Sell, Type: market.StopLimit, Stop: amount("94"), Price: amount("93"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
	target := s.submit(market.Order{Side: market.Sell, Type: market.TakeProfit, Stop: amount("120"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
	if open := s.account().Orders; len(open) != 3 || open[0].Order.ID != stop || open[0].Order.Type != market.Stop || !open[0].Order.Stop.Equal(amount("95")) || !open[0].Order.ReduceOnly {
		t.Errorf("%+v", open)
	}
	if err := s.Cancel(t.Context(), s.btc, target); err != nil {
		t.Error(err)
	}
	s.stand(target, "cancelled 0")
	s.minute(3)
	s.stand(stop, "filled 1")
	s.stand(limit, "accepted 0")
	if open := s.account().Orders; len(open) != 1 || open[0].Order.ID != limit {
		t.Errorf("%+v", open)
	}
	s.equal(s.fills(exchange.Cursor{Trade: "1", Time: sceneStart}), []string{"2 scene/2 1@90 0.045USDT"})
	if err := s.Cancel(t.Context(), s.btc, limit); err != nil {
		t.Error(err)
	}
	s.stand(limit, "cancelled 0")
}

// TestUSDMAfterRestart knows nothing of what was sent before: not which kind an order is,
// nor what the orders of trades are called.
func TestUSDMAfterRestart(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 90, 90, 90)
	s.submit(market.Order{Side: market.Buy, Type: market.Market, Quantity: amount("2")}, "filled 2")
	stop := s.submit(market.Order{Side: market.Sell, Type: market.Stop, Stop: amount("95"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
	far := s.submit(market.Order{Side: market.Sell, Type: market.Stop, Stop: amount("50"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
	s.minute(3)
	s.again()
	s.names.Expect(stop)
	s.equal(s.fills(exchange.Cursor{}), []string{"1 scene/1 2@100 0.1USDT", "2 scene/2 1@90 0.045USDT"})
	s.stand(stop, "filled 1")
	s.stand(far, "accepted 0")
	if err := s.Cancel(t.Context(), s.btc, far); err != nil {
		t.Error(err)
	}
	s.stand(far, "cancelled 0")
	if _, err := s.Order(t.Context(), s.btc, market.OrderID{Strategy: "scene", Sequence: 99}); !errors.Is(err, exchange.ErrNotFound) {
		t.Error(err)
	}
}

// TestUSDMRefusals says what the venue refuses, and what that means.
func TestUSDMRefusals(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 100)
	for _, c := range []struct {
		order  market.Order
		reason string
		code   int
	}{
		{market.Order{Side: market.Buy, Type: market.Market, Quantity: amount("400")}, "", -2019},
		{market.Order{Side: market.Sell, Type: market.Market, Quantity: amount("1"), ReduceOnly: true}, "", -2022},
		{market.Order{Side: market.Sell, Type: market.Stop, Quantity: amount("1"), Stop: amount("105")}, market.WouldTrigger, -2021},
		{market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("1"), Price: amount("101"), PostOnly: true}, "", -5022},
		{market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("1"), Price: amount("99.99")}, "", -4014},
		{market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("1.001"), Price: amount("99")}, "", -4023},
		{market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("0.01"), Price: amount("99")}, "", -4164},
	} {
		s.next++
		c.order.ID = market.OrderID{Strategy: "scene", Sequence: s.next}
		_, err := s.Submit(t.Context(), s.btc, c.order)
		var f *exchange.Fault
		if !errors.As(err, &f) || f.Kind != exchange.ErrRejected || f.Code != c.code || f.Reason != c.reason || f.Fatal {
			t.Errorf("%s %s: %v; want %d", c.order.Side, c.order.Type, err, c.code)
		}
	}
	if a := s.account(); len(a.Orders)+len(a.Positions) > 0 {
		t.Errorf("%+v", a)
	}
}

// TestUSDMDeadMan lets the venue cancel what nobody looks after.
func TestUSDMDeadMan(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 100, 100)
	id := s.submit(market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("1"), Price: amount("95")}, "accepted 0")
	if err := s.KeepAlive(t.Context(), s.btc, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	s.minute(2)
	s.stand(id, "cancelled 0")
	id = s.submit(market.Order{Side: market.Buy, Type: market.Limit, Quantity: amount("1"), Price: amount("95")}, "accepted 0")
	for _, within := range []time.Duration{30 * time.Second, 0} {
		if err := s.KeepAlive(t.Context(), s.btc, within); err != nil {
			t.Fatal(err)
		}
	}
	s.minute(3)
	s.stand(id, "accepted 0")
}

// TestUSDMSettings sets leverage and margin type, and refuses orders that would be backed
// otherwise.
func TestUSDMSettings(t *testing.T) {
	s := newFuturesScene(t, 100, 100, 100)
	s.btc.Margin = &market.Margin{Leverage: amount("5"), Isolated: true}
	s.submit(market.Order{Side: market.Sell, Type: market.Market, Quantity: amount("1")}, "filled 1")
	s.equal(s.account().Positions, []exchange.Position{{Symbol: "BTCUSDT", Quantity: amount("-1"), Entry: amount("100"), Leverage: amount("5"), Isolated: true}})
	s.btc.Margin = &market.Margin{Leverage: amount("5")}
	_, err := s.Submit(t.Context(), s.btc, market.Order{ID: market.OrderID{Strategy: "scene", Sequence: 9}, Side: market.Sell, Type: market.Market, Quantity: amount("1")})
	if !errors.Is(err, exchange.ErrRejected) || !strings.Contains(err.Error(), "position") {
		t.Errorf("%v", err)
	}
}

// hear starts to listen to the account, and returns what to read the events with: those
// that have come once the last one wanted has.
func (s *futuresScene) hear() (until func(last string) []string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	ready, told, done := make(chan struct{}, 9), make(chan string, 999), make(chan error, 1)
	go func() {
		done <- s.Updates(ctx, func() { ready <- struct{}{} }, func(e exchange.AccountEvent) { told <- eventWords(e) })
	}()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			s.t.Errorf("updates end with %v", err)
		}
	})
	<-ready
	return func(last string) (all []string) {
		s.t.Helper()
		for !slices.Contains(all, last) {
			select {
			case e := <-told:
				all = append(all, e)
			case <-time.After(10 * time.Second):
				s.t.Fatalf("%q does not come, only %q", last, all)
			}
		}
		return all
	}
}

// eventWords says an event in one line.
func eventWords(e exchange.AccountEvent) string {
	switch {
	case e.Flow != nil:
		return e.Cause + " " + e.Flow.Amount.String() + " " + e.Flow.Asset
	case e.Update == nil:
		return "something else"
	}
	line := e.Update.ID.String() + " " + stood(*e.Update)
	if f := e.Update.Fill; f != nil {
		line += ", trade " + f.Trade + " " + f.Quantity.String() + "@" + f.Price.String()
	}
	return line
}

// TestUSDMUpdates hears what becomes of plain and conditional orders and of the account,
// each thing once.
func TestUSDMUpdates(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("scene", func(t *testing.T) {
		s := newFuturesScene(t, 100, 100, 100, 90, 90, 90, 90)
		until := s.hear()
		s.minute(2) // which waits until the venue has noted who listens
		s.submit(market.Order{Side: market.Buy, Type: market.Market, Quantity: amount("3")}, "filled 3")
		s.submit(market.Order{Side: market.Sell, Type: market.Stop, Stop: amount("95"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
		s.submit(market.Order{Side: market.Sell, Type: market.StopLimit, Stop: amount("94"), Price: amount("93"), Quantity: amount("1"), ReduceOnly: true}, "accepted 0")
		all := until("scene/3 accepted 0")
		s.minute(4)
		all = append(all, until("scene/2 filled 1, trade 2 1@90")...)
		if err := s.Cancel(t.Context(), s.btc, market.OrderID{Strategy: "scene", Sequence: 3}); err != nil {
			t.Fatal(err)
		}
		all = append(all, until("scene/3 cancelled 0")...)
		s.minute(6)
		all = append(all, until("FUNDING_FEE -0.18 USDT")...)
		// An answer may come before the event that says the same, or after it.
		all = slices.DeleteFunc(all, func(e string) bool { return e == "scene/1 accepted 0" || e == "scene/1 filled 3" })
		s.equal(all, []string{
			"scene/1 filled 3, trade 1 3@100", "scene/2 accepted 0", "scene/3 accepted 0", "scene/2 filled 1, trade 2 1@90",
			"scene/3 cancelled 0", "FUNDING_FEE -0.18 USDT",
		})
	})
}
