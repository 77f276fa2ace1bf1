package exchangetest_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/exchangetest"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// throughBinance is the harness of the adapter for Binance, before the local venue that
// speaks its API: both in one process, in virtual time.
func throughBinance(perpetual bool) exchangetest.Harness {
	h := exchangetest.Harness{Name: "binance spot", Perpetual: perpetual, Bubble: true, Skip: map[string]string{
		"orders/trailing-stop-waits-for-its-activation": "trailing stops of Binance spot begin at once",
	}}
	if perpetual {
		h.Name, h.Skip = "binance usdm", nil
	}
	h.Open = func(t *testing.T, p exchangetest.Plan) *exchangetest.Stage { return openBinance(t, p, perpetual) }
	return h
}

func openBinance(t *testing.T, p exchangetest.Plan, usdm bool) *exchangetest.Stage {
	time.Sleep(time.Until(start.UTC())) // bubbles begin in 2000, before there was such a venue
	v := newVenue(t, p, usdm)
	n := newNetwork()
	ctx, cancel := context.WithCancel(t.Context())
	server, done := &http.Server{Handler: v.Handler()}, make(chan struct{}, 2)
	go func() { _ = server.Serve(n); done <- struct{}{} }()
	go func() { _ = v.Run(ctx); done <- struct{}{} }()
	end := sync.OnceFunc(func() {
		cancel()
		_ = server.Close()
		<-done
		<-done
	})
	t.Cleanup(end)

	wire := wireToBinance(v)
	var skew atomic.Int64
	env := exchange.Env{
		HTTP: &http.Client{Transport: wire}, Dial: n.dial, Dir: t.TempDir(),
		Now: func() time.Time { return time.Now().Add(time.Duration(skew.Load())) },
	}
	s := stageBinance(t, v, n, wire, usdm, p.Instrument.Symbol)
	s.Skew = func(by time.Duration) { skew.Store(int64(by)) }
	config := configured(usdm)
	var err error
	if s.Market, err = config.Market(env); err != nil {
		t.Fatal(err)
	}
	s.Reopen = func() (exchange.Broker, *exchange.Names) {
		names := exchange.NewNames(session)
		b, err := config.Broker(ctx, env, names)
		if err != nil {
			t.Fatal(err)
		}
		return b, names
	}
	s.Broker, s.Names = s.Reopen()
	list, err := s.Market.Instruments(ctx, []string{p.Instrument.Symbol})
	if err != nil {
		t.Fatal(err)
	}
	s.Instrument = list[0]
	s.Close = end
	return s
}

func configured(usdm bool) exchange.Exchange {
	var config *binance.Config
	for _, p := range binance.Plugins() {
		if strings.HasSuffix(p.Name, "usdm") == usdm {
			config = p.New().(*binance.Config)
		}
	}
	config.Env, config.Address = "local", "http://127.0.0.1:8645"
	config.Key, config.Secret = market.NewSecret("made-up-key"), market.NewSecret("made-up-secret")
	return config
}

func newVenue(t *testing.T, p exchangetest.Plan, usdm bool) *venue.Venue {
	l := &venue.Listing{
		Instruments: []market.Instrument{p.Instrument}, Bars: []*market.Columns{p.Bars(start)}, Fundings: [][]market.Funding{p.Fundings(start)},
		Balances: map[string]decimal.Decimal{p.Instrument.Quote: p.Cash},
	}
	o := venue.Options{Start: start, Speed: 1, Keys: []venue.Key{{API: "made-up-key", Secret: market.NewSecret("made-up-secret"), Trade: true}}}
	o.Spot = l
	if usdm { // what keys may do is asked of spot
		in := p.Instrument
		in.Margin = nil
		o.USDM, o.Spot = l, &venue.Listing{Instruments: []market.Instrument{in}, Bars: l.Bars}
	}
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wireToBinance is the way of requests to the venue, with its own words for what goes wrong.
func wireToBinance(v *venue.Venue) *exchangetest.Wire {
	return &exchangetest.Wire{
		Base: exchangetest.Direct(v.Handler()),
		Kind: func(r *http.Request) exchangetest.Request {
			path := strings.ToLower(r.URL.Path)
			if !strings.HasSuffix(path, "order") && !strings.Contains(path, "/orderlist") && !strings.HasSuffix(path, "/cancelreplace") {
				return exchangetest.Other
			}
			return map[string]exchangetest.Request{"POST": exchangetest.Orders, "DELETE": exchangetest.Cancels, "GET": exchangetest.LookUps}[r.Method]
		},
		Says: map[exchangetest.Trouble]exchangetest.Answer{
			exchangetest.SayUnknown: {Status: http.StatusRequestTimeout, Body: `{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}`},
			exchangetest.Limited: {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7"}},
				Body: `{"code":-1003,"msg":"Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."}`},
		},
		Missing: exchangetest.Answer{Status: http.StatusBadRequest, Body: `{"code":-2013,"msg":"Order does not exist."}`},
	}
}

// stageBinance gives the means to direct the venue.
func stageBinance(t *testing.T, v *venue.Venue, n *network, wire *exchangetest.Wire, usdm bool, symbol string) *exchangetest.Stage {
	byHand := 0
	check := func(err error) {
		if err != nil {
			t.Error(err)
		}
		synctest.Wait()
	}
	return &exchangetest.Stage{
		Now: v.Now,
		Next: func() {
			now := v.Now()
			time.Sleep(time.Duration(market.Minute.Floor(now) + market.Time(market.Minute) - now))
			synctest.Wait()
		},
		Link:    func(up bool) { n.link(up); synctest.Wait() },
		Silence: n.silence,
		Trouble: wire.Trouble, Hide: wire.Hide, Sent: wire.Sent,
		Relist: func(in market.Instrument) { check(v.Relist(usdm, in)) },
		Place: func(o market.Order) string {
			byHand++
			q := url.Values{
				"symbol": {symbol}, "side": {strings.ToUpper(o.Side.String())}, "type": {strings.ToUpper(o.Type.String())},
				"quantity": {o.Quantity.String()}, "newClientOrderId": {"by-hand-" + strconv.Itoa(byHand)},
			}
			if o.Type == market.Limit {
				q.Set("price", o.Price.String())
				q.Set("timeInForce", "GTC")
			}
			_, err := v.Place(usdm, q.Encode())
			check(err)
			return q.Get("newClientOrderId")
		},
		Remove: func(client string) { check(v.Cancel(usdm, idOf(v, usdm, client))) },
		Pay:    func(asset string, amount decimal.Decimal) { check(v.Deposit(usdm, asset, amount)) },
	}
}

// idOf returns the venue's id of an order.
func idOf(v *venue.Venue, usdm bool, client string) int64 {
	held := v.State().Spot
	if usdm {
		held = v.State().USDM
	}
	for _, o := range held.Orders {
		if o.Client == client {
			return o.ID
		}
	}
	return 0
}
