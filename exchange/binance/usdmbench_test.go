package binance

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A stampedDesk is a transport that answers at once, and notes when it was asked.
type stampedDesk struct{ asked time.Time }

// RoundTrip implements http.RoundTripper.
func (d *stampedDesk) RoundTrip(q *http.Request) (*http.Response, error) {
	d.asked = time.Now()
	body := plainAnswer("NEW", "0")
	switch {
	case strings.HasSuffix(q.URL.Path, "/time"):
		body = `{"serverTime":1700000000000}`
	case strings.HasSuffix(q.URL.Path, "/dual"):
		body = oneWay
	case strings.HasSuffix(q.URL.Path, "/account"):
		body = emptyDesk
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: q}, nil
}

// BenchmarkUSDMSubmit measures how long an order takes until it is handed to the network.
func BenchmarkUSDMSubmit(b *testing.B) {
	desk := &stampedDesk{}
	c := newConfig(USDM)
	c.Env, c.Address = local, "http://127.0.0.1:8645"
	c.Key, c.Secret = market.NewSecret(exampleKey), market.NewSecret(exampleSecret)
	p, err := c.private(exchange.Env{HTTP: &http.Client{Transport: desk}}, names)
	if err != nil {
		b.Fatal(err)
	}
	broker, err := newUSDM(b.Context(), p)
	if err != nil {
		b.Fatal(err)
	}
	order := market.Order{ID: ours, Side: market.Buy, Type: market.Limit, Price: dec("100"), Quantity: dec("1")}
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for range b.N {
		began := time.Now()
		if _, err := broker.Submit(b.Context(), btc, order); err != nil {
			b.Fatal(err)
		}
		took = append(took, desk.asked.Sub(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "µs-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "µs-p99")
}
