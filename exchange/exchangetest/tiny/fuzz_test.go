package tiny_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/exchangetest/tiny"
	"github.com/signalman-trading/signalman/market"
)

// saying answers everything with one text, once the account was read.
type saying struct {
	status int
	body   string
}

func (s *saying) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := s.status, s.body
	if r.URL.Path == "/account" {
		status, body = http.StatusOK, "{}"
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// FuzzAnswers lets the venue say anything: an order is taken, refused in words, or its
// outcome is unknown; and bars are possible or an error.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"client":"x","symbol":"BTCUSDT","state":"accepted","filled":"0"}`)
	f.Add(200, `{"state":"refused"}`)
	f.Add(200, `[{"time":60000,"open":"1","high":"2","low":"1","close":"2","volume":"3"}]`)
	f.Add(400, `{"error":"no"}`)
	f.Add(503, `<html>`)
	f.Add(429, `{"error":"slower"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		ctx := context.Background()
		config := tiny.Plugin().New().(*tiny.Config)
		config.Address = "http://tiny.example"
		env := exchange.Env{HTTP: &http.Client{Transport: &saying{status, body}}}
		b, err := config.Broker(ctx, env, exchange.NewNames(session))
		if err != nil {
			t.Fatal(err)
		}
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		o := market.Order{ID: market.OrderID{Strategy: "x", Sequence: 1}, Side: market.Buy, Type: market.Market, Quantity: decimal.New(1, 0)}
		u, err := b.Submit(ctx, in, o)
		switch {
		case err == nil && (status != http.StatusOK || u.State < market.Accepted || u.State == market.Refused):
			t.Errorf("the order is taken as %s", u.State)
		case errors.Is(err, exchange.ErrRejected) && status != http.StatusBadRequest && status != http.StatusUnauthorized:
			t.Errorf("status %d rejects it", status)
		}
		m, err := config.Market(env)
		if err != nil {
			t.Fatal(err)
		}
		for bar, err := range m.Bars(ctx, in, market.Minute, 0, market.Time(market.Hour)) {
			if err == nil && (bar.Check() != nil || bar.OpenTime < 0 || bar.OpenTime >= market.Time(market.Hour)) {
				t.Errorf("%+v is no bar", bar)
			}
		}
	})
}
