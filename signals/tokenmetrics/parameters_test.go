package tokenmetrics_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// silent fails the test when something is sent.
func silent(t *testing.T) http.HandlerFunc {
	return func(_ http.ResponseWriter, q *http.Request) { t.Errorf("%s was sent", q.URL) }
}

func TestWhatCannotBeAskedIsNotSent(t *testing.T) {
	one := []int64{1}
	for _, c := range []struct {
		g    tokenmetrics.Generation
		q    tokenmetrics.Query
		kind error
		says string
	}{
		{"v3", tokenmetrics.TraderGradesQuery{}, signals.ErrGone, "trader-grades is not in v3"},
		{"v3", tokenmetrics.ChatQuery{}, signals.ErrGone, "tmai is not in v3"},
		{"v2", tokenmetrics.ChartQuery{Name: "../x"}, signals.ErrGone, "is not in v2"},
		{"v2", tokenmetrics.TradingSignalsQuery{Slugs: []string{"bitcoin"}}, signals.ErrRefused, "does not take slug in v2: it takes category, endDate"},
		{"v2", tokenmetrics.PriceQuery{TokenIDs: one, Limit: 5}, signals.ErrRefused, "price does not take limit in v2: it takes token_id"},
		{"v2", tokenmetrics.PricePredictionQuery{Categories: []string{"defi"}}, signals.ErrRefused, "does not take category"},
		{"v2", tokenmetrics.MoonshotTokensQuery{SortBy: "roi_pct"}, signals.ErrRefused, "does not take sort_by"},
		{"v2", tokenmetrics.IndicesPerformanceQuery{Type: "trader"}, signals.ErrRefused, "does not take type"},
		{"v2", tokenmetrics.PriceQuery{}, signals.ErrRefused, "price needs token_id"},
		{"v2", tokenmetrics.HourlyTradingSignalsQuery{}, signals.ErrRefused, "needs token_id"},
		{"v2", tokenmetrics.IndicesHoldingsQuery{}, signals.ErrRefused, "needs id"},
		{"v2", tokenmetrics.IndicesPerformanceQuery{}, signals.ErrRefused, "needs id or type"},
		{"v2", tokenmetrics.IndexPerformanceQuery{IndexName: "meme"}, signals.ErrRefused, "needs startDate"},
		{"v2", tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{1, -2}}, signals.ErrRefused, "token_id: -2 is no id"},
		{"v2", tokenmetrics.TradingSignalsQuery{Symbols: []string{"BTC", ""}}, signals.ErrRefused, `symbol: "" is empty`},
		{"v2", tokenmetrics.TradingSignalsQuery{Symbols: []string{"BTC,ETH"}}, signals.ErrRefused, "holds a comma"},
		{"v2", tokenmetrics.TradingSignalsQuery{End: at("2025-01-01")}, signals.ErrRefused, "a last day needs a first one"},
		{"v2", tokenmetrics.TradingSignalsQuery{Start: at("2025-01-02"), End: at("2025-01-01")}, signals.ErrRefused, "no days that can be asked for"},
		{"v2", tokenmetrics.TradingSignalsQuery{Start: at("2025-01-02"), End: market.MaxTime}, signals.ErrRefused, "no days that can be asked for"},
		{"v2", tokenmetrics.TradingSignalsQuery{Limit: 101}, signals.ErrRefused, "limit 101 is not from 1 to 100"},
		{"v2", tokenmetrics.TopMarketCapTokensQuery{TopK: 101}, signals.ErrRefused, "limit 101"},
		{"v2", tokenmetrics.TradingSignalsQuery{Pages: -1}, signals.ErrRefused, "the pages are negative"},
	} {
		_, err := client(t, tokenmetrics.Options{Generation: c.g}, silent(t)).Calls(c.q)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%T in %s: got %v, want %q", c.q, c.g, err, c.says)
		}
	}
	for _, err := range client(t, tokenmetrics.Options{}, silent(t)).Price(t.Context(), tokenmetrics.PriceQuery{}) {
		if !errors.Is(err, signals.ErrRefused) {
			t.Error(err)
		}
	}
}

func TestCalls(t *testing.T) {
	ids := func(n int64) (list []int64) {
		for i := range n {
			list = append(list, i+1)
		}
		return list
	}
	now := func() time.Time { return at("2025-03-01T12:00:00Z").UTC() }
	for _, c := range []struct {
		g    tokenmetrics.Generation
		q    tokenmetrics.Query
		want signals.Request
	}{
		{"v2", tokenmetrics.TradingSignalsQuery{TokenIDs: ids(20), Start: at("2025-03-01"), End: at("2025-03-01")}, signals.Request{Endpoint: "trading-signals", Calls: 1}},
		{"v2", tokenmetrics.TradingSignalsQuery{TokenIDs: ids(99), Start: at("2025-03-01")}, signals.Request{Endpoint: "trading-signals", Calls: 1}},
		{"v2", tokenmetrics.TradingSignalsQuery{TokenIDs: ids(100), Start: at("2025-03-01")}, signals.Request{Endpoint: "trading-signals", Calls: 2}},
		{"v2", tokenmetrics.TradingSignalsQuery{TokenIDs: ids(4), Start: at("2025-01-31")}, signals.Request{Endpoint: "trading-signals", Calls: 2}},
		{"v2", tokenmetrics.TradingSignalsQuery{TokenIDs: ids(3), Start: at("2024-03-02")}, signals.Request{Endpoint: "trading-signals", Calls: 13}},
		{"v2-legacy", tokenmetrics.TradingSignalsQuery{TokenIDs: ids(33), Start: at("2025-01-31")}, signals.Request{Endpoint: "trading-signals", Calls: 1}},
		{"v2", tokenmetrics.TradingSignalsQuery{Pages: 3}, signals.Request{Endpoint: "trading-signals", Calls: 3}},
		{"v2", tokenmetrics.HourlyOHLCVQuery{TokenIDs: ids(1), Start: at("2025-02-26")}, signals.Request{Endpoint: "hourly-ohlcv", Calls: 1}},
		{"v2", tokenmetrics.HourlyOHLCVQuery{TokenIDs: ids(2), Start: at("2025-01-31")}, signals.Request{Endpoint: "hourly-ohlcv", Calls: 15}},
		{"v2", tokenmetrics.TMGradeQuery{TokenIDs: ids(51)}, signals.Request{Endpoint: "tm-grade", Calls: 2}},
		{"v2", tokenmetrics.MarketMetricsQuery{Start: at("2025-01-31")}, signals.Request{Endpoint: "market-metrics", Calls: 1}},
		{"v2", &tokenmetrics.QuantmetricsQuery{TokenIDs: ids(20)}, signals.Request{Endpoint: "quantmetrics", Calls: 1}},
	} {
		got, err := client(t, tokenmetrics.Options{Generation: c.g, Now: now}, silent(t)).Calls(c.q)
		if err != nil || got.Endpoint != c.want.Endpoint || got.Calls != c.want.Calls {
			t.Errorf("%+v: got %+v, %v, want %+v", c.q, got, err, c.want)
		}
	}
}

// ask is one method of the client with the least that it takes.
type ask struct {
	path string
	f    func(context.Context, *tokenmetrics.Client) error
}

func of[T any, Q tokenmetrics.Query](path string, f func(*tokenmetrics.Client, context.Context, Q) iter.Seq2[tokenmetrics.Page[T], error], q Q) ask {
	return ask{path, func(ctx context.Context, c *tokenmetrics.Client) error {
		for _, err := range f(c, ctx, q) {
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

// asks is every method but those that have no rows.
func asks() []ask {
	id := []int64{1}
	return []ask{
		of("tokens", (*tokenmetrics.Client).Tokens, tokenmetrics.TokensQuery{}),
		of("top-market-cap-tokens", (*tokenmetrics.Client).TopMarketCapTokens, tokenmetrics.TopMarketCapTokensQuery{}),
		of("price", (*tokenmetrics.Client).Price, tokenmetrics.PriceQuery{TokenIDs: id}),
		of("hourly-ohlcv", (*tokenmetrics.Client).HourlyOHLCV, tokenmetrics.HourlyOHLCVQuery{}),
		of("daily-ohlcv", (*tokenmetrics.Client).DailyOHLCV, tokenmetrics.DailyOHLCVQuery{}),
		of("trading-signals", (*tokenmetrics.Client).TradingSignals, tokenmetrics.TradingSignalsQuery{}),
		of("hourly-trading-signals", (*tokenmetrics.Client).HourlyTradingSignals, tokenmetrics.HourlyTradingSignalsQuery{TokenIDs: id}),
		of("tm-grade", (*tokenmetrics.Client).TMGrade, tokenmetrics.TMGradeQuery{}),
		of("tm-grade-history", (*tokenmetrics.Client).TMGradeHistory, tokenmetrics.TMGradeHistoryQuery{}),
		of("fundamental-grade", (*tokenmetrics.Client).FundamentalGrade, tokenmetrics.FundamentalGradeQuery{}),
		of("fundamental-grade-history", (*tokenmetrics.Client).FundamentalGradeHistory, tokenmetrics.FundamentalGradeHistoryQuery{}),
		of("technology-grade", (*tokenmetrics.Client).TechnologyGrade, tokenmetrics.TechnologyGradeQuery{}),
		of("technology-grade-history", (*tokenmetrics.Client).TechnologyGradeHistory, tokenmetrics.TechnologyGradeHistoryQuery{}),
		of("price-prediction", (*tokenmetrics.Client).PricePrediction, tokenmetrics.PricePredictionQuery{}),
		of("resistance-support", (*tokenmetrics.Client).ResistanceSupport, tokenmetrics.ResistanceSupportQuery{}),
		of("quantmetrics", (*tokenmetrics.Client).Quantmetrics, tokenmetrics.QuantmetricsQuery{}),
		of("market-metrics", (*tokenmetrics.Client).MarketMetrics, tokenmetrics.MarketMetricsQuery{}),
		of("correlation", (*tokenmetrics.Client).Correlation, tokenmetrics.CorrelationQuery{}),
		of("ai-reports", (*tokenmetrics.Client).AIReports, tokenmetrics.AIReportsQuery{}),
		of("crypto-investors", (*tokenmetrics.Client).CryptoInvestors, tokenmetrics.CryptoInvestorsQuery{}),
		of("moonshot-tokens", (*tokenmetrics.Client).MoonshotTokens, tokenmetrics.MoonshotTokensQuery{}),
		of("indices", (*tokenmetrics.Client).Indices, tokenmetrics.IndicesQuery{}),
		of("indices-holdings", (*tokenmetrics.Client).IndicesHoldings, tokenmetrics.IndicesHoldingsQuery{ID: 1}),
		of("indices-performance", (*tokenmetrics.Client).IndicesPerformance, tokenmetrics.IndicesPerformanceQuery{ID: 1}),
		of("trader-grades", (*tokenmetrics.Client).TraderGrades, tokenmetrics.TraderGradesQuery{}),
		of("investor-grades", (*tokenmetrics.Client).InvestorGrades, tokenmetrics.InvestorGradesQuery{}),
		of("scenario-analysis", (*tokenmetrics.Client).ScenarioAnalysis, tokenmetrics.ScenarioAnalysisQuery{}),
		of("sentiments", (*tokenmetrics.Client).Sentiments, tokenmetrics.SentimentsQuery{}),
		of("all-trend-indicators", (*tokenmetrics.Client).AllTrendIndicators, tokenmetrics.AllTrendIndicatorsQuery{}),
		of("trader-indices", (*tokenmetrics.Client).TraderIndices, tokenmetrics.TraderIndicesQuery{}),
		of("investor-indices", (*tokenmetrics.Client).InvestorIndices, tokenmetrics.InvestorIndicesQuery{}),
		of("indices-tree-map", (*tokenmetrics.Client).IndicesTreeMap, tokenmetrics.IndicesTreeMapQuery{Type: "trader"}),
		of("indices-index-specific-tree-map", (*tokenmetrics.Client).IndexTreeMap, tokenmetrics.IndexTreeMapQuery{IndexName: "meme"}),
		of("indices-index-specific-performance", (*tokenmetrics.Client).IndexPerformance, tokenmetrics.IndexPerformanceQuery{IndexName: "meme", Start: at("2025-01-01"), End: at("2025-01-02")}),
		of("indices-index-transaction", (*tokenmetrics.Client).IndicesTransactions, tokenmetrics.IndicesTransactionsQuery{Type: "trader"}),
		of("indices-index-specific-index-transaction", (*tokenmetrics.Client).IndexTransactions, tokenmetrics.IndexTransactionsQuery{IndexName: "meme"}),
	}
}

// Every endpoint has its method; it sends only what its generation documents, in the
// spelling of the generation, and no empty value.
func TestEveryEndpointSendsOnlyWhatIsDocumented(t *testing.T) {
	var missing []string
	for _, e := range tokenmetrics.Endpoints() {
		missing = append(missing, e.Path)
	}
	slices.Sort(missing)
	for _, a := range asks() {
		i := slices.IndexFunc(tokenmetrics.Endpoints(), func(e tokenmetrics.Endpoint) bool { return e.Path == a.path })
		if i < 0 {
			t.Fatalf("%s is not listed", a.path)
		}
		e := tokenmetrics.Endpoints()[i]
		missing = slices.DeleteFunc(missing, func(path string) bool { return path == a.path })
		for _, g := range e.Generations {
			settings, _ := g.Settings()
			sent := 0
			c := client(t, tokenmetrics.Options{Generation: g}, func(w http.ResponseWriter, q *http.Request) {
				sent++
				if !strings.HasSuffix(q.URL.Path, "/"+a.path) || q.Method != "GET" {
					t.Errorf("%s: sent %s %s", a.path, q.Method, q.URL)
				}
				for name, values := range q.URL.Query() {
					documented := slices.ContainsFunc(e.Parameters(g), func(p string) bool {
						return name == p && settings.Names[p] == "" || name == settings.Names[p]
					})
					if !documented || fmt.Sprint(values) == "[]" || values[0] == "" {
						t.Errorf("%s in %s: sent %s=%q", a.path, g, name, values)
					}
				}
				says(`{"success":true,"message":"","length":0,"data":[]}`)(w, q)
			})
			if err := a.f(t.Context(), c); err != nil || sent != 1 {
				t.Errorf("%s in %s: %d calls, %v", a.path, g, sent, err)
			}
		}
	}
	if fmt.Sprint(missing) != "[tmai]" {
		t.Errorf("no method for %v", missing)
	}
}

func TestChat(t *testing.T) {
	for _, body := range []string{
		`{"success":true,"message":"AI Chatbot response successful","answer":"Yes.","thread":[{"user":"Up?"},{"chatbot":"Yes."}]}`,
		`{"success":true,"message":"AI Chatbot response successful","data":{"answer":"Yes.","thread":[{"user":"Up?"},{"chatbot":"Yes."}]}}`,
	} {
		var sent string
		c := client(t, tokenmetrics.Options{}, func(w http.ResponseWriter, q *http.Request) {
			b := make([]byte, 100)
			n, _ := q.Body.Read(b)
			sent = q.Method + " " + q.URL.String() + " " + q.Header.Get("Content-Type") + " " + string(b[:n])
			says(body)(w, q)
		})
		chat, err := c.TMAI(t.Context(), tokenmetrics.ChatQuery{Messages: []tokenmetrics.ChatMessage{{User: "Up?"}}})
		if err != nil || chat.Answer != "Yes." || len(chat.Thread) != 2 || chat.Thread[1].Chatbot != "Yes." {
			t.Errorf("%+v, %v", chat, err)
		}
		if want := `POST https://api.tokenmetrics.com/v2/tmai application/json {"messages":[{"user":"Up?"}]}`; sent != want {
			t.Errorf("sent %s", sent)
		}
	}
	if _, err := client(t, tokenmetrics.Options{}, says(`{"success":true}`)).TMAI(t.Context(), tokenmetrics.ChatQuery{}); !errors.Is(err, signals.ErrMalformed) {
		t.Error(err)
	}
}

func TestChart(t *testing.T) {
	c := client(t, tokenmetrics.Options{}, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.String() != "https://api.tokenmetrics.com/v2/indices-roi-charts?category=trader&timeFrame=1M" {
			t.Error(q.URL)
		}
		says(`{"success":true,"message":"","chartUrl":"https://example.org/x.png"}`)(w, q)
	})
	chart, err := c.Chart(t.Context(), tokenmetrics.ChartQuery{Name: "indices-roi-charts", Category: "trader", TimeFrame: "1M"})
	if err != nil || chart.URL != "https://example.org/x.png" || len(tokenmetrics.Charts()) != 12 {
		t.Error(chart, err)
	}
	_, err = client(t, tokenmetrics.Options{}, says(`{"success":true,"data":[]}`)).Chart(t.Context(), tokenmetrics.ChartQuery{Name: "indices-roi-charts"})
	if !errors.Is(err, signals.ErrMalformed) {
		t.Error(err)
	}
}
