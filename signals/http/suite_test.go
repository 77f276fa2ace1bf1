package http_test

import (
	"fmt"
	"io"
	nethttp "net/http"
	"testing"

	"github.com/signalman-trading/signalman/internal/jsonrow"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/http"
	"github.com/signalman-trading/signalman/signals/signalstest"
)

// TestSuite puts the source to the suite as one about the market, and as one that asks for
// each asset, in pages, with a key in the address.
func TestSuite(t *testing.T) {
	signalstest.Run(t, http.Plugin(),
		signalstest.With(func(c *http.Config) {
			c.URL, c.Source, c.Kind, c.Subject, c.Rows = "https://api.example.com/fng/?limit=2", "alternative.me", "fear_greed", "*", "/data"
			c.Value, c.Effective, c.Time, c.Fault = "/value", "/timestamp", "s", "/metadata/error"
		}),
		signalstest.Provider(nethttp.HandlerFunc(says(`{"data":[{"value":"40","timestamp":"1715299200"},{"value":"0","timestamp":"1715212800"}],"metadata":{"error":null}}`))))
	signalstest.Run(t, http.Plugin(),
		signalstest.With(func(c *http.Config) {
			c.URL, c.Source, c.Subject, c.Effective = "https://api.example.com/{subject}?key={key}&from={from}", "desk", "{subject}", "/t"
			c.Values = map[market.SignalKind]jsonrow.Field{"a": "/a", "b": "/b"}
			c.Subjects = map[market.Subject]string{"BTC": "bitcoin", "ETH": "ether"}
			c.Query, c.NewestFirst, c.MaxBody = map[string]string{"p": "{page}"}, true, 1<<20
			c.Headers = map[string]string{"X-Key": "{key}"}
			c.Secrets = map[string]market.Secret{"key": market.NewSecret("canary-1234")}
		}),
		signalstest.Keys("canary-1234"),
		signalstest.Provider(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			switch r.URL.Query().Get("p") {
			case "1":
				fmt.Fprintf(w, `[{"t":"2024-05-09","a":1,"b":null},{"t":"2024-05-08","a":%d,"b":0}]`, len(r.URL.Path))
			case "2":
				_, _ = io.WriteString(w, `[{"t":"2024-05-07","a":-1,"b":5}]`)
			default:
				_, _ = io.WriteString(w, `[]`)
			}
		})))
}
