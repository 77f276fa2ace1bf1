package tokenmetricstest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// generations are those of the client, by the flow of the server that speaks as they do.
var generations = map[tokenmetricstest.Flow]tokenmetrics.Generation{
	tokenmetricstest.Legacy: tokenmetrics.V2Legacy, tokenmetricstest.V2: tokenmetrics.V2, tokenmetricstest.V3: tokenmetrics.V3,
}

// connected returns a client of a server.
func connected(t *testing.T, r *tokenmetricstest.Running, o tokenmetrics.Options) *tokenmetrics.Client {
	t.Helper()
	o.HTTP, o.BaseURL, o.Generation, o.Timeout = r.Client, r.URL, generations[r.Flow()], 30*time.Second
	if !o.Key.Set() {
		o.Key = market.NewSecret(tokenmetricstest.DefaultKey)
	}
	if o.Now == nil {
		o.Now = noon
	}
	c, err := tokenmetrics.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// got is what a query brought.
type got struct {
	rows     []any
	pages    int
	repeated int
	warnings []string
	extra    int  // fields of rows that are not documented
	real     bool // a page does not say that it is made up
	err      error
}

// all asks a query to its end.
func all[T any](pages iter.Seq2[tokenmetrics.Page[T], error]) (g got) {
	for p, err := range pages {
		if err != nil {
			g.err = err
			return g
		}
		g.pages++
		g.repeated += p.Repeated
		g.real = g.real || !p.Synthetic
		g.warnings = append(g.warnings, p.Warnings...)
		for i := range p.Rows {
			g.rows = append(g.rows, p.Rows[i])
			if f := reflect.ValueOf(p.Rows[i]).FieldByName("Extra"); f.IsValid() {
				g.extra += f.Len()
			}
		}
	}
	return g
}

// A visit asks one endpoint of a client.
type visit func(ctx context.Context, c *tokenmetrics.Client) got

func visits() map[string]visit {
	ids, start, end := []int64{3375, 3306, 936}, market.TimeOf(noon())-40*market.Day, market.TimeOf(noon())
	end -= end % market.Day
	return map[string]visit{
		"tokens": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.Tokens(ctx, tokenmetrics.TokensQuery{}))
		},
		"top-market-cap-tokens": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TopMarketCapTokens(ctx, tokenmetrics.TopMarketCapTokensQuery{TopK: 20}))
		},
		"price": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.Price(ctx, tokenmetrics.PriceQuery{TokenIDs: ids}))
		},
		"hourly-ohlcv": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.HourlyOHLCV(ctx, tokenmetrics.HourlyOHLCVQuery{TokenIDs: ids, Start: end - market.Day}))
		},
		"daily-ohlcv": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.DailyOHLCV(ctx, tokenmetrics.DailyOHLCVQuery{TokenIDs: ids, Start: start}))
		},
		"trading-signals": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TradingSignals(ctx, tokenmetrics.TradingSignalsQuery{TokenIDs: ids, Start: start}))
		},
		"hourly-trading-signals": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.HourlyTradingSignals(ctx, tokenmetrics.HourlyTradingSignalsQuery{TokenIDs: ids[:1], Pages: 1}))
		},
		"trader-grades": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TraderGrades(ctx, tokenmetrics.TraderGradesQuery{TokenIDs: ids, Start: start, Grade: tokenmetrics.NumberOf(decimal.NewFromInt(1))}))
		},
		"investor-grades": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.InvestorGrades(ctx, tokenmetrics.InvestorGradesQuery{TokenIDs: ids, Start: start}))
		},
		"tm-grade": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TMGrade(ctx, tokenmetrics.TMGradeQuery{TokenIDs: ids}))
		},
		"tm-grade-history": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TMGradeHistory(ctx, tokenmetrics.TMGradeHistoryQuery{TokenIDs: ids, Start: start}))
		},
		"fundamental-grade": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.FundamentalGrade(ctx, tokenmetrics.FundamentalGradeQuery{TokenIDs: ids}))
		},
		"fundamental-grade-history": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.FundamentalGradeHistory(ctx, tokenmetrics.FundamentalGradeHistoryQuery{TokenIDs: ids, Start: start}))
		},
		"technology-grade": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TechnologyGrade(ctx, tokenmetrics.TechnologyGradeQuery{TokenIDs: ids}))
		},
		"technology-grade-history": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TechnologyGradeHistory(ctx, tokenmetrics.TechnologyGradeHistoryQuery{TokenIDs: ids, Start: start}))
		},
		"price-prediction": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.PricePrediction(ctx, tokenmetrics.PricePredictionQuery{TokenIDs: ids}))
		},
		"scenario-analysis": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.ScenarioAnalysis(ctx, tokenmetrics.ScenarioAnalysisQuery{TokenIDs: ids}))
		},
		"resistance-support": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.ResistanceSupport(ctx, tokenmetrics.ResistanceSupportQuery{TokenIDs: ids}))
		},
		"quantmetrics": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.Quantmetrics(ctx, tokenmetrics.QuantmetricsQuery{}))
		},
		"market-metrics": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.MarketMetrics(ctx, tokenmetrics.MarketMetricsQuery{Start: start}))
		},
		"sentiments": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.Sentiments(ctx, tokenmetrics.SentimentsQuery{Pages: 1}))
		},
		"correlation": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.Correlation(ctx, tokenmetrics.CorrelationQuery{}))
		},
		"ai-reports": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.AIReports(ctx, tokenmetrics.AIReportsQuery{TokenIDs: ids}))
		},
		"crypto-investors": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.CryptoInvestors(ctx, tokenmetrics.CryptoInvestorsQuery{}))
		},
		"moonshot-tokens": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.MoonshotTokens(ctx, tokenmetrics.MoonshotTokensQuery{Type: "past"}))
		},
		"indices": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.Indices(ctx, tokenmetrics.IndicesQuery{Type: "active"}))
		},
		"indices-holdings": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.IndicesHoldings(ctx, tokenmetrics.IndicesHoldingsQuery{ID: 1}))
		},
		"indices-performance": func(ctx context.Context, c *tokenmetrics.Client) got {
			q := tokenmetrics.IndicesPerformanceQuery{ID: 1, Start: start}
			if c.Generation() == tokenmetrics.V2Legacy {
				q.ID, q.Type = 0, "trader"
			}
			return all(c.IndicesPerformance(ctx, q))
		},
		"all-trend-indicators": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.AllTrendIndicators(ctx, tokenmetrics.AllTrendIndicatorsQuery{TokenIDs: ids, Indicators: []string{"rsi", "sar"}, Start: start}))
		},
		"trader-indices": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.TraderIndices(ctx, tokenmetrics.TraderIndicesQuery{Start: start}))
		},
		"investor-indices": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.InvestorIndices(ctx, tokenmetrics.InvestorIndicesQuery{Pages: 1}))
		},
		"indices-tree-map": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.IndicesTreeMap(ctx, tokenmetrics.IndicesTreeMapQuery{Type: "trader"}))
		},
		"indices-index-specific-tree-map": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.IndexTreeMap(ctx, tokenmetrics.IndexTreeMapQuery{IndexName: "meme"}))
		},
		"indices-index-specific-performance": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.IndexPerformance(ctx, tokenmetrics.IndexPerformanceQuery{IndexName: "meme", Start: end - 5*market.Day}))
		},
		"indices-index-transaction": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.IndicesTransactions(ctx, tokenmetrics.IndicesTransactionsQuery{Type: "trader", Pages: 1}))
		},
		"indices-index-specific-index-transaction": func(ctx context.Context, c *tokenmetrics.Client) got {
			return all(c.IndexTransactions(ctx, tokenmetrics.IndexTransactionsQuery{IndexName: "meme", Pages: 1}))
		},
		"tmai": func(ctx context.Context, c *tokenmetrics.Client) got {
			a, err := c.TMAI(ctx, tokenmetrics.ChatQuery{Messages: []tokenmetrics.ChatMessage{{User: "up or down?"}}})
			return got{rows: []any{a}, pages: 1, err: err}
		},
	}
}

// TestTheClientReadsEveryEndpoint asks all endpoints of all flows by their methods: rows
// come, nothing in them is unknown, and nothing is to be warned of.
func TestTheClientReadsEveryEndpoint(t *testing.T) {
	for _, flow := range tokenmetricstest.Flows() {
		r := start(t, tokenmetricstest.Options{Flow: flow, Seed: 2})
		c := connected(t, r, tokenmetrics.Options{})
		asked := visits()
		for _, name := range tokenmetricstest.Endpoints(flow, r.Base()) {
			if slices.Contains(tokenmetrics.Charts(), name) {
				if chart, err := c.Chart(t.Context(), tokenmetrics.ChartQuery{Name: name}); err != nil || chart.URL == "" {
					t.Errorf("%s %s: %v", flow, name, err)
				}
				continue
			}
			ask := asked[name]
			if ask == nil {
				t.Errorf("%s: nothing asks %s", flow, name)
				continue
			}
			if g := ask(t.Context(), c); g.err != nil || len(g.rows) == 0 || len(g.warnings) > 0 || g.extra > 0 || g.repeated > 0 || g.real {
				t.Errorf("%s %s: %d rows, %d unknown fields, %d repeated, %v, %v", flow, name, len(g.rows), g.extra, g.repeated, g.warnings, g.err)
			}
			delete(asked, name)
		}
		for _, name := range slices.Sorted(maps.Keys(asked)) {
			if f := fault(t, asked[name](t.Context(), c).err); f == nil || f.Kind != signals.ErrGone {
				t.Errorf("%s %s is not there, and the client says %v", flow, name, f)
			}
		}
		if u := r.Used(); u.Refused > 0 || u.Total == 0 {
			t.Errorf("%s: %+v", flow, u)
		}
	}
}

// fault returns what went wrong, and checks that it holds no key.
func fault(t *testing.T, err error) *signals.Fault {
	t.Helper()
	var f *signals.Fault
	if err == nil || !errors.As(err, &f) {
		return nil
	}
	if strings.Contains(err.Error(), tokenmetricstest.DefaultKey) {
		t.Errorf("the error holds the key: %v", err)
	}
	return f
}

// TestTheClientReadsTheSameInEveryFlow compares grades and signals of 75 days, which are
// several windows and pages.
func TestTheClientReadsTheSameInEveryFlow(t *testing.T) {
	last := market.TimeOf(noon())
	q := tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{3375, 3306, 4425, 936}, Start: last - 74*market.Day}
	var first []string
	for _, flow := range tokenmetricstest.Flows() {
		r := start(t, tokenmetricstest.Options{Flow: flow, Seed: 2})
		g := all(connected(t, r, tokenmetrics.Options{}).TradingSignals(t.Context(), q))
		if g.err != nil || len(g.rows) != 4*75 || len(g.warnings) > 0 {
			t.Fatalf("%s: %d rows, %v, %v", flow, len(g.rows), g.warnings, g.err)
		}
		var lines []string
		for _, x := range g.rows {
			row := x.(tokenmetrics.TradingSignal)
			lines = append(lines, fmt.Sprint(row.Date, row.TokenID, row.Signal, row.Trend, row.TradingSignalsReturns, row.HoldingReturns))
		}
		slices.Sort(lines)
		if first == nil {
			first = lines
		}
		if !slices.Equal(lines, first) {
			t.Errorf("%s says something else", flow)
		}
	}
}

// TestTheClientMeetsEveryFault has one line for each fault: what the client makes of it.
func TestTheClientMeetsEveryFault(t *testing.T) {
	const days = 60 // three windows: 30, 30 and 1 day
	ids := []int64{3375, 3306}
	q := tokenmetrics.TraderGradesQuery{TokenIDs: ids, Start: market.TimeOf(noon()) - days*market.Day, Limit: 20}
	const whole = 2 * (days + 1)
	for _, c := range []struct {
		fault  string
		kind   error // nil: the answer is read
		rows   int   // that come; -1: not looked at
		checks func(g got, f *signals.Fault) bool
	}{
		{"removed", signals.ErrGone, 0, nil},
		{"page-ignored", signals.ErrMalformed, -1, func(g got, _ *signals.Fault) bool { return len(g.rows) >= 19 }},
		{"duplicate-rows", nil, whole, func(g got, _ *signals.Fault) bool { return g.repeated > 0 }},
		{"missing-day=2025-06-01", nil, whole - 2, nil},
		{"stale=1440h", nil, 2, nil},
		{"delay=13h", nil, whole - 2, nil},
		{"revised=60h/0.5", nil, whole, nil},
		{"nulls=1", nil, whole, func(g got, _ *signals.Fault) bool { return !g.rows[0].(tokenmetrics.TraderGrade).TMTraderGrade.Valid }},
		{"strings", nil, whole, func(g got, _ *signals.Fault) bool { return g.rows[0].(tokenmetrics.TraderGrade).TMTraderGrade.Valid }},
		{"unknown-fields", nil, whole, func(g got, _ *signals.Fault) bool { return g.extra == 2*whole }},
		{"reversed", nil, whole, func(g got, _ *signals.Fault) bool {
			return g.rows[0].(tokenmetrics.TraderGrade).Date < g.rows[whole-1].(tokenmetrics.TraderGrade).Date
		}},
		{"success-false", signals.ErrRefused, 0, nil},
		{"html", signals.ErrMalformed, 0, nil},
		{"empty", signals.ErrMalformed, 0, nil},
		{"truncated", signals.ErrMalformed, -1, nil},
		{"cut", signals.ErrRetry, 0, nil},
		{"reset", signals.ErrRetry, 0, nil},
		{"slow-headers=1h", signals.ErrRetry, 0, nil},
		{"slow-body=1h", signals.ErrRetry, 0, nil},
		{"status=503", signals.ErrRetry, 0, func(_ got, f *signals.Fault) bool { return f.Status == http.StatusServiceUnavailable }},
		{"status=404", signals.ErrGone, 0, nil},
		{"status=422", signals.ErrRefused, 0, nil},
		{"limited=90s", signals.ErrLimited, 0, func(_ got, f *signals.Fault) bool { return f.Until.Equal(noon().Add(90 * time.Second)) }},
		{"limited-month", signals.ErrLimited, 0, func(_ got, f *signals.Fault) bool {
			return f.Until.Equal(time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC))
		}},
		{"date-skew=-2h", nil, whole, nil},
		{"content-type=text/html", signals.ErrMalformed, 0, nil},
		{"gzip", nil, whole, nil},
		{"giant=40000000", signals.ErrMalformed, 0, nil},
		{"long-window=reject", nil, whole, nil},
		{"long-window=truncate", nil, whole, nil},
		{"ratelimit-headers", nil, whole, nil},
	} {
		t.Run(c.fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, tokenmetricstest.Options{})
				set(t, r, c.fault)
				began := time.Now()
				g := all(connected(t, r, tokenmetrics.Options{}).TraderGrades(t.Context(), q))
				f := fault(t, g.err)
				switch {
				case c.kind == nil && g.err != nil, c.kind != nil && (f == nil || !errors.Is(f, c.kind)):
					t.Errorf("%v, want %v", g.err, c.kind)
				case c.rows >= 0 && len(g.rows) != c.rows:
					t.Errorf("%d rows, want %d", len(g.rows), c.rows)
				case c.checks != nil && !c.checks(g, f):
					t.Errorf("%d rows, %d repeated, %v", len(g.rows), g.repeated, g.err)
				}
				if waited := time.Since(began); waited > 31*time.Second {
					t.Errorf("it took %s", waited)
				}
			})
		})
	}
}

// TestTheClientIsDenied asks without the right key, and beyond the plan.
func TestTheClientIsDenied(t *testing.T) {
	for _, flow := range tokenmetricstest.Flows() {
		r := start(t, tokenmetricstest.Options{Flow: flow, Closed: []string{"ai-reports"}})
		q := tokenmetrics.AIReportsQuery{TokenIDs: []int64{3375}}
		for _, c := range []struct {
			what   string
			o      tokenmetrics.Options
			status int
		}{
			{"a wrong key", tokenmetrics.Options{Key: market.NewSecret("tm-another")}, http.StatusUnauthorized},
			{"a small plan", tokenmetrics.Options{}, http.StatusForbidden},
			{"a wrong header", tokenmetrics.Options{Header: "x-key"}, map[bool]int{true: http.StatusUnauthorized, false: http.StatusPaymentRequired}[flow == tokenmetricstest.Legacy]},
		} {
			f := fault(t, all(connected(t, r, c.o).AIReports(t.Context(), q)).err)
			if f == nil || !errors.Is(f, signals.ErrDenied) || f.Status != c.status {
				t.Errorf("%s, %s: %v", flow, c.what, f)
			}
		}
		if r.Used().Total != 0 {
			t.Errorf("%s: %+v", flow, r.Used())
		}
	}
}

// TestCallsAreForeseen compares what the client foresees with what the server charges.
func TestCallsAreForeseen(t *testing.T) {
	ids := []int64{3375, 3306, 3312, 3988, 3369}
	for _, flow := range tokenmetricstest.Flows() {
		r := start(t, tokenmetricstest.Options{Flow: flow})
		c := connected(t, r, tokenmetrics.Options{})
		for _, days := range []market.Time{0, 1, 29, 30, 31, 365} {
			q := tokenmetrics.TradingSignalsQuery{TokenIDs: ids, Start: market.TimeOf(noon()) - days*market.Day}
			plan, err := c.Calls(q)
			before := r.Used().Total
			g := all(c.TradingSignals(t.Context(), q))
			if spent := r.Used().Total - before; err != nil || g.err != nil || spent != plan.Calls || len(g.rows) != len(ids)*int(days+1) {
				t.Errorf("%s, %d days: %d calls where %d are foreseen, %d rows, %v, %v", flow, days, spent, plan.Calls, len(g.rows), err, g.err)
			}
		}
	}
}
