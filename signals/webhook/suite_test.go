package webhook_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/signalstest"
	"github.com/signalman-trading/signalman/signals/webhook"
)

// TestSuite puts the source to the suite with a secret in the body, and in a header.
func TestSuite(t *testing.T) {
	configured := func(auth string) signalstest.Option {
		return signalstest.With(func(c *webhook.Config) {
			c.Source, c.Kind, c.Subject, c.Value, c.Auth = "tv", "decision", "/ticker", "/action", auth
			c.Words, c.Secret = map[string]float64{"buy": 1}, market.NewSecret("canary-canary-1234")
		})
	}
	request := func(n int) *http.Request {
		text := fmt.Sprintf(`{"secret":"canary-canary-1234","ticker":"BTC","action":"buy","n":%d}`, n)
		r, err := http.NewRequest("POST", "http://receiver/alerts", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Secret", "canary-canary-1234")
		return r
	}
	for _, auth := range []string{"body", "header"} {
		signalstest.Run(t, webhook.Plugin(), configured(auth), signalstest.Posts(request), signalstest.Keys("canary-canary-1234"))
	}
}
