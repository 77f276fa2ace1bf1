package tiny_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/exchangetest"
	"github.com/signalman-trading/signalman/exchange/exchangetest/tiny"
	"github.com/signalman-trading/signalman/exchange/paper"
	"github.com/signalman-trading/signalman/market"
)

// TestConformance puts the adapter to the suite: this is the whole of it, and open is the
// harness.
func TestConformance(t *testing.T) {
	exchangetest.Run(t, exchangetest.Harness{
		Name: "tiny", Bubble: true, Open: open,
		Skip: map[string]string{
			"orders/stop-*":                    "the venue has market and limit orders alone",
			"orders/take-profit-*":             "the venue has market and limit orders alone",
			"orders/trailing-*":                "the venue has market and limit orders alone",
			"filters/t*":                       "the venue has market and limit orders alone",
			"account/shows-stops":              "the venue has market and limit orders alone",
			"filters/price-outside-the-band-*": "the venue has no such filter",
			"filters/at-the-limits-is-taken":   "the venue has no such filter",
		},
	})
}

var (
	start   = market.TimeOf(time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC))
	session = [16]byte{4, 5, 6}
)

func open(t *testing.T, p exchangetest.Plan) *exchangetest.Stage {
	simulated, err := paper.New(paper.Options{
		Listings: []paper.Listing{{Instrument: p.Instrument, Bars: p.Bars(start)}},
		Cash:     map[string]decimal.Decimal{p.Instrument.Quote: p.Cash},
		Start:    start,
	})
	if err != nil {
		t.Fatal(err)
	}
	v := newVenue(simulated, p.Instrument)
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); v.run(ctx, func() { close(ready) }) }()
	<-ready

	wire := wireTo(v)
	config := tiny.Plugin().New().(*tiny.Config)
	config.Address, config.Key = "http://tiny.example", market.NewSecret("made-up-key")
	env := exchange.Env{HTTP: &http.Client{Transport: wire}}
	s := stage(t, v, wire)
	s.Instrument = p.Instrument
	if s.Market, err = config.Market(env); err != nil {
		t.Fatal(err)
	}
	s.Reopen = func() (exchange.Broker, *exchange.Names) {
		names := exchange.NewNames(session)
		b, err := config.Broker(ctx, env, names)
		if err != nil {
			t.Error(err)
		}
		return b, names
	}
	s.Broker, s.Names = s.Reopen()
	s.Close = func() { cancel(); <-done }
	return s
}

// wireTo is the way to the venue, with the venue's own words for what goes wrong.
func wireTo(v *venue) *exchangetest.Wire {
	return &exchangetest.Wire{
		Base: exchangetest.Direct(v.handler()),
		Kind: func(r *http.Request) exchangetest.Request {
			if r.URL.Path != "/orders" {
				return exchangetest.Other
			}
			return map[string]exchangetest.Request{"POST": exchangetest.Orders, "DELETE": exchangetest.Cancels, "GET": exchangetest.LookUps}[r.Method]
		},
		Says: map[exchangetest.Trouble]exchangetest.Answer{
			exchangetest.SayUnknown: {Status: http.StatusGatewayTimeout, Body: `{"error":"no answer from the engine"}`},
			exchangetest.Limited:    {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7"}}, Body: `{"error":"too many requests"}`},
		},
		Missing: exchangetest.Answer{Status: http.StatusNotFound, Body: `{"error":"not found"}`},
	}
}

// stage gives the means to direct the venue.
func stage(t *testing.T, v *venue, wire *exchangetest.Wire) *exchangetest.Stage {
	byHand := 0
	check := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	return &exchangetest.Stage{
		Now:     v.paper.Now,
		Next:    func() { check(v.paper.Step()); v.change(func() {}); synctest.Wait() },
		Link:    func(up bool) { v.change(func() { v.down = !up }); synctest.Wait() },
		Silence: func() { v.change(func() { v.silence++ }) },
		Trouble: wire.Trouble, Hide: wire.Hide, Sent: wire.Sent,
		Relist: func(in market.Instrument) { check(v.paper.Relist(in)) },
		Place: func(o market.Order) string {
			byHand++
			client := "by-hand-" + strconv.Itoa(byHand)
			check(v.paper.Place(client, v.in.Symbol, o))
			return client
		},
		Remove: func(client string) { check(v.paper.Remove(client)) },
		Pay:    v.paper.Deposit,
	}
}
