package tokenmetrics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// noon is when the tests run.
var noon = time.Date(2025, 4, 8, 12, 34, 56, 0, time.UTC)

// A provider answers as the API does, with a row for each token and day, and counts.
type provider struct {
	rows   map[string]string // by endpoint: the fields of a row; without ends: no rows
	fault  map[string]int    // by endpoint: a status
	asked  []string          // endpoints, in order
	params []string          // of each
}

// RoundTrip answers one call.
func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	path := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	p.asked, p.params = append(p.asked, path), append(p.params, r.URL.RawQuery)
	status, body := http.StatusOK, ""
	switch code := p.fault[path]; {
	case code < 0:
		return nil, errors.New("connection reset")
	case code > 0:
		status, body = code, `{"success":false,"message":"Some thing wrong","length":0,"data":[]}`
	default:
		rows := p.answer(path, r)
		body = fmt.Sprintf(`{"success":true,"message":"Data fetched successfully","length":%d,"data":[%s]}`, len(rows), strings.Join(rows, ","))
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body))}, nil
}

// answer makes the rows of one page.
func (p *provider) answer(path string, r *http.Request) []string {
	fields, ok := p.rows[path]
	if !ok {
		return nil
	}
	q := r.URL.Query()
	var rows []string
	for _, day := range daysOf(q.Get("startDate")+q.Get("start_date"), q.Get("endDate")+q.Get("end_date")) {
		for id := range strings.SplitSeq(q.Get("token_id"), ",") {
			row := strings.NewReplacer("$DAY", day, "$ID", id).Replace(fields)
			rows = append(rows, "{"+row+"}")
		}
	}
	if limit, err := strconv.Atoi(q.Get("limit")); err == nil {
		page, _ := strconv.Atoi(q.Get("page"))
		rows = rows[min(len(rows), (page-1)*limit):min(len(rows), page*limit)]
	}
	return rows
}

func daysOf(start, end string) []string {
	from, err := time.Parse(time.DateOnly, start)
	if err != nil {
		return []string{noon.Format(time.DateOnly)}
	}
	to, _ := time.Parse(time.DateOnly, end)
	var list []string
	for d := to; !d.Before(from); d = d.AddDate(0, 0, -1) {
		list = append(list, d.Format(time.DateOnly))
	}
	return list
}

// source returns a source that asks a provider, for some kinds of BTC and ETH, and what it
// logs.
func source(t *testing.T, p *provider, kinds ...market.SignalKind) (*tokenmetrics.Config, *bytes.Buffer) {
	t.Helper()
	return sourceOver(t, p, kinds...)
}

// sourceOver is the same, over any transport.
func sourceOver(t *testing.T, p http.RoundTripper, kinds ...market.SignalKind) (*tokenmetrics.Config, *bytes.Buffer) {
	t.Helper()
	var logged bytes.Buffer
	env := signals.Env{HTTP: &http.Client{Transport: p}, Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(&logged, nil))}
	c, ok := tokenmetrics.Plugin().New(env).(*tokenmetrics.Config)
	if !ok {
		t.Fatal("New returns something else")
	}
	c.Key, c.FirstPage, c.Pull, c.Tokens = market.NewSecret("tm-canary"), 1, kinds, map[string]int64{"BTC": 3375, "ETH": 3306}
	return c, &logged
}

// said is what Fetch yields: a line for each row, and the faults.
func said(t *testing.T, c *tokenmetrics.Config, q signals.Query) (rows []string, faults []error) {
	t.Helper()
	for batch, err := range c.Fetch(t.Context(), q) {
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if len(batch.Raw) == 0 {
			t.Error("a batch without its answer")
		}
		for _, s := range batch.Signals {
			if s.Source != "tokenmetrics" || s.Known != 0 || s.Raw != (market.Hash{}) || s.Assumed || s.Instrument != market.NoInstrument || s.Validate() != nil {
				t.Errorf("%+v: %v", s, s.Validate())
			}
			rows = append(rows, fmt.Sprintf("%s %s %s %s", s.Subject, s.Kind, strings.TrimSuffix(s.Effective.String(), "T00:00:00Z"), s.ValueText()))
		}
	}
	return rows, faults
}

// TestOneCallForSeveralKinds asks trading signals once for the signal and both grades.
func TestOneCallForSeveralKinds(t *testing.T) {
	p := &provider{rows: map[string]string{"trading-signals": `"TOKEN_ID":$ID,"DATE":"$DAYT00:00:00.000Z","TRADING_SIGNAL":0,"TOKEN_TREND":-1,"TM_TRADER_GRADE":18.87,"TM_INVESTOR_GRADE":null`}}
	c, _ := source(t, p, "trading_trend", "trader_grade", "investor_grade")
	got, faults := said(t, c, signals.Query{Subjects: []market.Subject{"ETH"}, From: market.TimeOf(noon.AddDate(0, 0, -1))})
	want := []string{"ETH investor_grade 2025-04-08 null", "ETH trader_grade 2025-04-08 18.87", "ETH trading_trend 2025-04-08 -1"}
	if diff := cmp.Diff(want, got); diff != "" || faults != nil {
		t.Error(faults, diff)
	}
	if len(p.asked) != 1 || p.asked[0] != "trading-signals" || p.params[0] != "endDate=2025-04-08&limit=100&page=1&startDate=2025-04-07&token_id=3306" {
		t.Error(p.asked, p.params)
	}
	p.params = nil
	if got, _ = said(t, c, signals.Query{}); len(got) != 24 || p.params[0] != "endDate=2025-04-08&limit=100&page=1&startDate=2025-04-05&token_id=3306%2C3375" {
		t.Error(len(got), p.params)
	}
}

// sample rows of each endpoint, as the API writes them, with what they say.
var samples = []struct {
	name, path, row string
	generation      string
	kinds           []market.SignalKind
	helpers         map[string]string
	want            []string
}{
	{name: "before the first signal", path: "trading-signals", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TRADING_SIGNAL":null,"TOKEN_TREND":0`,
		kinds: []market.SignalKind{"trading_signal", "trading_trend"}, want: []string{"trading_signal 2025-04-08 null", "trading_trend 2025-04-08 null"}},
	{name: "no such signal", path: "trading-signals", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TRADING_SIGNAL":2,"TOKEN_TREND":0.5,"TM_TRADER_GRADE":101`,
		kinds: []market.SignalKind{"trading_signal", "trading_trend", "trader_grade"},
		want:  []string{"trader_grade 2025-04-08 null", "trading_signal 2025-04-08 null", "trading_trend 2025-04-08 null"}},
	{name: "v3", generation: "v3", path: "trading-signals", row: `"token_id":$ID,"date":"2025-04-08","trading_signal":1,"token_trend":1,"tm_grade":"71.5","fundamental_grade":60`,
		kinds: []market.SignalKind{"tm_grade", "fundamental_grade", "trading_signal"},
		want:  []string{"fundamental_grade 2025-04-08 60", "tm_grade 2025-04-08 71.5", "trading_signal 2025-04-08 1"}},
	{name: "trader grades", path: "trader-grades", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TA_GRADE":14.09,"QUANT_GRADE":35.7,"TM_TRADER_GRADE":18.41,"TM_TRADER_GRADE_24H_PCT_CHANGE":22.41`,
		kinds: []market.SignalKind{"ta_grade", "trader_grade", "trader_grade_change_24h"},
		want:  []string{"ta_grade 2025-04-08 14.09", "trader_grade 2025-04-08 18.41", "trader_grade_change_24h 2025-04-08 22.41"}},
	{name: "investor grades", path: "investor-grades", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TM_INVESTOR_GRADE":62.83,"VALUATION_GRADE":35.6,"VC_SCORE":null,"EXCHANGE_SCORE":10`,
		kinds: []market.SignalKind{"investor_grade", "valuation_grade", "vc_score", "exchange_score"},
		want:  []string{"exchange_score 2025-04-08 10", "investor_grade 2025-04-08 62.83", "valuation_grade 2025-04-08 35.6", "vc_score 2025-04-08 null"}},
	{name: "tm grade", path: "tm-grade-history", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TM_GRADE":"55.5","TM_GRADE_SIGNAL":"Strong Sell","MOMENTUM":"Losing Momentum","TM_GRADE_24h_PCT_CHANGE":"-1.5"`,
		kinds: []market.SignalKind{"tm_grade", "tm_grade_signal", "momentum", "tm_grade_change_24h"},
		want:  []string{"momentum 2025-04-08 -1", "tm_grade 2025-04-08 55.5", "tm_grade_change_24h 2025-04-08 -1.5", "tm_grade_signal 2025-04-08 -2"}},
	{name: "no momentum", path: "tm-grade-history", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TM_GRADE":1,"TM_GRADE_SIGNAL":"Strongish","MOMENTUM":"No Momentum"`,
		kinds: []market.SignalKind{"tm_grade_signal", "momentum"}, want: []string{"momentum 2025-04-08 null", "tm_grade_signal 2025-04-08 null"}},
	{name: "fundamental class", path: "fundamental-grade-history", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","FUNDAMENTAL_GRADE":75.39,"FUNDAMENTAL_GRADE_CLASS":"blueChip","COMMUNITY_SCORE":6.02`,
		kinds: []market.SignalKind{"fundamental_class", "community_score", "fundamental_grade"},
		want:  []string{"community_score 2025-04-08 6.02", "fundamental_class 2025-04-08 4", "fundamental_grade 2025-04-08 75.39"}},
	{name: "technology", path: "technology-grade-history", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TECHNOLOGY_GRADE":74.37,"SECURITY_SCORE":4.1`,
		kinds: []market.SignalKind{"technology_grade", "security_score"}, want: []string{"security_score 2025-04-08 4.1", "technology_grade 2025-04-08 74.37"}},
	{name: "forecasts", generation: "v2-legacy", path: "price-prediction",
		row:   `"TOKEN_ID":$ID,"DATE":"2025-04-08","FORECASTS_FOR_NEXT_7_DAYS":{"1-day-forecast":{"forecast":2.95,"forecast_lower":2.15,"forecast_upper":3.75},"7-day-forecast":{"forecast":2.65,"forecast_lower":1.19,"forecast_upper":null}},"PREDICTED_RETURNS_7D":0.0243`,
		kinds: []market.SignalKind{"prediction_return_7d", "prediction_#d", "prediction_7d_upper"},
		want:  []string{"prediction_1d 2025-04-08 2.95", "prediction_7d 2025-04-08 2.65", "prediction_7d_upper 2025-04-08 null", "prediction_return_7d 2025-04-08 0.0243"}},
	{name: "projection", path: "price-prediction",
		row:   `"TOKEN_ID":$ID,"DATE":"2025-04-08","PRICE_PREDICTION":{"current_price":2,"price_prediction":[{"scenario":0.5,"predicted_price_base":1,"predicted_price_bear":0.5,"predicted_price_moon":null},{"scenario":2,"predicted_price_base":5}]}`,
		kinds: []market.SignalKind{"scenario_price_base_2x", "scenario_return_bear_#x", "scenario_return_moon_0.5x"},
		want:  []string{"scenario_price_base_2x 2025-04-08 5", "scenario_return_bear_0.5x 2025-04-08 -0.75", "scenario_return_bear_2x 2025-04-08 null", "scenario_return_moon_0.5x 2025-04-08 null"}},
	{name: "scenarios", path: "scenario-analysis",
		row:   `"TOKEN_ID":$ID,"DATE":"2025-04-08","SCENARIO_ANALYSIS":[{"crypto_market_cap_trillion":0.5,"price_prediction":3},{"crypto_market_cap_trillion":0.5,"price_prediction":1},{"crypto_market_cap_trillion":0.5,"price_prediction":2}]`,
		kinds: []market.SignalKind{"scenario_price_#t", "scenario_price_0.5t_low", "scenario_price_#t_high"},
		want:  []string{"scenario_price_0.5t 2025-04-08 2", "scenario_price_0.5t_high 2025-04-08 3", "scenario_price_0.5t_low 2025-04-08 1"}},
	{name: "levels", path: "resistance-support", helpers: map[string]string{"price": `"TOKEN_ID":"$ID","CURRENT_PRICE":0.8`},
		row:   `"TOKEN_ID":$ID,"DATE":"2025-04-08","HISTORICAL_RESISTANCE_SUPPORT_LEVELS":[{"date":"2020-06-05","level":0.69},{"date":"2020-06-06","level":0.4},{"date":"2020-06-07","level":1},{"date":"2020-06-08","level":1.31}]`,
		kinds: []market.SignalKind{"support", "resistance", "resistance_distance"},
		want:  []string{"resistance 2025-04-08 1", "resistance_distance 2025-04-08 0.24999999999999994", "support 2025-04-08 0.69"}},
	{name: "levels without a price", path: "resistance-support", helpers: map[string]string{"price": `"TOKEN_ID":"$ID","CURRENT_PRICE":null`},
		row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","HISTORICAL_RESISTANCE_SUPPORT_LEVELS":[0.69,1]`, kinds: []market.SignalKind{"support", "resistance_distance"},
		want: []string{"resistance_distance 2025-04-08 null", "support 2025-04-08 null"}},
	{name: "no levels", path: "resistance-support", helpers: map[string]string{"price": `"TOKEN_ID":"$ID","CURRENT_PRICE":5`},
		row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","HISTORICAL_RESISTANCE_SUPPORT_LEVELS":null`, kinds: []market.SignalKind{"support"}, want: []string{"support 2025-04-08 null"}},
	{name: "price", path: "price", row: `"TOKEN_ID":"$ID","CURRENT_PRICE":3334.65`, kinds: []market.SignalKind{"price"}, want: []string{"price 2025-04-08T12:34:00Z 3334.65"}},
	{name: "correlation", path: "correlation",
		row:   `"TOKEN_ID":$ID,"DATE":"2025-04-08","TOP_CORRELATION":[{"correlation":0.846,"token":"Fantom"},{"correlation":-0.606,"token":"Synthetix Network"}]`,
		kinds: []market.SignalKind{"correlation_highest", "correlation_lowest", "correlation_with_synthetix_network", "correlation_with_bitcoin"},
		want: []string{"correlation_highest 2025-04-08 0.846", "correlation_lowest 2025-04-08 -0.606", "correlation_with_bitcoin 2025-04-08 null",
			"correlation_with_synthetix_network 2025-04-08 -0.606"}},
	{name: "no correlation", path: "correlation", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","TOP_CORRELATION":null`,
		kinds: []market.SignalKind{"correlation_highest", "correlation_with_@"}, want: []string{"correlation_highest 2025-04-08 null"}},
	{name: "quantmetrics", path: "quantmetrics", row: `"TOKEN_ID":$ID,"DATE":"2025-04-08","VOLATILITY":0.51,"SHARPE":0.09,"MAX_DRAWDOWN":-0.77,"DAILY_RETURN_STD":null`,
		kinds: []market.SignalKind{"quant_volatility", "quant_sharpe", "quant_max_drawdown", "quant_return_std"},
		want:  []string{"quant_max_drawdown 2025-04-08 -0.77", "quant_return_std 2025-04-08 null", "quant_sharpe 2025-04-08 0.09", "quant_volatility 2025-04-08 0.51"}},
	{name: "hourly", path: "hourly-trading-signals", row: `"TOKEN_ID":$ID,"TIMESTAMP":"2025-04-08T12:25:09.454Z","SIGNAL":"-1","POSITION":"Long"`,
		kinds: []market.SignalKind{"hourly_signal", "hourly_position"},
		want:  []string{"hourly_position 2025-04-08T12:25:09.454Z 1", "hourly_signal 2025-04-08T12:25:09.454Z -1"}},
	{name: "moonshot", path: "moonshot-tokens", helpers: map[string]string{"tokens": `"TOKEN_ID":$ID,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC"`},
		row:   `"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"btc","MOONSHOT_AT":"2025-04-07T10:00:00Z","MOONSHOT_ROI":"12.5","TM_TRADER_GRADE":"80"`,
		kinds: []market.SignalKind{"moonshot_pick", "moonshot_active", "moonshot_roi"},
		want:  []string{"moonshot_pick 2025-04-07T10:00:00Z 1", "moonshot_active 2025-04-08T12:00:00Z 1", "moonshot_roi 2025-04-08T12:00:00Z 12.5"}},
	{name: "another moonshot", path: "moonshot-tokens", helpers: map[string]string{"tokens": `"TOKEN_ID":$ID,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC"`},
		row: `"TOKEN_NAME":"Bitcoin Two","TOKEN_SYMBOL":"BTC","MOONSHOT_AT":"2025-04-07T10:00:00Z"`, kinds: []market.SignalKind{"moonshot_pick"}},
	{name: "holdings", path: "indices-holdings", row: `"TOKEN_ID":3375,"DATE":"2025-04-08","WEIGHT":12.5`,
		kinds: []market.SignalKind{"index_weight_7"}, want: []string{"index_weight_7 2025-04-08 12.5"}},
	{name: "not held", path: "indices-holdings", row: `"TOKEN_ID":1,"DATE":"2025-04-08","WEIGHT":12.5`,
		kinds: []market.SignalKind{"index_weight_7"}, want: []string{"index_weight_7 2025-04-08 null"}},
	{name: "market", path: "market-metrics", row: `"DATE":"2025-04-08","TOTAL_CRYPTO_MCAP":911873217283.901,"TM_GRADE_PERC_HIGH_COINS":4.608294931,"TM_GRADE_SIGNAL":0,"LAST_TM_GRADE_SIGNAL":-1`,
		kinds: []market.SignalKind{"market_cap", "market_high_grades", "market_signal", "market_trend"},
		want:  []string{"market_cap 2025-04-08 9.11873217283901e+11", "market_high_grades 2025-04-08 4.608294931", "market_signal 2025-04-08 0", "market_trend 2025-04-08 -1"}},
	{name: "sentiment", path: "sentiments", row: `"DATETIME":"2025-04-08 10:00:00.000","MARKET_SENTIMENT_GRADE":56.17,"NEWS_SENTIMENT_GRADE":49.04,"REDDIT_SENTIMENT_GRADE":null`,
		kinds: []market.SignalKind{"sentiment_market", "sentiment_reddit"},
		want:  []string{"sentiment_market 2025-04-08T10:00:00Z 56.17", "sentiment_reddit 2025-04-08T10:00:00Z null"}},
	{name: "polar sentiment", path: "sentiments", row: `"DATETIME":"2025-04-08 10:00:00.000","MARKET_SENTIMENT_GRADE":0.2,"NEWS_SENTIMENT_GRADE":0.9`,
		kinds: []market.SignalKind{"sentiment_market"}, want: []string{"sentiment_market 2025-04-08T10:00:00Z null"}},
	{name: "indices", path: "indices", row: `"ID":7,"NAME":"Top","PRICE":101.5,"24H":-2.5,"INDEX_GRADE":55`,
		kinds: []market.SignalKind{"index_price_7", "index_grade_#", "index_change_24h_7"},
		want:  []string{"index_change_24h_7 2025-04-08T12:00:00Z -2.5", "index_grade_7 2025-04-08T12:00:00Z 55", "index_price_7 2025-04-08T12:00:00Z 101.5"}},
	{name: "index", path: "indices-performance", row: `"ID":7,"DATE":"2025-04-08","INDEX_CUMULATIVE_ROI":0.3853318362`,
		kinds: []market.SignalKind{"index_roi_7"}, want: []string{"index_roi_7 2025-04-08 0.3853318362"}},
}

func TestWhatRowsSay(t *testing.T) {
	for _, c := range samples {
		t.Run(c.name, func(t *testing.T) {
			p := &provider{rows: map[string]string{c.path: c.row}}
			for path, row := range c.helpers {
				p.rows[path] = row
			}
			s, logged := source(t, p, c.kinds...)
			if s.Tokens = map[string]int64{"BTC": 3375}; c.generation != "" {
				s.Generation = c.generation
			}
			got, faults := said(t, s, signals.Query{})
			for i := range got {
				_, got[i], _ = strings.Cut(got[i], " ")
			}
			slices.Sort(got)
			got = slices.Compact(got) // a day of the window is like the others where the row has a date of its own
			if diff := cmp.Diff(sorted(c.want), got); diff != "" || faults != nil {
				t.Errorf("%v\n%s\n%s\nasked %v", faults, diff, logged, p.asked)
			}
			if len(p.asked) != 1+len(c.helpers) || p.asked[len(p.asked)-1] != c.path {
				t.Errorf("asked %v", p.asked)
			}
		})
	}
}

// TestFewWarnings tells of some of many bad rows.
func TestFewWarnings(t *testing.T) {
	p := &provider{rows: map[string]string{"trading-signals": `"TOKEN_ID":$ID,"DATE":"$DAY","TRADING_SIGNAL":7,"TOKEN_TREND":1`}}
	c, logged := source(t, p, "trading_signal")
	for i := range 90 {
		c.Tokens[fmt.Sprint("T", i)] = int64(i + 1)
	}
	got, _ := said(t, c, signals.Query{From: market.TimeOf(noon) / market.Day * market.Day})
	if lines := strings.Count(logged.String(), "\n"); len(got) != 92 || lines != 41 {
		t.Errorf("%d rows, %d lines", len(got), lines)
	}
}

// TestImpossibleTimes leaves out rows of times that cannot be.
func TestImpossibleTimes(t *testing.T) {
	for _, day := range []string{"1970-01-01", "2052-04-08", "2025-04-11"} {
		p := &provider{rows: map[string]string{"correlation": `"TOKEN_ID":$ID,"DATE":"` + day + `","TOP_CORRELATION":[{"correlation":0.5,"token":"Fantom"}]`}}
		c, logged := source(t, p, "correlation_highest")
		if got, faults := said(t, c, signals.Query{}); got != nil || faults == nil && !strings.Contains(logged.String(), "left out") {
			t.Error(day, got, faults, logged)
		}
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// TestUnknownWords makes rows null and says so loudly, for trades are made on them.
func TestUnknownWords(t *testing.T) {
	for word, value := range map[string]string{"BUY": "1", "sell": "-1", "Hold": "0", "bullish": "1", "-1": "-1", "0": "0", "flat": "", "MAYBE": "", "2": "", "−1": ""} {
		p := &provider{rows: map[string]string{"hourly-trading-signals": `"TOKEN_ID":$ID,"TIMESTAMP":"2025-04-08T12:25:00Z","SIGNAL":"` + word + `","POSITION":"long"`}}
		c, _ := source(t, p, "hourly_signal", "hourly_position")
		got, faults := said(t, c, signals.Query{Subjects: []market.Subject{"BTC"}})
		want := []string{"BTC hourly_position 2025-04-08T12:25:00Z 1", "BTC hourly_signal 2025-04-08T12:25:00Z " + value}
		if value == "" {
			want[1] += "null"
		}
		if diff := cmp.Diff(want, got); diff != "" || (len(faults) > 0) != (value == "") {
			t.Errorf("%s: %v\n%s", word, faults, diff)
		}
		for _, err := range faults {
			var f *signals.Fault
			if !errors.As(err, &f) || f.Kind != signals.ErrMalformed || f.Endpoint != "hourly-trading-signals" || !strings.Contains(err.Error(), word) {
				t.Error(err)
			}
		}
	}
}

// TestOthersGoOn loses one endpoint and keeps the rest, unless it is the key or the way.
func TestOthersGoOn(t *testing.T) {
	rows := map[string]string{
		"trading-signals": `"TOKEN_ID":$ID,"DATE":"$DAY","TRADING_SIGNAL":0,"TOKEN_TREND":1`,
		"market-metrics":  `"DATE":"$DAY","TM_GRADE_SIGNAL":0,"LAST_TM_GRADE_SIGNAL":1`,
	}
	for _, c := range []struct {
		status int
		kind   error
		on     bool
	}{
		{404, signals.ErrGone, true}, {410, signals.ErrGone, true}, {400, signals.ErrRefused, true}, {403, signals.ErrDenied, true}, {500, signals.ErrRetry, true},
		{401, signals.ErrDenied, false}, {402, signals.ErrDenied, false}, {429, signals.ErrLimited, false}, {-1, signals.ErrRetry, false},
	} {
		p := &provider{rows: rows, fault: map[string]int{"trading-signals": c.status}}
		s, _ := source(t, p, "trading_trend", "market_trend")
		got, faults := said(t, s, signals.Query{})
		if len(faults) != 1 || !errors.Is(faults[0], c.kind) || strings.Contains(faults[0].Error(), "canary") {
			t.Errorf("%d: %v", c.status, faults)
		}
		if (len(got) == 4) != c.on || (len(p.asked) == 2) != c.on {
			t.Errorf("%d: %v after %v", c.status, got, p.asked)
		}
	}
}

// TestHelpersThatFail leaves out what needs them.
func TestHelpersThatFail(t *testing.T) {
	p := &provider{fault: map[string]int{"price": 404}, rows: map[string]string{"resistance-support": `"TOKEN_ID":$ID,"DATE":"$DAY","HISTORICAL_RESISTANCE_SUPPORT_LEVELS":[1]`}}
	c, _ := source(t, p, "support")
	got, faults := said(t, c, signals.Query{})
	if got != nil || len(faults) != 1 || !errors.Is(faults[0], signals.ErrGone) || !slices.Equal(p.asked, []string{"price"}) {
		t.Error(got, faults, p.asked)
	}
}

// TestStopsWhenNobodyListens asks no more when the caller breaks off.
func TestStopsWhenNobodyListens(t *testing.T) {
	p := &provider{rows: map[string]string{}}
	c, _ := source(t, p, "trading_trend", "market_trend")
	for range c.Fetch(t.Context(), signals.Query{}) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Fetch(ctx, signals.Query{}) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if len(p.asked) > 2 {
		t.Error(p.asked)
	}
}

// everything returns the kinds that a generation has, families too; those of one index
// name number 7.
func everything(t *testing.T, generation string) []market.SignalKind {
	t.Helper()
	var list []market.SignalKind
	for _, k := range market.Kinds() {
		c, _ := source(t, nil, market.SignalKind(strings.Replace(string(k.Name), "index_weight_#", "index_weight_7", 1)))
		c.Pull[0] = market.SignalKind(strings.Replace(string(c.Pull[0]), "index_roi_#", "index_roi_7", 1))
		if c.Generation = generation; c.Check() == nil {
			list = append(list, c.Pull[0])
		}
	}
	return list
}

// rowsOfAll has a row for each endpoint that comes in days or by token.
var rowsOfAll = map[string]string{
	"trading-signals":           `"TOKEN_ID":$ID,"DATE":"$DAY","TRADING_SIGNAL":0,"TOKEN_TREND":1`,
	"tm-grade-history":          `"TOKEN_ID":$ID,"DATE":"$DAY","TM_GRADE":1`,
	"fundamental-grade-history": `"TOKEN_ID":$ID,"DATE":"$DAY","FUNDAMENTAL_GRADE":1`,
	"technology-grade-history":  `"TOKEN_ID":$ID,"DATE":"$DAY","TECHNOLOGY_GRADE":1`,
	"trader-grades":             `"TOKEN_ID":$ID,"DATE":"$DAY","TM_TRADER_GRADE":1`,
	"investor-grades":           `"TOKEN_ID":$ID,"DATE":"$DAY","TM_INVESTOR_GRADE":1`,
	"market-metrics":            `"DATE":"$DAY","TM_GRADE_SIGNAL":0,"LAST_TM_GRADE_SIGNAL":1`,
	"quantmetrics":              `"TOKEN_ID":$ID,"DATE":"$DAY","VOLATILITY":null`,
	"price":                     `"TOKEN_ID":$ID,"CURRENT_PRICE":1`,
}

// TestPlanIsWhatIsSent counts calls, in all generations, for few and many tokens, for now
// and for months.
func TestPlanIsWhatIsSent(t *testing.T) {
	for _, generation := range []string{"v2-legacy", "v2", "v3"} {
		kinds := everything(t, generation)
		if len(kinds) < 30 {
			t.Errorf("%s has %d kinds", generation, len(kinds))
		}
		for _, tokens := range []int{1, 110} {
			for name, q := range map[string]signals.Query{
				"now":    {},
				"a day":  {From: market.TimeOf(noon.AddDate(0, 0, -1))},
				"months": {From: market.TimeOf(noon.AddDate(0, 0, -50)), To: market.TimeOf(noon.AddDate(0, 0, -16))},
			} {
				p := &provider{rows: rowsOfAll}
				c, _ := source(t, p, kinds...)
				c.Generation, c.Tokens = generation, map[string]int64{}
				for i := range tokens {
					c.Tokens[fmt.Sprint("T", i)] = int64(i + 1)
				}
				planned := map[string]int{}
				for _, r := range c.Plan(q) {
					planned[r.Endpoint] += r.Calls
				}
				if len(p.asked) > 0 {
					t.Fatal("a plan asks")
				}
				_, faults := said(t, c, q)
				for _, err := range faults { // the rows are short
					if !strings.Contains(err.Error(), " is missing, of which ") {
						t.Error(generation, name, err)
					}
				}
				sent := map[string]int{}
				for _, path := range p.asked {
					sent[path]++
				}
				for _, path := range []string{"hourly-trading-signals", "sentiments"} { // they have nothing to say, so that the first page is the last
					if n, ok := planned[path]; ok {
						planned[path] = min(n, sent[path])
					}
				}
				if diff := cmp.Diff(planned, sent); diff != "" {
					t.Errorf("%s, %d tokens, %s: planned (-), sent (+):\n%s", generation, tokens, name, diff)
				}
			}
		}
	}
}

// TestPlanNamesWhatToAskApart asks each endpoint by itself, by the kinds of its request.
func TestPlanNamesWhatToAskApart(t *testing.T) {
	for _, generation := range []string{"v2-legacy", "v2", "v3"} {
		kinds := everything(t, generation)
		c, _ := source(t, nil, kinds...)
		c.Generation = generation
		var got []market.SignalKind
		for _, r := range c.Plan(signals.Query{}) {
			got = append(got, r.Kinds...)
			alone := c.Plan(signals.Query{Kinds: r.Kinds})
			if len(r.Kinds) == 0 {
				continue // it helps another
			}
			if last := alone[len(alone)-1]; last.Endpoint != r.Endpoint || last.Calls != r.Calls || !slices.Equal(last.Kinds, r.Kinds) {
				t.Errorf("%s: %+v alone is %+v", generation, r, alone)
			}
		}
		slices.Sort(got)
		slices.Sort(kinds)
		if diff := cmp.Diff(kinds, got); diff != "" {
			t.Errorf("%s: wanted (-), planned (+):\n%s", generation, diff)
		}
	}
}

// TestFewestCalls looks at what is chosen.
func TestFewestCalls(t *testing.T) {
	for _, c := range []struct {
		generation string
		tokens     int
		avoid      []string
		kinds      []market.SignalKind
		want       string
		from       int // days before now; 0: now
	}{
		{"v2", 2, nil, []market.SignalKind{"trading_signal", "trading_trend", "trader_grade", "investor_grade"}, "trading-signals 1", 0},
		{"v2", 2, nil, []market.SignalKind{"trader_grade", "ta_grade"}, "trader-grades 1", 0},
		{"v2", 2, nil, []market.SignalKind{"quant_grade"}, "tm-grade-history 1", 0},
		{"v2", 2, []string{"tm-grade-history"}, []market.SignalKind{"quant_grade"}, "tm-grade 1", 0},
		{"v2", 2, nil, []market.SignalKind{"tm_grade", "trading_signal"}, "tm-grade-history 1", 0},
		{"v2", 40, nil, []market.SignalKind{"tm_grade"}, "tm-grade 1", 0},
		{"v2", 40, nil, []market.SignalKind{"tm_grade", "quant_sharpe"}, "tm-grade-history 14, quantmetrics 1", 29},
		{"v3", 2, nil, []market.SignalKind{"tm_grade", "trading_signal", "fundamental_grade"}, "trading-signals 1", 0},
		{"v2", 2, nil, []market.SignalKind{"support", "price"}, "price 1, resistance-support 1", 0},
		{"v2", 2, nil, []market.SignalKind{"moonshot_pick"}, "tokens 1, moonshot-tokens 1", 0},
		{"v2", 2, nil, []market.SignalKind{"index_weight_7", "index_weight_9", "index_roi_7"}, "indices-holdings 2, indices-performance 1", 0},
	} {
		s, _ := source(t, nil, c.kinds...)
		s.Generation, s.Avoid, s.Tokens = c.generation, c.avoid, map[string]int64{}
		for i := range c.tokens {
			s.Tokens[fmt.Sprint("T", i)] = int64(i + 1)
		}
		var q signals.Query
		if c.from > 0 {
			q.From = market.TimeOf(noon.AddDate(0, 0, -c.from))
		}
		var got []string
		for _, r := range s.Plan(q) {
			got = append(got, fmt.Sprint(r.Endpoint, " ", r.Calls))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%v: %v, want %s", c.kinds, got, c.want)
		}
	}
}

// TestNamesAreAskedOnce remembers what tokens are called.
func TestNamesAreAskedOnce(t *testing.T) {
	p := &provider{rows: map[string]string{"tokens": `"TOKEN_ID":$ID,"TOKEN_NAME":"N$ID","TOKEN_SYMBOL":"S"`}}
	c, _ := source(t, p, "moonshot_pick")
	for range 2 {
		if _, faults := said(t, c, signals.Query{}); faults != nil {
			t.Error(faults)
		}
	}
	if !slices.Equal(p.asked, []string{"tokens", "moonshot-tokens", "moonshot-tokens"}) {
		t.Error(p.asked)
	}
}

// TestQuestionsAboutOthers asks nothing for what the source does not pull.
func TestQuestionsAboutOthers(t *testing.T) {
	p := &provider{}
	c, logged := source(t, p, "trading_trend")
	for _, q := range []signals.Query{
		{Kinds: []market.SignalKind{"fear_greed"}}, {Subjects: []market.Subject{"TON"}}, {Subjects: []market.Subject{"*"}}, {From: market.TimeOf(noon.AddDate(0, 0, 1))},
	} {
		if got, faults := said(t, c, q); got != nil || faults != nil || len(c.Plan(q)) > 0 {
			t.Error(q, got, faults)
		}
	}
	if len(p.asked) > 0 || !strings.Contains(logged.String(), "asset=TON") {
		t.Error(p.asked, logged)
	}
	c.Pull = []market.SignalKind{"market_trend"}
	if list := c.Plan(signals.Query{Subjects: []market.Subject{"BTC"}}); len(list) > 0 {
		t.Error("the market is no asset:", list)
	}
	if list := c.Plan(signals.Query{Subjects: []market.Subject{"BTC", "*"}}); len(list) != 1 {
		t.Error(list)
	}
	c.Pull = []market.SignalKind{"quant_sharpe"}
	if list := c.Plan(signals.Query{To: market.TimeOf(noon.AddDate(0, 0, -1))}); len(list) > 0 {
		t.Error("what speaks of now alone is asked about the past:", list)
	}
}

// TestOldestQuestion does not ask for times before there was anything.
func TestOldestQuestion(t *testing.T) {
	c, _ := source(t, nil, "market_trend")
	list := c.Plan(signals.Query{From: 1})
	if len(list) != 1 || list[0].Calls != 77 { // the windows of 30 days since 2019
		t.Error(list)
	}
}

// TestTwoNames gives both assets the rows of an id.
func TestTwoNames(t *testing.T) {
	p := &provider{rows: rowsOfAll}
	c, _ := source(t, p, "trading_trend")
	c.Tokens = map[string]int64{"MATIC": 31463, "POL": 31463}
	got, _ := said(t, c, signals.Query{From: market.TimeOf(noon) - market.Time(time.Hour)*13})
	if diff := cmp.Diff([]string{"MATIC trading_trend 2025-04-08 1", "POL trading_trend 2025-04-08 1"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestSecretStays looks for the key in what is written.
func TestSecretStays(t *testing.T) {
	c, _ := source(t, nil, "trading_trend")
	text, err := json.Marshal(c)
	if err != nil || bytes.Contains(text, []byte("canary")) {
		t.Error(string(text), err)
	}
}
