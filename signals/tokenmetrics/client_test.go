package tokenmetrics_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// asked is what of a request tells generations apart.
type asked struct{ Path, Query, Header, Value string }

func TestGenerationsSpeakDifferently(t *testing.T) {
	start, _ := day("2025-01-01")
	zero, two := 0, 2
	for _, c := range []struct {
		name string
		o    tokenmetrics.Options
		want asked
	}{
		{"default", tokenmetrics.Options{}, asked{"/v2/trading-signals", "endDate=2025-01-01&limit=100&marketcap=5&page=1&startDate=2025-01-01&symbol=BTC", "X-Api-Key", testKey}},
		{"v2", tokenmetrics.Options{Generation: tokenmetrics.V2}, asked{"/v2/trading-signals", "endDate=2025-01-01&limit=100&marketcap=5&page=1&startDate=2025-01-01&symbol=BTC", "X-Api-Key", testKey}},
		{"v2-legacy", tokenmetrics.Options{Generation: tokenmetrics.V2Legacy}, asked{"/v2/trading-signals", "endDate=2025-01-01&limit=1000&marketcap=5&page=0&startDate=2025-01-01&symbol=BTC", "Api_key", testKey}},
		{"v3", tokenmetrics.Options{Generation: tokenmetrics.V3}, asked{"/v3/trading-signals", "end_date=2025-01-01&limit=100&market_cap=5&page=1&start_date=2025-01-01&symbol=BTC", "X-Api-Key", testKey}},
		{"v1", tokenmetrics.Options{Generation: tokenmetrics.V1}, asked{"/v1/trading-signals", "endDate=2025-01-01&marketcap=5&startDate=2025-01-01&tokens=BTC", "Api_key", testKey}},
		{"overridden", tokenmetrics.Options{BaseURL: "https://example.org/x/", Header: "Authorization", FirstPage: &zero, PageSize: 7, Names: map[string]string{"startDate": "start_date"}},
			asked{"/x/trading-signals", "endDate=2025-01-01&limit=7&marketcap=5&page=0&start_date=2025-01-01&symbol=BTC", "Authorization", testKey}},
		{"overridden v3", tokenmetrics.Options{Generation: tokenmetrics.V3, FirstPage: &two, Names: map[string]string{"startDate": "startDate", "endDate": "endDate", "marketcap": "marketcap"}},
			asked{"/v3/trading-signals", "endDate=2025-01-01&limit=100&marketcap=5&page=2&startDate=2025-01-01&symbol=BTC", "X-Api-Key", testKey}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got asked
			tm := client(t, c.o, func(w http.ResponseWriter, q *http.Request) {
				got = asked{q.URL.Path, q.URL.RawQuery, c.want.Header, q.Header.Get(c.want.Header)}
				says(`{"success":true,"message":"","length":0,"data":[]}`)(w, q)
			})
			query := tokenmetrics.TradingSignalsQuery{Symbols: []string{"BTC"}, Start: start, End: start, MarketCap: number("5")}
			for page, err := range tm.TradingSignals(t.Context(), query) {
				if err != nil || len(page.Rows) != 0 {
					t.Fatal(page, err)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
