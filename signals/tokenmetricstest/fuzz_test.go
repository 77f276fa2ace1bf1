package tokenmetricstest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// FuzzQuestions asks whatever comes. The answer is JSON, with rows or one of the errors.
func FuzzQuestions(f *testing.F) {
	f.Add(uint8(1), "/v2/trading-signals", "token_id=3375&startDate=2025-06-01&endDate=2025-06-02&limit=5&page=1")
	f.Add(uint8(0), "/v2/all-trend-indicators", "indicator=rsi&page=9223372036854775807")
	f.Add(uint8(2), "/v3/price", "symbol=BTC,✖&market_cap=1e309&limit=-1")
	f.Add(uint8(1), "/v2/market-metrics", "startDate=0001-01-01&endDate=9999-12-31")
	f.Add(uint8(2), "/v3/indices-performance", "id=1&start_date=1970-01-01&end_date=2200-12-31")
	servers := make([]*tokenmetricstest.Server, len(tokenmetricstest.Flows()))
	for i, flow := range tokenmetricstest.Flows() {
		s, err := tokenmetricstest.New(tokenmetricstest.Options{Flow: flow, Now: noon, Tokens: tokenmetricstest.Universe()[:4]})
		if err != nil {
			f.Fatal(err)
		}
		servers[i] = s
	}
	f.Fuzz(func(t *testing.T, flow uint8, path, query string) {
		s := servers[int(flow)%len(servers)]
		q := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}}).WithContext(t.Context())
		q.Header.Set(s.Header(), tokenmetricstest.DefaultKey)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, q)
		if !json.Valid(w.Body.Bytes()) || w.Code != 200 && w.Code != 400 && w.Code != 404 {
			t.Errorf("%d %.300s", w.Code, w.Body)
		}
	})
}
