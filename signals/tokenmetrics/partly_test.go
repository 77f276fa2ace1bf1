package tokenmetrics_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// an answer of rows, whatever is asked.
type fixed map[string]string

func (f fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	rows := f[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
	if !strings.HasPrefix(rows, "{\"success") {
		rows = `{"success":true,"message":"","data":[` + rows + `]}`
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(rows))}, nil
}

// TestPartsOfAnswers keeps what is good, tells what is not, and makes nothing up of the rest.
func TestPartsOfAnswers(t *testing.T) {
	const btc, eth = `{"TOKEN_ID":3375,"DATE":"2025-04-08",`, `{"TOKEN_ID":3306,"DATE":"2025-04-08",`
	const fantom = `{"correlation":0.846,"token":"Fantom"}`
	for name, c := range map[string]struct {
		kind market.SignalKind
		path string
		rows string
		want []string
		says string // by a fault
		logs string // by a warning
	}{
		"a key that nobody asked for": {"trader_grade", "trading-signals", btc + `"TM_TRADER_GRADE":5},` + eth + `"TM_TRADER_GRADE":6}`,
			[]string{"BTC trader_grade 2025-04-08 5", "ETH trader_grade 2025-04-08 6"}, "", ""},
		"a bad row before a good one": {"trader_grade", "trading-signals", `{"TOKEN_ID":null,"DATE":"2025-04-08"},` + eth + `"TM_TRADER_GRADE":6}`,
			[]string{"ETH trader_grade 2025-04-08 6"}, "row 1: TOKEN_ID: is empty", "trader_grade of BTC"},
		"a key that is gone": {"trader_grade", "trading-signals", btc + `"TRADER_GRADE":5},` + eth + `"TM_TRADER_GRADE":null}`,
			[]string{"ETH trader_grade 2025-04-08 null"}, "row 1: TM_TRADER_GRADE is missing, of which generation v2 makes trader_grade", ""},
		"the rows of another generation": {"trader_grade", "trading-signals", `{"token_id":3375,"date":"2025-04-08","tm_grade":5}`, nil, "TM_TRADER_GRADE is missing", "trader_grade of ETH"},
		"a ratio that is gone":           {"quant_sharpe", "quantmetrics", btc + `"VOLATILITY":1},` + eth + `"SHARPE":2}`, []string{"ETH quant_sharpe 2025-04-08 2"}, "SHARPE is missing", ""},
		"tomorrow": {"trader_grade", "trading-signals", btc + `"TM_TRADER_GRADE":5},{"TOKEN_ID":3306,"DATE":"2025-04-09","TM_TRADER_GRADE":95}`,
			[]string{"BTC trader_grade 2025-04-08 5"}, "row 2: trader_grade of ETH is about 2025-04-09", ""},
		"an hour ahead": {"hourly_position", "hourly-trading-signals", `{"TOKEN_ID":3375,"TIMESTAMP":"2025-04-08T13:34:00Z","SIGNAL":"1","POSITION":"long"},{"TOKEN_ID":3306,"TIMESTAMP":"2025-04-08T13:35:00Z","SIGNAL":"1","POSITION":"short"}`,
			[]string{"BTC hourly_position 2025-04-08T13:34:00Z 1", "BTC hourly_position 2025-04-08T13:34:00Z 1"}, "row 2: hourly_position of ETH is about", ""},
		"both ways": {"trader_grade", "trading-signals", btc + `"TM_TRADER_GRADE":null},` + btc + `"TM_TRADER_GRADE":18.87},` + eth + `"TM_TRADER_GRADE":1,"X":1},` + eth + `"TM_TRADER_GRADE":1,"X":2}`,
			[]string{"ETH trader_grade 2025-04-08 1"}, "trader_grade of BTC at 2025-04-08T00:00:00Z is both null and 18.87", ""},
		"an index that was not asked for": {"index_roi_7", "indices-performance", `{"ID":8,"DATE":"2025-04-08","INDEX_CUMULATIVE_ROI":1},{"ID":7,"DATE":"2025-04-08","INDEX_CUMULATIVE_ROI":2}`,
			[]string{"* index_roi_7 2025-04-08 2"}, "row 1: it is about index 8, and 7 was asked for", ""},
		"holdings with a bad row": {"index_weight_7", "indices-holdings", btc + `"WEIGHT":60},{"TOKEN_ID":null,"WEIGHT":40}`,
			[]string{"BTC index_weight_7 2025-04-08 60"}, "row 2: TOKEN_ID", ""},
		"holdings that are cut": {"index_weight_7", "indices-holdings", `{"success":true,"data":[` + btc + `"WEIGHT":60},` + eth,
			[]string{"BTC index_weight_7 2025-04-08 60"}, "ends in the middle", ""},
		"holdings that are fewer than said": {"index_weight_7", "indices-holdings", `{"success":true,"length":2,"data":[` + btc + `"WEIGHT":60}]}`,
			[]string{"BTC index_weight_7 2025-04-08 60"}, "it says 2 rows where 1 came", ""},
		"weights that are fractions": {"index_weight_7", "indices-holdings", btc + `"WEIGHT":0.6},` + eth + `"WEIGHT":0.4}`, nil, "add up to 1, and not to 100", ""},
		"a correlation that cannot be read": {"correlation_highest", "correlation", btc + `"TOP_CORRELATION":[` + fantom + `,{"correlation":"N/A","token":"X"}]},` + eth + `"TOP_CORRELATION":[` + fantom + `,7]}`,
			[]string{"BTC correlation_highest 2025-04-08 null", "ETH correlation_highest 2025-04-08 null"}, "", "either could be one that cannot be read"},
		"a correlation out of range": {"correlation_lowest", "correlation", btc + `"TOP_CORRELATION":[` + fantom + `,{"correlation":-60.6,"token":"X"}]},` + eth + `"TOP_CORRELATION":[` + fantom + `]}`,
			[]string{"BTC correlation_lowest 2025-04-08 null", "ETH correlation_lowest 2025-04-08 0.846"}, "", "of BTC at"},
		"rows of others":   {"trader_grade", "trading-signals", `{"TOKEN_ID":1,"DATE":"2025-04-08","TM_TRADER_GRADE":5}`, nil, "none of the rows (1) says trader_grade of BTC, ETH", ""},
		"no rows":          {"trader_grade", "trading-signals", ``, nil, "", "nothing came of trader_grade of BTC, ETH"},
		"the old shape":    {"scenario_price_base_8x", "price-prediction", btc + `"PREDICTED_RETURNS_7D":0.1,"FORECASTS_FOR_NEXT_7_DAYS":{}}`, nil, "none of the rows (1) says scenario_price_base_8x", ""},
		"no such scenario": {"scenario_price_base_8x", "price-prediction", btc + `"PRICE_PREDICTION":{"current_price":1,"price_prediction":[{"scenario":2,"predicted_price_base":5}]}}`, nil, "none of the rows (1) says scenario_price_base_8x", ""},
		"a gain that is called a drawdown": {"quant_max_drawdown", "quantmetrics", btc + `"MAX_DRAWDOWN":0.77},` + eth + `"MAX_DRAWDOWN":-0.77}`,
			[]string{"BTC quant_max_drawdown 2025-04-08 null", "ETH quant_max_drawdown 2025-04-08 -0.77"}, "", "0.77 is not from -1 to 0"},
		"levels that are gone": {"support", "resistance-support", btc + `"LEVELS":[1]}`, nil, "row 1: HISTORICAL_RESISTANCE_SUPPORT_LEVELS is missing", ""},
		"a level that cannot be read": {"support", "resistance-support", btc + `"HISTORICAL_RESISTANCE_SUPPORT_LEVELS":[1,"x"]}`,
			[]string{"BTC support 2025-04-08 null"}, "", "the nearest could be the level that cannot be read"},
		"a scenario that cannot be read": {"scenario_price_#t_low", "scenario-analysis",
			btc + `"SCENARIO_ANALYSIS":[{"crypto_market_cap_trillion":1,"price_prediction":3},{"crypto_market_cap_trillion":1,"price_prediction":"x"},{"crypto_market_cap_trillion":2,"price_prediction":5}]},` +
				eth + `"SCENARIO_ANALYSIS":[{"crypto_market_cap_trillion":1,"price_prediction":3},7]}`,
			[]string{"BTC scenario_price_1t_low 2025-04-08 null", "ETH scenario_price_1t_low 2025-04-08 null", "BTC scenario_price_2t_low 2025-04-08 5"}, "", "cannot be read"},
		"no price": {"price", "price", `{"TOKEN_ID":3375,"CURRENT_PRICE":0},{"TOKEN_ID":3306,"CURRENT_PRICE":5}`,
			[]string{"BTC price 2025-04-08T12:34:00Z null", "ETH price 2025-04-08T12:34:00Z 5"}, "", "nothing costs 0"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := fixed{"price": `{"TOKEN_ID":3375,"CURRENT_PRICE":5}`}
			answers[c.path] = c.rows
			s, logged := sourceOver(t, answers, c.kind)
			got, faults := said(t, s, signals.Query{})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err := errors.Join(faults...); (err != nil) != (c.says != "") || err != nil && (!errors.Is(err, signals.ErrMalformed) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("faults %v, want %q", err, c.says)
			}
			if !strings.Contains(logged.String(), c.logs) {
				t.Errorf("logged %s, want %q", logged, c.logs)
			}
		})
	}
}

// TestHoursThatAreNotReached tells where the pages that were planned end too early.
func TestHoursThatAreNotReached(t *testing.T) {
	var rows []string
	for i := range 100 { // every half hour
		rows = append(rows, `{"TOKEN_ID":3375,"TIMESTAMP":"`+market.TimeOf(noon.Add(-30*time.Minute*time.Duration(i))).String()+`","SIGNAL":"1","POSITION":"long"}`)
	}
	s, _ := sourceOver(t, fixed{"hourly-trading-signals": strings.Join(rows, ",")}, "hourly_position")
	s.Tokens = map[string]int64{"BTC": 3375}
	got, faults := said(t, s, signals.Query{From: market.TimeOf(noon.AddDate(0, 0, -3))})
	if len(got) != 100 || len(faults) != 1 || !errors.Is(faults[0], signals.ErrMalformed) || !strings.Contains(faults[0].Error(), "there is more than a row an hour") {
		t.Error(len(got), faults)
	}
}
